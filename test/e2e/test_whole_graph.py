"""Every node as a process over ROS, with truth for eyes: what people do to it, and what fails."""

from __future__ import annotations

from contextlib import closing

import pytest

rclpy = pytest.importorskip("rclpy")

from action_msgs.msg import GoalStatus  # noqa: E402
from faulty_grounding import BLIND, FAULT_TOPIC, IN_FORCE_TOPIC, STALE, STOPPED  # noqa: E402
from process_rig import ARM_JOINTS, REST_MS, SLOW, TEXT, start  # noqa: E402
from std_msgs.msg import Empty, String  # noqa: E402

from vla_ros.errors import TerminationReason  # noqa: E402
from vla_ros.evaluation.resting import MOVES_RAD_S  # noqa: E402
from vla_ros.ros import qos  # noqa: E402
from vla_ros.ros.domain import claim_domain  # noqa: E402
from vla_ros.ros.onlooker import LIMIT_S, Onlooker  # noqa: E402
from vla_ros.ros.process_graph import ProcessGraph  # noqa: E402
from vla_ros.sim.predicates import inside  # noqa: E402

pytestmark = [pytest.mark.ros, pytest.mark.e2e]


def processes(graph: ProcessGraph) -> dict:
    return {spec.name: process for spec, process in graph._running}


def test_it_puts_the_cube_in_the_bowl(fresh):
    before = fresh.client.truth()
    reason, message = fresh.do(TEXT)
    assert reason is TerminationReason.SUCCEEDED, message
    after = fresh.client.truth()
    bowl = next(name for name, thing in after.items() if thing.kind == "bowl")
    assert not inside(before["red_cube_1"], before[bowl])
    assert inside(after["red_cube_1"], after[bowl])
    assert fresh.client.held() == ()


def test_what_is_not_there_is_not_found_and_nothing_moves(fresh):
    from_ns = fresh.now_ns()
    reason, message = fresh.do("pick up the purple elephant")
    assert reason is TerminationReason.NOT_FOUND
    assert "purple elephant" in message
    assert all(speed < MOVES_RAD_S for at_ns, speed in fresh.speeds if at_ns > from_ns)


def test_a_second_goal_is_busy_and_cancel_ends_the_first(fresh):
    first = fresh.begin_until(TEXT, "approach")
    status, reason, message = fresh.ended(fresh.begin("go home"))
    assert (status, reason) == (GoalStatus.STATUS_ABORTED, TerminationReason.BUSY)
    assert TEXT in message
    first.cancel_goal_async()
    status, reason, _ = fresh.ended(first)
    assert (status, reason) == (GoalStatus.STATUS_CANCELED, TerminationReason.CANCELED)


@pytest.mark.parametrize(
    ("topic", "msg"), [("stop", Empty()), ("instruction", String(data="stop!"))]
)
def test_after_a_stop_the_next_instruction_works(fresh, topic, msg):
    stop = fresh.publisher(type(msg), topic, listeners=2)
    handle = fresh.begin_until(TEXT, "approach")
    stop.publish(msg)
    status, reason, message = fresh.ended(handle)
    assert (status, reason) == (GoalStatus.STATUS_ABORTED, TerminationReason.STOPPED), message
    assert fresh.do("go home")[0] is TerminationReason.SUCCEEDED


def test_the_estop_service_latches_until_reset(fresh):
    handle = fresh.begin_until(TEXT, "approach")
    assert fresh.call("e_stop").success
    _, reason, message = fresh.ended(handle)
    assert reason is TerminationReason.ESTOPPED, message
    refused = fresh.call("arm")
    assert not refused.success and "e-stop" in refused.message
    assert fresh.do("go home")[0] is TerminationReason.ESTOPPED
    assert fresh.call("reset").success
    assert fresh.do("go home")[0] is TerminationReason.SUCCEEDED


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        (STOPPED, TerminationReason.CAMERA_STALE, "camera 'front'"),
        (STALE, TerminationReason.CAMERA_STALE, "too old"),
        (BLIND, TerminationReason.NO_DEPTH, "depth"),
    ],
)
def test_a_failing_camera_is_named_and_works_again(fresh, fault, reason, words):
    camera = fresh.publisher(String, FAULT_TOPIC, profile=qos.STATUS)
    in_force = []
    fresh.node.create_subscription(
        String, IN_FORCE_TOPIC, lambda msg: in_force.append(msg.data), qos.STATUS
    )

    def breaks(kind):
        camera.publish(String(data=kind))
        assert fresh.spin_until(lambda: in_force[-1:] == [kind], LIMIT_S)

    breaks(fault)
    ended, message = fresh.do("point at the red cube")
    breaks("")
    assert ended is reason, message
    assert words in message
    assert fresh.wait_until_resting()
    ended, message = fresh.do("how many cubes are there?")
    assert ended is TerminationReason.SUCCEEDED, message


def test_ctrl_c_of_all_nodes_rests_the_arm_and_leaves_no_process(tmp_path):
    domain_id = claim_domain()
    with start(tmp_path, domain_id) as graph:
        graph.wait_ready()
        running = processes(graph)
        ending = ("safety", "grounding", "task")
        with closing(Onlooker(ARM_JOINTS, domain_id)) as onlooker:
            onlooker.wait_ready()
            onlooker.begin_until(TEXT, "approach")
            onlooker.pace(SLOW)
            said_ns = onlooker.now_ns()
            # A robot's drivers outlive the graph: the simulator is ended last.
            for name in ending:
                graph.interrupt(name)
            assert onlooker.rested_after_ms(said_ns) <= REST_MS
            assert onlooker.spin_until(
                lambda: all(running[name].poll() is not None for name in ending), LIMIT_S
            )
        graph.stop()
    assert {name: process.poll() for name, process in running.items()} == dict.fromkeys(running, 0)


# The last of all: it leaves the graph without eyes.
def test_a_grounding_node_that_is_killed_ends_the_task_with_the_arm_safe(graph, fresh):
    handle = fresh.begin_until("pick up the red cube", "approach")
    processes(graph)["grounding"].kill()
    _, reason, message = fresh.ended(handle)
    assert reason is TerminationReason.CAMERA_STALE, message
    assert "ground" in message
    assert fresh.wait_until_resting()
    others = {name: p.poll() for name, p in processes(graph).items() if name != "grounding"}
    assert set(others.values()) == {None}, others
    assert fresh.do("go home")[0] is TerminationReason.SUCCEEDED, "what needs no eyes still works"
