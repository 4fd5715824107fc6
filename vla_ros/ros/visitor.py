"""A participant of its own in a running graph: it stays, whatever dies around it."""

from __future__ import annotations

import time
from collections.abc import Callable

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from vla_ros.ros.participant import ANSWER_S
from vla_ros.ros.running import destroy

_POLL_S = 0.05


class Visitor:
    """Implements Participant with a context of its own.

    Attributes:
        node: Its node.
    """

    def __init__(self, name: str, domain_id: int | None = None, namespace: str = "") -> None:
        """Join a domain: the environment's if None."""
        self._context = Context()
        rclpy.init(
            context=self._context,
            domain_id=domain_id,
            signal_handler_options=SignalHandlerOptions.NO,
        )
        self.node = Node(
            name, context=self._context, namespace=namespace, use_global_arguments=False
        )
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)

    def close(self) -> None:
        """Leave the domain."""
        self._executor.shutdown()
        destroy(self.node)
        rclpy.shutdown(context=self._context)

    def spin_until(self, condition: Callable[[], bool], limit_s: float = ANSWER_S) -> bool:
        """Spin until a condition holds; return whether it does within some wall time [s]."""
        deadline = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            self._executor.spin_once(timeout_sec=_POLL_S)
        return True
