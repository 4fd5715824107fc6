"""A question to a service on its way, also where the one who was asked has died."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rclpy.client import Client
from rclpy.node import Node

from vla_ros.ros.service_ends import offering

_LOOK_PERIOD_S = 0.2


class Asked:
    """A question that is asked anew of each participant that begins to offer the service.

    A process that was killed stays in the graph for 20 s (the lease of its participant): its ghost
    is asked and never answers. Who takes its place cannot have heard the question, so asking again
    does nothing twice.
    """

    def __init__(
        self, node: Node, service: str, ask: Callable[[], Any], is_ready: Callable[[], bool]
    ) -> None:
        """Ask.

        Args:
            node: Whose client asks.
            service: Full name of the service.
            ask: Sends the question; returns the future of its answer.
            is_ready: Whether the client is connected with all who offer the service.
        """
        self._node, self._service, self._ask, self._is_ready = node, service, ask, is_ready
        self._known = offering(node, service)
        self._looks_s = 0.0
        self._futures = [ask()]

    @classmethod
    def of(cls, node: Node, client: Client, request: Any) -> Asked:
        """Ask a service by a client of it."""
        service = node.resolve_service_name(client.srv_name)
        return cls(node, service, lambda: client.call_async(request), client.service_is_ready)

    def done(self) -> bool:
        """Return whether somebody has answered."""
        if any(future.done() for future in self._futures):
            return True
        if time.monotonic() < self._looks_s:
            return False
        self._looks_s = time.monotonic() + _LOOK_PERIOD_S
        present = offering(self._node, self._service)
        if not present <= self._known and self._is_ready():
            self._known |= present
            self._futures.append(self._ask())
        return False

    def result(self) -> Any:
        """Return the answer, once there is one."""
        return next(future for future in self._futures if future.done()).result()

    def cancel(self) -> None:
        """Wait for no answer any more."""
        for future in self._futures:
            future.cancel()
