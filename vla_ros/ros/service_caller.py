"""Asking services on behalf of an instruction, which may be ended meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from rclpy.client import Client
from rclpy.node import Node

from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.ros.asked import Asked
from vla_ros.ros.patience import STANDSTILL_S, Patience

_POLL_S = 0.02


class ServiceCaller:
    """Waits on a worker's thread while the node's own executor spins its clients."""

    def __init__(self, node: Node, ending: Callable[[], TerminationReason | None]) -> None:
        """Take the node, and who says why the instruction is to end."""
        self._node = node
        self._ending = ending

    def _spin_until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Wait until a condition holds; return whether it does within some wall time [s]."""
        deadline = time.monotonic() + limit_s
        return self._wait(condition, lambda: time.monotonic() > deadline)

    def call(self, client: Client, request: Any, limit_s: float, reason: TerminationReason) -> Any:
        """Return a service's answer.

        Args:
            client: Of the service.
            request: What to ask.
            limit_s: Time to wait for the answer [s], by the robot's clock.
            reason: Why the instruction fails if there is none.

        Raises:
            TaskFailed: Nobody offers it, nobody answers, or the instruction was ended.
        """
        name = client.srv_name
        if not self._spin_until(client.service_is_ready, STANDSTILL_S):
            raise TaskFailed(reason, f"nobody offers '{name}': is that node running and active?")
        asked, patience = Asked.of(self._node, client, request), Patience(self._node, limit_s)
        try:
            if self._wait(asked.done, lambda: patience.over() or not client.service_is_ready()):
                return asked.result()
        finally:
            asked.cancel()
        if not client.service_is_ready():
            raise TaskFailed(reason, f"'{name}' is gone before it answered: did its node end?")
        raise TaskFailed(reason, f"'{name}' did not answer within {limit_s:.0f} s")

    def _wait(self, condition: Callable[[], bool], over: Callable[[], bool]) -> bool:
        pause = threading.Event()
        while not condition():
            why = self._ending()
            if why is not None:
                raise TaskFailed(why, "the instruction was ended")
            if over():
                return False
            pause.wait(_POLL_S)
        return True
