"""Every node as a process over ROS, with truth for eyes: what people do to it, and what fails."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

rclpy = pytest.importorskip("rclpy")

from action_msgs.msg import GoalStatus  # noqa: E402
from faulty_grounding import BLIND, FAULT_TOPIC, STALE, STOPPED  # noqa: E402
from onlooker import Onlooker  # noqa: E402
from std_msgs.msg import Empty, String  # noqa: E402

from vla_ros.errors import TerminationReason  # noqa: E402
from vla_ros.ros import qos  # noqa: E402
from vla_ros.ros.process_graph import GraphOptions, ProcessGraph  # noqa: E402
from vla_ros.sim.predicates import inside  # noqa: E402

pytestmark = [pytest.mark.ros, pytest.mark.e2e]

DOMAIN = 1 + (os.getpid() * 7 + 31) % 100
SEED = 5
TEXT = "put the red cube in the bowl"
# Processes that hardly get to run add to the gate's own 30 ms; test_stop.py has the exact bound.
REST_MS = 300.0


def start(folder: Path, domain_id: int) -> ProcessGraph:
    options = GraphOptions(
        log_dir=folder,
        domain_id=domain_id,
        overrides={
            "mujoco_sim": {
                "seed": SEED,
                "real_time_factor": 0.5,  # a busy machine keeps up with this
                "required_kinds": ["cube", "bowl"],
                "required_colors": ["red", ""],
            },
            "grounding": {"grounder_model": "oracle", "watch_rate_hz": 0.0},
            "task": {"look_timeout_s": 8.0},
        },
        modules={"grounding": "faulty_grounding"},
    )
    # A real ROS 2 lives on PYTHONPATH: add to it.
    path = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    with mock.patch.dict(os.environ, PYTHONPATH=os.pathsep.join(path)):
        return ProcessGraph(options)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessGraph]:
    with start(tmp_path_factory.mktemp("logs"), DOMAIN) as running:
        running.wait_ready()
        yield running


@pytest.fixture(scope="module")
def seen(graph: ProcessGraph) -> Iterator[Onlooker]:
    onlooker = Onlooker(DOMAIN)
    assert onlooker.spin_until(lambda: bool(onlooker.speeds))
    yield onlooker
    onlooker.close()


@pytest.fixture
def fresh(seen: Onlooker) -> Onlooker:
    """The scene as it was, whatever the test before has done to it."""
    seen.client.reset(SEED, [("cube", "red"), ("bowl", "")])
    return seen


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
    assert fresh.rested_after_ms(from_ns) == 0.0


def test_a_second_goal_is_busy_and_cancel_rests_the_arm(fresh):
    first = fresh.begin_until(TEXT, "approach")
    second = fresh.begin("go home")
    status, reason, message = fresh.ended(second)
    assert (status, reason) == (GoalStatus.STATUS_ABORTED, TerminationReason.BUSY)
    assert TEXT in message
    said_ns = fresh.now_ns()
    first.cancel_goal_async()
    status, reason, _ = fresh.ended(first)
    assert (status, reason) == (GoalStatus.STATUS_CANCELED, TerminationReason.CANCELED)
    assert fresh.rested_after_ms(said_ns) < REST_MS


def test_stop_on_the_topic_rests_the_arm_and_the_next_instruction_works(fresh):
    handle = fresh.begin_until(TEXT, "approach")
    said_ns = fresh.now_ns()
    fresh.say(Empty, "stop", Empty(), listeners=2)
    _, reason, message = fresh.ended(handle)
    assert reason is TerminationReason.STOPPED, message
    assert fresh.rested_after_ms(said_ns) < REST_MS
    assert fresh.do("go home")[0] is TerminationReason.SUCCEEDED


def test_the_estop_service_latches_until_reset(fresh):
    handle = fresh.begin_until(TEXT, "approach")
    said_ns = fresh.now_ns()
    assert fresh.call("e_stop").success
    _, reason, message = fresh.ended(handle)
    assert reason is TerminationReason.ESTOPPED, message
    assert fresh.rested_after_ms(said_ns) < REST_MS
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
    fresh.say(String, FAULT_TOPIC, String(data=fault), qos.STATUS)
    ended, message = fresh.do("point at the red cube")
    ended_ns = fresh.now_ns()
    fresh.say(String, FAULT_TOPIC, String(data=""), qos.STATUS)
    assert ended is reason, message
    assert words in message
    assert fresh.rested_after_ms(ended_ns) < REST_MS
    ended, message = fresh.do("how many cubes are there?")
    assert ended is TerminationReason.SUCCEEDED, message


def test_a_grounding_node_that_is_killed_ends_the_task_with_the_arm_safe(graph, fresh):
    handle = fresh.begin_until("pick up the red cube", "approach")
    processes(graph)["grounding"].kill()
    _, reason, message = fresh.ended(handle)
    assert reason is TerminationReason.CAMERA_STALE, message
    assert "ground" in message
    assert fresh.rested_after_ms(fresh.now_ns()) < REST_MS
    others = {name: p.poll() for name, p in processes(graph).items() if name != "grounding"}
    assert set(others.values()) == {None}, others
    assert fresh.do("go home")[0] is TerminationReason.SUCCEEDED, "what needs no eyes still works"


def test_ctrl_c_rests_the_arm_and_leaves_no_process(tmp_path):
    with start(tmp_path, 1 + DOMAIN % 100) as graph:
        graph.wait_ready()
        running = processes(graph)
        onlooker = Onlooker(1 + DOMAIN % 100)
        try:
            assert onlooker.spin_until(lambda: bool(onlooker.speeds))
            onlooker.begin_until(TEXT, "approach")
            said_ns = onlooker.now_ns()
            # A robot's drivers outlive the graph: the simulator is ended last.
            for name in ("safety", "grounding", "task"):
                running[name].send_signal(signal.SIGINT)
            assert onlooker.rested_after_ms(said_ns) < REST_MS
            ended = [running[name] for name in ("safety", "grounding", "task")]
            assert onlooker.spin_until(lambda: all(p.poll() is not None for p in ended))
        finally:
            onlooker.close()
        graph.stop()
    assert {name: process.poll() for name, process in running.items()} == dict.fromkeys(running, 0)
