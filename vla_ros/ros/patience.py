"""How long to wait, by the clock that the robot lives on.

A simulator on a busy machine runs slower than the wall clock: what is late by the wall is not late
for the robot. But where the robot's clock itself stands still, only the wall tells.
"""

from __future__ import annotations

import time

from rclpy.node import Node

STANDSTILL_S = 10.0
"""A clock that hasn't moved for this long [s of wall time] has stopped."""


class Patience:
    """Says when a wait has been long enough."""

    def __init__(self, node: Node, limit_s: float) -> None:
        """Wait for some time [s] of a node's clock, from now on."""
        self._clock = node.get_clock()
        self._limit_ns = round(limit_s * 1e9)
        self._began_ns = self._now_ns()
        self._seen_ns = self._began_ns
        self._seen_s = time.monotonic()

    def over(self) -> bool:
        """Return whether that time has passed, or time itself stands still."""
        now_ns, now_s = self._now_ns(), time.monotonic()
        if self._began_ns == 0:
            # A node that was just started has not heard the simulated time before.
            self._began_ns = now_ns
        if now_ns != self._seen_ns:
            self._seen_ns, self._seen_s = now_ns, now_s
        return now_ns - self._began_ns >= self._limit_ns or now_s - self._seen_s >= STANDSTILL_S

    def _now_ns(self) -> int:
        return int(self._clock.now().nanoseconds)
