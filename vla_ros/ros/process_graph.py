"""Starts the graph's nodes as processes where there is no `ros2 launch`, and ends them cleanly.

The nodes, their parameter files and remappings come from the same table as the launch files'.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType

import rclpy
from lifecycle_msgs.srv import GetState
from rclpy.client import Client
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from vla_ros.errors import VlaRosError
from vla_ros.graph import NodeSpec, graph_nodes, parameter_files
from vla_ros.resources import config_dir
from vla_ros.ros.graph_options import GraphOptions, graph_environment, node_command
from vla_ros.ros.running import STOP_ON_EOF, destroy
from vla_ros.ros.service_ends import offering
from vla_ros.ros.shared_memory import remove_orphans

PROFILE_VARIABLE = "FASTRTPS_DEFAULT_PROFILES_FILE"
_TAIL_LINES = 15
_STACK_LINES = 80
_ABORT_S = 5.0
_POLL_S = 0.05
READY_S = 300.0
"""Wall time for a node to get ready on a busy machine [s]; one that ends is noticed at once."""
_PATIENCE_S = ((signal.SIGINT, 20.0), (signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0))


__all__ = ["GraphOptions", "NodeDied", "ProcessGraph", "use_dds_profile"]


class NodeDied(VlaRosError):
    """A node of the graph ended by itself, or did not get ready."""


def use_dds_profile() -> None:
    """Let this process's participant, and those of its children, take whole pictures.

    Must come before the first rclpy.init; a profile of the user's own wins.
    """
    os.environ.setdefault(PROFILE_VARIABLE, str(config_dir() / "fastdds.xml"))


class ProcessGraph:
    """The running graph, and a node of ours in it.

    Attributes:
        node: Our node, spun by `spin_until`.
        context: Its rclpy context.
    """

    def __init__(self, options: GraphOptions) -> None:
        """Start every node.

        Raises:
            ConfigError: The robot, the simulator or a file does not exist.
        """
        use_dds_profile()
        self._options = options
        self._files = parameter_files(options.robot, options.sim, options.params_file)
        specs = [n for n in graph_nodes(options.sim) if n.name not in options.left_out]
        options.log_dir.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        self._running: list[tuple[NodeSpec, subprocess.Popen[bytes]]] = []
        self._interrupted: set[str] = set()
        self.context = Context()
        rclpy.init(
            context=self.context,
            domain_id=options.domain_id,
            signal_handler_options=SignalHandlerOptions.NO,
        )
        self.node = Node(
            f"vla_ros_{os.getpid()}",
            context=self.context,
            namespace=options.namespace,
            use_global_arguments=False,
        )
        self._executor = SingleThreadedExecutor(context=self.context)
        self._executor.add_node(self.node)
        for spec in specs:
            self._running.append((spec, self._start(spec)))

    def __enter__(self) -> ProcessGraph:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything."""
        self.stop()

    def spin_until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Spin our node until a condition holds; return whether it does in time.

        Raises:
            NodeDied: A node ended meanwhile.
        """
        deadline = time.monotonic() + limit_s
        while not condition():
            self.check()
            if time.monotonic() > deadline:
                return False
            self._executor.spin_once(timeout_sec=_POLL_S)
        return True

    def wait_ready(self, limit_s: float = READY_S) -> None:
        """Wait until each node offers its services, and lifecycle nodes are active.

        Raises:
            NodeDied: One ended, or did not get ready in time; with the tail of its log.
        """
        deadline = time.monotonic() + limit_s
        for spec, _ in self._running:
            self._wait_ready(spec, deadline)

    def _wait_ready(
        self, spec: NodeSpec, deadline: float, ghosts: frozenset[bytes] = frozenset()
    ) -> None:
        for name in self._service_names(spec):
            self._await(spec, partial(self._is_offered, name, ghosts), deadline)
        if spec.lifecycle:
            client = self.node.create_client(GetState, f"{spec.name}/get_state")
            try:
                self._await(spec, partial(self._is_active, client), deadline)
            finally:
                self.node.destroy_client(client)

    def interrupt(self, name: str) -> None:
        """End one node as Ctrl-C would; that it then ends is no failure."""
        self._interrupted.add(name)
        self._process(name).send_signal(signal.SIGINT)

    def kill(self, name: str) -> None:
        """End one node as a crash would; that it then ended is no failure."""
        self._interrupted.add(name)
        self._process(name).kill()

    def restart(self, name: str, limit_s: float = READY_S) -> None:
        """Start a node again that was interrupted or killed, and wait until it is ready.

        Raises:
            NodeDied: It did not get ready in time; with the tail of its log.
        """
        self._process(name).wait(limit_s)
        at = next(i for i, (spec, _) in enumerate(self._running) if spec.name == name)
        spec = self._running[at][0]
        # Where it was killed, the graph does not miss it yet.
        ghosts = [offering(self.node, service) for service in self._service_names(spec)]
        self._running[at] = spec, self._start(spec)
        self._interrupted.discard(name)
        self._wait_ready(spec, time.monotonic() + limit_s, frozenset().union(*ghosts))

    def _process(self, name: str) -> subprocess.Popen[bytes]:
        return next(process for spec, process in self._running if spec.name == name)

    def check(self) -> None:
        """Raise NodeDied where a node has ended."""
        for spec, process in self._running:
            if process.poll() is not None and spec.name not in self._interrupted:
                raise NodeDied(
                    f"{spec.name} ended with status {process.returncode}:\n{self._tail(spec)}"
                )

    @property
    def process_ids(self) -> dict[str, int]:
        """The process of each node, by the node's name."""
        return {spec.name: process.pid for spec, process in self._running}

    def log_file(self, name: str) -> Path:
        """Return the file that a node's output goes to."""
        return self._options.log_dir / f"{name}.log"

    def stop(self) -> None:
        """End every node, the last started first, and our own; harder where one doesn't."""
        killed = False
        for number, patience_s in _PATIENCE_S:
            alive = [process for _, process in reversed(self._running) if process.poll() is None]
            if not alive:
                break
            for process in alive:
                process.send_signal(number)
            killed = killed or number == signal.SIGKILL
            _wait_all(alive, time.monotonic() + patience_s)
        died = any((process.returncode or 0) < 0 for _, process in self._running)
        for _, process in self._running:
            if process.stdin is not None:
                process.stdin.close()
        self._running.clear()
        if self.context.ok():
            self._executor.shutdown()
            destroy(self.node)
            rclpy.shutdown(context=self.context)
        if killed or died:
            remove_orphans()

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables with which a process finds the graph and this package."""
        return graph_environment(self._options)

    def _start(self, spec: NodeSpec) -> subprocess.Popen[bytes]:
        environment = dict(self.environment)
        environment[STOP_ON_EOF] = "1"
        environment["PYTHONFAULTHANDLER"] = "1"  # a crash in a library leaves its stack in the log
        with self.log_file(spec.name).open("wb") as log:
            return subprocess.Popen(
                node_command(spec, self._options, self._files),
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C in the terminal is ours to pass on
            )

    def _await(self, spec: NodeSpec, ready: Callable[[], bool], deadline: float) -> None:
        left_s = max(0.0, deadline - time.monotonic())
        if self.spin_until(ready, left_s):
            return
        process = self._process(spec.name)
        process.send_signal(signal.SIGABRT)  # its log then says where each of its threads stands
        _wait_all([process], time.monotonic() + _ABORT_S)
        raise NodeDied(f"{spec.name} did not get ready:\n{self._tail(spec, _STACK_LINES)}")

    def _service_names(self, spec: NodeSpec) -> list[str]:
        return [self.node.resolve_service_name(service) for service in spec.services]

    def _is_offered(self, service: str, ghosts: frozenset[bytes]) -> bool:
        if ghosts:
            return bool(offering(self.node, service) - ghosts)
        return any(name == service for name, _ in self.node.get_service_names_and_types())

    def _is_active(self, client: Client) -> bool:
        if not client.wait_for_service(_POLL_S):
            return False
        future = client.call_async(GetState.Request())
        self._executor.spin_until_future_complete(future, timeout_sec=1.0)
        return future.done() and future.result().current_state.label == "active"

    def _tail(self, spec: NodeSpec, most: int = _TAIL_LINES) -> str:
        lines = self.log_file(spec.name).read_text(errors="replace").splitlines()
        return "\n".join(lines[-most:])


def _wait_all(processes: Sequence[subprocess.Popen[bytes]], deadline: float) -> None:
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            continue  # the next, harder signal is for this one
