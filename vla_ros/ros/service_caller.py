"""Asking services on behalf of an instruction, which may be ended meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from rclpy.client import Client
from rclpy.node import Node

from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.ros.participant import NoAnswer, acquaint
from vla_ros.ros.patience import STANDSTILL_S, Patience

_POLL_S = 0.02


class ServiceCaller:
    """Implements Participant for a worker's thread: the node's own executor spins it meanwhile.

    Attributes:
        node: The node whose clients are used.
    """

    def __init__(self, node: Node, ending: Callable[[], TerminationReason | None]) -> None:
        """Take the node, and who says why the instruction is to end."""
        self.node = node
        self._ending = ending
        self._met: set[Client] = set()

    def spin_until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Wait until a condition holds; return whether it does within some wall time [s].

        Raises:
            TaskFailed: The instruction was ended.
        """
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
        try:
            self._find(client)
        except NoAnswer as error:
            message = f"nobody offers '{name}': is that node running and active?"
            raise TaskFailed(reason, message) from error
        future, patience = client.call_async(request), Patience(self.node, limit_s)
        try:
            if self._wait(future.done, lambda: patience.over() or not client.service_is_ready()):
                return future.result()
        finally:
            if not future.done():
                future.cancel()
                self._met.discard(client)  # who comes in its place has to be met anew
        if not client.service_is_ready():
            raise TaskFailed(reason, f"'{name}' is gone before it answered: did its node end?")
        raise TaskFailed(reason, f"'{name}' did not answer within {limit_s:.0f} s")

    def _find(self, client: Client) -> None:
        """Wait until a service is there, and knows the client."""
        if not client.service_is_ready():
            self._met.discard(client)
        if not self.spin_until(client.service_is_ready, STANDSTILL_S):
            raise NoAnswer(f"nobody offers {client.srv_name}")
        if client not in self._met:
            acquaint(self, self.node.resolve_service_name(client.srv_name))
            self._met.add(client)

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
