"""The whole graph as processes: real nodes, the simulator, truth in place of the trained model."""

import os
import signal

import numpy as np
import pytest
from rcl_interfaces.srv import GetParameters
from std_msgs.msg import String
from std_srvs.srv import Trigger
from vla_ros_interfaces.msg import TaskStatus

from vla_ros.errors import TerminationReason
from vla_ros.ros import qos
from vla_ros.ros.client import GraphClient
from vla_ros.ros.domain import claim_domain
from vla_ros.ros.participant import call
from vla_ros.ros.process_graph import GraphOptions, NodeDied, ProcessGraph
from vla_ros.ros.shared_memory import remove_orphans

LIMIT_S = 300.0
SEED = 5
TEXT = "put the red cube in the bowl"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    options = GraphOptions(
        log_dir=tmp_path_factory.mktemp("logs"),
        domain_id=claim_domain(),
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


@pytest.fixture(scope="module")
def visitor(running):
    return GraphClient(running)


@pytest.fixture
def client(visitor):
    visitor.reset(SEED, [("cube", "red"), ("bowl", "")])
    return visitor


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


def test_what_is_said_on_the_topic_is_done_and_told(running, client):
    heard, replies = [], []
    node = running.node
    node.create_subscription(TaskStatus, "task_status", heard.append, qos.STATUS)
    node.create_subscription(String, "reply", lambda msg: replies.append(msg.data), qos.EVENT)
    publisher = node.create_publisher(String, "instruction", qos.EVENT)
    # The gate and the task node.
    assert running.spin_until(lambda: publisher.get_subscription_count() == 2, LIMIT_S)
    # Who hears is learnt of in order: once this is answered, the task node knows that we listen.
    client = node.create_client(GetParameters, "task/get_parameters")
    call(running, client, GetParameters.Request())
    publisher.publish(String(data="go home"))
    assert running.spin_until(
        lambda: any(m.state == TaskStatus.SUCCEEDED and m.instruction == "go home" for m in heard),
        LIMIT_S,
    )
    assert running.spin_until(lambda: bool(replies), LIMIT_S)


def test_a_node_that_dies_is_reported_and_everything_else_ends(tmp_path):
    options = GraphOptions(
        log_dir=tmp_path, domain_id=claim_domain(), left_out=("grounding", "task", "mujoco_sim")
    )
    graph = ProcessGraph(options)
    try:
        graph.wait_ready()
        (safety,) = (process for spec, process in graph._running if spec.name == "safety")
        os.kill(safety.pid, signal.SIGKILL)
        with pytest.raises(NodeDied, match="safety ended with status -9"):
            graph.spin_until(lambda: False, LIMIT_S)
    finally:
        graph.stop()
    assert safety.returncode == -9
    assert remove_orphans() == [], "stop() has removed what the killed node left"


def test_one_that_was_killed_is_started_again_and_answers(tmp_path):
    options = GraphOptions(
        log_dir=tmp_path, domain_id=claim_domain(), left_out=("grounding", "task", "mujoco_sim")
    )
    with ProcessGraph(options) as graph:
        graph.wait_ready()
        client = graph.node.create_client(Trigger, "safety/disarm")
        assert call(graph, client, Trigger.Request()).success
        before = graph.process_ids["safety"]
        graph.kill("safety")
        graph.restart("safety")
        assert graph.process_ids["safety"] != before
        # The graph does not miss the dead one yet: its ghost offers the service too.
        assert call(graph, client, Trigger.Request()).success


def test_where_one_hangs_its_threads_are_told(tmp_path, monkeypatch):
    hanging = tmp_path / "hanging_node.py"
    hanging.write_text("import time\nprint('hangs', flush=True)\ntime.sleep(600)\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    options = GraphOptions(
        log_dir=tmp_path / "logs",
        domain_id=claim_domain(),
        left_out=("grounding", "task", "mujoco_sim"),
        modules={"safety": "hanging_node"},
    )
    with ProcessGraph(options) as graph:
        log = graph.log_file("safety")
        assert graph.spin_until(lambda: "hangs" in log.read_text(), LIMIT_S)
        with pytest.raises(NodeDied, match=r"hanging_node\.py.*line 3"):
            graph.wait_ready(0.0)


def test_a_wrong_robot_file_is_named(tmp_path):
    broken = tmp_path / "robot.yaml"
    broken.write_text("/**: {ros__parameters: {base_frame: base_link}}\n")
    options = GraphOptions(
        log_dir=tmp_path / "logs", domain_id=claim_domain(), robot=str(broken),
        left_out=("grounding", "task", "mujoco_sim"),
    )  # fmt: skip
    with ProcessGraph(options) as graph, pytest.raises(NodeDied, match="arm_command_topic"):
        graph.wait_ready()


def test_stop_is_prompt_and_leaves_nothing(tmp_path):
    options = GraphOptions(log_dir=tmp_path, domain_id=claim_domain(), left_out=("grounding",))
    graph = ProcessGraph(options)
    processes = [process for _, process in graph._running]
    graph.wait_ready()
    graph.stop()
    assert [process.returncode for process in processes] == [0] * len(processes)
