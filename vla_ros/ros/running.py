"""Runs a node as a process: signals, executor, exit status.

rclpy's own signal handlers shut the context down before a node can say its last word. Here the
executor spins on a thread while the main thread waits for a signal, so that `close()` of a node
(the safety gate's hold) still reaches the graph.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from types import FrameType

import rclpy
from rclpy.action.client import ActionClient
from rclpy.action.server import ActionServer
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType  # type: ignore[attr-defined, unused-ignore]
from rclpy.exceptions import InvalidHandle
from rclpy.executors import Executor, MultiThreadedExecutor, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from vla_ros.errors import ConfigError, VlaRosError
from vla_ros.ros.askers import answer_whom_can_hear

STOP_ON_EOF = "VLA_ROS_STOP_ON_EOF"
"""Environment variable: if set, a node ends when its standard input does."""

_WAKE_S = 0.5

EXIT_OK = 0
EXIT_DEFECT = 1
EXIT_CONFIG = 2


class StartFailed(VlaRosError):
    """The node said why it can't start, and ends."""


def run_node(factory: Callable[[], Node], threads: int = 1, args: list[str] | None = None) -> int:
    """Make a node and spin it until SIGINT or SIGTERM; return the exit status.

    Args:
        factory: Makes the node; a `close()` method of it is called before the context ends.
        threads: Threads that run callbacks; 1 makes callbacks exclude one another.
        args: Command line; None for the process's own.

    Returns:
        0 after a signal, 1 after a defect, 2 where the configuration is wrong.
    """
    ended = _ending_signals()
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    try:
        node = factory()
    except VlaRosError as error:
        print(f"[{_program()}] cannot start: {error}", file=sys.stderr, flush=True)
        rclpy.shutdown()
        return EXIT_CONFIG
    answer_whom_can_hear(node)
    executor: Executor = SingleThreadedExecutor()
    if threads > 1:
        executor = MultiThreadedExecutor(threads)
        _notice_defects(node)
    executor.add_node(node)
    try:
        return _spin_until(ended, executor, node)
    finally:
        executor.shutdown(timeout_sec=2.0)
        destroy(node)
        rclpy.shutdown()


def destroy(node: Node) -> None:
    """Destroy a node with its action servers and clients, which rclpy's destroy_node leaves.

    What is left keeps the whole participant in the graph until Python happens to collect it: a
    ghost, whose services match who asks next and never answer.
    """
    for part in list(node.waitables):
        if isinstance(part, (ActionServer, ActionClient)):
            part.destroy()
    node.destroy_node()


def spin_once(executor: Executor, timeout_s: float) -> None:
    """Run what is ready, or wait for it; bears that another thread destroys an entity meanwhile.

    rclpy's executor lists the node's entities and then waits for them; where one of them goes in
    between (as when a lifecycle node is cleaned up) it raises, and would never spin again.
    """
    try:
        executor.spin_once(timeout_sec=timeout_s)
    except InvalidHandle:
        return  # the next turn makes a new list


def _notice_defects(node: Node) -> None:
    """Let a MultiThreadedExecutor raise what a callback raised, even if nothing else happens.

    It looks whether a callback has failed only after it has begun another one.
    """
    clock = Clock(clock_type=ClockType.STEADY_TIME)
    group = ReentrantCallbackGroup()
    node.create_timer(_WAKE_S, lambda: None, callback_group=group, clock=clock)


def _ending_signals() -> threading.Event:
    """Return an event that a signal, or the end of the parent, sets."""
    ended = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)  # a second one ends it at once
        ended.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    if os.environ.get(STOP_ON_EOF):
        threading.Thread(target=_wait_for_eof, args=(ended,), daemon=True).start()
    return ended


def _spin_until(ended: threading.Event, executor: Executor, node: Node) -> int:
    stopping = threading.Event()
    failures: list[BaseException] = []

    def spin() -> None:
        try:
            while not stopping.is_set():
                spin_once(executor, _WAKE_S)
        except Exception as error:
            failures.append(error)
        finally:
            ended.set()

    spinning = threading.Thread(target=spin, name="executor")
    spinning.start()
    ended.wait()
    _close(node)
    # Shutting an executor down while it spins pulls its handles from under it.
    stopping.set()
    executor.wake()
    spinning.join()
    if not failures:
        return EXIT_OK
    if isinstance(failures[0], (StartFailed, ConfigError)):
        node.get_logger().fatal(str(failures[0]))
        return EXIT_CONFIG
    node.get_logger().fatal("".join(traceback.format_exception(failures[0])))
    return EXIT_DEFECT


def _wait_for_eof(ended: threading.Event) -> None:
    """End with the process that started this one, however that one ended."""
    # Unbuffered: a daemon thread inside a buffered read aborts the interpreter's exit.
    while os.read(sys.stdin.fileno(), 1024):
        continue
    ended.set()


def _close(node: Node) -> None:
    """Let the node say its last word, while its callbacks still run."""
    close = getattr(node, "close", None)
    if close is not None:
        close()


def _program() -> str:
    return sys.argv[0].rsplit("/", 1)[-1].removesuffix(".py")
