"""A ROS domain of its own for each test worker, so that runs side by side don't hear each other."""

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

rclpy = pytest.importorskip("rclpy")

from vla_ros.ros.domain import claim_domain  # noqa: E402

LIMIT_S = 300.0
"""For anything that happens at all: a busy machine takes its time."""

os.environ["ROS_DOMAIN_ID"] = str(claim_domain())
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "test/ros" in str(item.path):
            item.add_marker(pytest.mark.ros)


class _Spinning:
    """An executor on a thread of its own."""

    def __init__(self, executor) -> None:
        self.executor = executor
        self._failure: Exception | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    def _spin(self) -> None:
        from vla_ros.ros.running import spin_once

        try:
            while not self._ending.is_set():
                spin_once(self.executor, 0.2)
        except Exception as error:
            self._failure = error

    def close(self) -> None:
        # A spinning executor must not be shut down: it would lose its handles while using them.
        self._ending.set()
        self.executor.wake()
        self._thread.join()
        self.executor.shutdown(timeout_sec=5.0)
        if self._failure is not None:
            raise self._failure


class Graph:
    """Nodes of one test: those under test on many threads, those of the test on one."""

    def __init__(self, context: "rclpy.Context") -> None:
        from rclpy.executors import MultiThreadedExecutor, SingleThreadedExecutor

        self.context = context
        self._tested = _Spinning(MultiThreadedExecutor(4, context=context))
        self._testing = _Spinning(SingleThreadedExecutor(context=context))
        self._nodes: list = []

    def add(self, node):
        """Spin a node that is under test, as its process would."""
        from vla_ros.ros.askers import answer_whom_can_hear

        answer_whom_can_hear(node)
        self._nodes.append(node)
        self._tested.executor.add_node(node)
        return node

    def node(self, name: str, **options):
        """Return a new node for the test's own publishers, subscriptions and clients."""
        from rclpy.node import Node

        made = Node(name, context=self.context, **options)
        self._nodes.append(made)
        self._testing.executor.add_node(made)
        return made

    def do(self, action: Callable[[], object]):
        """Return what an action returns on the thread of the test's nodes.

        rclpy's action clients have no lock: from another thread, an answer that comes before the
        request is noted down is lost.
        """
        done, results = threading.Event(), []

        def act() -> None:
            results.append(action())
            done.set()

        self._testing.executor.create_task(act)
        assert done.wait(LIMIT_S)
        return results[0]

    def close(self) -> None:
        from vla_ros.ros.running import destroy

        for node in self._nodes:
            close = getattr(node, "close", None)
            if close is not None:
                close()
        try:
            self._testing.close()
            self._tested.close()
        finally:
            for node in self._nodes:
                destroy(node)


@pytest.fixture
def graph() -> Iterator[Graph]:
    context = rclpy.Context()
    rclpy.init(context=context)
    made = Graph(context)
    yield made
    try:
        made.close()
    finally:
        rclpy.shutdown(context=context)
    del made, context
    gc.collect()  # nodes that a test failed to make on purpose
    assert not _discovery_ports(), "a participant is left: the next test would meet its ghost"


def _discovery_ports() -> list[int]:
    """Return the ports of this process at which participants of the test's domain listen."""
    folder = Path("/proc/self/fd")
    ours = {os.readlink(file) for file in folder.iterdir() if file.is_symlink() and file.exists()}
    sockets = (line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:])
    ports = {int(s[1].partition(":")[2], 16) for s in sockets if f"socket:[{s[9]}]" in ours}
    first = 7400 + 250 * int(os.environ["ROS_DOMAIN_ID"])
    return sorted(port for port in ports if first <= port < first + 250)


@pytest.fixture
def until() -> Callable[..., bool]:
    """Wait for a condition, polled; the limit is only there so that a failure ends."""

    def wait(condition: Callable[[], object], limit_s: float = LIMIT_S) -> bool:
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.01)
        return bool(condition())

    return wait


@pytest.fixture(scope="session")
def robot_args() -> list[str]:
    """Command line that gives a node the default robot's parameters."""
    from vla_ros.graph import robot_file

    return ["--ros-args", "--params-file", str(robot_file("default"))]


@pytest.fixture
def simulator(graph, robot_args):
    """The simulator as fast as it goes, in this process."""
    from rclpy.parameter import Parameter

    from vla_ros.nodes.mujoco_sim_node import MujocoSimNode

    return graph.add(
        MujocoSimNode(
            context=graph.context,
            cli_args=robot_args,
            parameter_overrides=[
                Parameter("seed", value=3),
                Parameter("real_time_factor", value=0.0),
                Parameter("state_rate_hz", value=100.0),
            ],
        )
    )
