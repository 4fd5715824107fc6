"""The whole graph as processes: real nodes, the simulator, truth in place of the trained model."""

import os
import signal

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from rclpy.action import ActionClient
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Empty, String
from std_srvs.srv import Trigger
from vla_ros_interfaces.action import ExecuteInstruction
from vla_ros_interfaces.msg import TaskStatus

from vla_ros.errors import TerminationReason
from vla_ros.ros import qos
from vla_ros.ros.client import GraphClient
from vla_ros.ros.process_graph import GraphOptions, NodeDied, ProcessGraph
from vla_ros.ros.shared_memory import remove_orphans
from vla_ros.ros.stamps import stamp_ns

MS = 1_000_000
DOMAIN = 1 + (int(os.environ["ROS_DOMAIN_ID"]) + 50) % 100
SEED = 5
TEXT = "put the red cube in the bowl"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    options = GraphOptions(
        log_dir=tmp_path_factory.mktemp("logs"),
        domain_id=DOMAIN,
        overrides={
            # A busy machine keeps up with half of real time.
            "mujoco_sim": {"seed": SEED, "real_time_factor": 0.5},
            "grounding": {"grounder_model": "oracle"},
        },
        modules={"grounding": "vla_ros.nodes.scoring_grounding_node"},
    )
    with ProcessGraph(options) as graph:
        graph.wait_ready()
        yield graph


@pytest.fixture
def client(running):
    made = GraphClient(running)
    made.reset(SEED, [("cube", "red"), ("bowl", "")])
    return made


def test_it_does_what_was_said(client):
    stages = []
    outcome = client.execute(TEXT, lambda stage, _: stages.append(stage))
    assert outcome.success, outcome
    assert outcome.figures["duration_s"] > 1.0
    assert {"approach", "grasp", "lift"} & set(stages)
    objects = client.truth()
    cube = next(o for o in objects.values() if o.kind == "cube" and o.color == "red")
    bowl = next(o for o in objects.values() if o.kind == "bowl")
    apart_m = np.linalg.norm(cube.T_base_object[:2, 3] - bowl.T_base_object[:2, 3])
    assert apart_m < bowl.extent_m[:2].max() / 2
    assert client.held() == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pick up the purple elephant", TerminationReason.NOT_FOUND),
        ("colourless green ideas sleep furiously", TerminationReason.REFUSED),
        ("", TerminationReason.REFUSED),
        ("pick up the red cube " * 500, TerminationReason.REFUSED),
    ],
    ids=["absent", "nonsense", "nothing", "endless"],
)
def test_what_cannot_be_done_is_named(client, text, reason):
    outcome = client.execute(text)
    assert outcome.message
    if reason is TerminationReason.NOT_FOUND:
        assert outcome.reason in (reason, TerminationReason.REFUSED)
    else:
        assert outcome.reason is reason


class Bystander:
    """Sees the arm's speed and says stop, from a thread of its own in the graph's domain."""

    def __init__(self, graph):
        self.graph = graph
        self.speeds: list[tuple[int, float]] = []
        node = graph.node
        self._subscription = node.create_subscription(
            JointState, "joint_states", self._on_joints, qos.STATE_READER
        )
        self.action = ActionClient(node, ExecuteInstruction, "execute_instruction")
        self.stages: list[str] = []

    def _on_joints(self, msg):
        speed = float(np.abs(msg.velocity[:7]).max())
        self.speeds.append((stamp_ns(msg.header.stamp), speed))

    def begin(self, text, until_stage):
        """Send an instruction and wait until a stage is under way and the arm moves."""
        assert self.graph.spin_until(self.action.server_is_ready, 30.0)
        sent = self.action.send_goal_async(
            ExecuteInstruction.Goal(instruction=text),
            feedback_callback=lambda msg: self.stages.append(msg.feedback.stage),
        )
        assert self.graph.spin_until(sent.done, 30.0)
        handle = sent.result()
        ended = handle.get_result_async()
        assert self.graph.spin_until(
            lambda: ended.done() or (until_stage in self.stages and self.speeds[-1][1] > 0.03),
            240.0,
        ), self.stages
        assert not ended.done(), ended.result().result
        return handle

    def ended(self, handle):
        future = handle.get_result_async()
        assert self.graph.spin_until(future.done, 60.0)
        return future.result().status, future.result().result

    def rested_after_ms(self, said_ns):
        """Return how long [ms of simulated time] after a moment the arm last moved."""
        assert self.graph.spin_until(lambda: self.speeds[-1][0] > said_ns + 400 * MS, 60.0)
        moving = [at for at, speed in self.speeds if at > said_ns and speed > 0.02]
        return (max(moving) - said_ns) / MS if moving else 0.0

    def close(self):
        self.graph.node.destroy_subscription(self._subscription)
        self.action.destroy()


@pytest.fixture
def bystander(running, client):
    made = Bystander(running)
    yield made
    made.close()


def publish(graph, kind, topic, msg):
    publisher = graph.node.create_publisher(kind, topic, qos.EVENT)
    assert graph.spin_until(lambda: publisher.get_subscription_count() > 0, 20.0)
    publisher.publish(msg)
    return publisher


# From what the bystander last heard, on a loaded machine: delivery to three processes comes on top.
REST_MS = 300.0


@pytest.mark.parametrize("stage", ["approach", "lift", "transport"])
def test_cancel_rests_the_arm_at_each_stage(bystander, stage):
    handle = bystander.begin(TEXT, stage)
    said_ns = bystander.speeds[-1][0]
    handle.cancel_goal_async()
    status, result = bystander.ended(handle)
    assert status == GoalStatus.STATUS_CANCELED
    assert result.reason == TerminationReason.CANCELED.value
    assert bystander.rested_after_ms(said_ns) < REST_MS


@pytest.mark.parametrize(
    ("kind", "topic", "msg", "reason"),
    [
        (Empty, "stop", Empty(), TerminationReason.STOPPED),
        (String, "instruction", String(data="stop!"), TerminationReason.STOPPED),
        (Bool, "e_stop", Bool(data=True), TerminationReason.ESTOPPED),
    ],
)
def test_stops_end_the_instruction_and_rest_the_arm(bystander, kind, topic, msg, reason):
    graph = bystander.graph
    publisher = graph.node.create_publisher(kind, topic, qos.EVENT)
    handle = bystander.begin(TEXT, "approach")
    assert graph.spin_until(lambda: publisher.get_subscription_count() > 0, 20.0)
    said_ns = bystander.speeds[-1][0]
    publisher.publish(msg)
    status, result = bystander.ended(handle)
    assert status == GoalStatus.STATUS_ABORTED
    assert result.reason == reason.value, result.message
    assert bystander.rested_after_ms(said_ns) < REST_MS
    if reason is TerminationReason.ESTOPPED:
        again = bystander.action.send_goal_async(ExecuteInstruction.Goal(instruction="go home"))
        assert graph.spin_until(again.done, 30.0)
        _, refused = bystander.ended(again.result())
        assert refused.reason == TerminationReason.ESTOPPED.value, refused.message
        reset = graph.node.create_client(Trigger, "safety/reset")
        done = reset.call_async(Trigger.Request())
        assert graph.spin_until(done.done, 30.0) and done.result().success


def test_a_second_goal_is_told_that_the_robot_is_busy(bystander):
    first = bystander.begin(TEXT, "approach")
    second = bystander.action.send_goal_async(ExecuteInstruction.Goal(instruction="go home"))
    assert bystander.graph.spin_until(second.done, 30.0)
    status, result = bystander.ended(second.result())
    assert status == GoalStatus.STATUS_ABORTED
    assert result.reason == TerminationReason.BUSY.value and "red cube" in result.message
    first.cancel_goal_async()
    assert bystander.ended(first)[0] == GoalStatus.STATUS_CANCELED


def test_what_is_said_on_the_topic_is_done_and_told(running, client):
    heard, replies = [], []
    node = running.node
    node.create_subscription(TaskStatus, "task_status", heard.append, qos.STATUS)
    node.create_subscription(String, "reply", lambda msg: replies.append(msg.data), qos.EVENT)
    publish(running, String, "instruction", String(data="go home"))
    assert running.spin_until(
        lambda: any(m.state == TaskStatus.SUCCEEDED and m.instruction == "go home" for m in heard),
        60.0,
    )
    assert running.spin_until(lambda: bool(replies), 10.0)


def test_a_node_that_dies_is_reported_and_everything_else_ends(tmp_path):
    options = GraphOptions(
        log_dir=tmp_path, domain_id=1 + DOMAIN % 100, left_out=("grounding", "task", "mujoco_sim")
    )
    graph = ProcessGraph(options)
    try:
        graph.wait_ready()
        (safety,) = (process for spec, process in graph._running if spec.name == "safety")
        os.kill(safety.pid, signal.SIGKILL)
        with pytest.raises(NodeDied, match="safety ended with status -9"):
            graph.spin_until(lambda: False, 20.0)
    finally:
        graph.stop()
    assert safety.returncode == -9
    assert remove_orphans() == [], "stop() has removed what the killed node left"


def test_a_wrong_robot_file_is_named(tmp_path):
    broken = tmp_path / "robot.yaml"
    broken.write_text("/**: {ros__parameters: {base_frame: base_link}}\n")
    options = GraphOptions(
        log_dir=tmp_path / "logs", domain_id=1 + DOMAIN % 100, robot=str(broken),
        left_out=("grounding", "task", "mujoco_sim"),
    )  # fmt: skip
    with ProcessGraph(options) as graph, pytest.raises(NodeDied, match="arm_command_topic"):
        graph.wait_ready()


def test_stop_is_prompt_and_leaves_nothing(tmp_path):
    options = GraphOptions(log_dir=tmp_path, domain_id=1 + DOMAIN % 100, left_out=("grounding",))
    graph = ProcessGraph(options)
    processes = [process for _, process in graph._running]
    graph.wait_ready()
    graph.stop()
    assert [process.returncode for process in processes] == [0] * len(processes)
