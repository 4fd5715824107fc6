"""What a node measures of itself on /diagnostics: latencies, rates, named faults."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

from vla_ros.ros import qos
from vla_ros.ros.stamps import header

PERIOD_S = 1.0
WINDOW = 200


class Diagnostics:
    """Collects figures from any thread and publishes them once a second."""

    def __init__(self, node: Node, hardware_id: str = "vla_ros") -> None:
        self._node = node
        self._hardware_id = hardware_id
        self._lock = threading.Lock()
        self._latencies_s: dict[str, deque[float]] = {}
        self._counts: dict[str, int] = {}
        self._facts: dict[str, str] = {}
        self._faults: dict[str, str] = {}
        self._told: set[str] = set()
        self._passed: dict[str, str] = {}
        self._last_ns: int | None = None
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", qos.DIAGNOSTICS)
        self._timer = node.create_timer(PERIOD_S, self.publish)

    def latency(self, stage: str, from_ns: int, to_ns: int) -> None:
        """Record how long after one stamp another came ("image_to_command")."""
        with self._lock:
            window = self._latencies_s.setdefault(stage, deque(maxlen=WINDOW))
            window.append((to_ns - from_ns) / 1e9)

    def count(self, event: str) -> None:
        """Record that something happened ("image"); it is published as a rate."""
        with self._lock:
            self._counts[event] = self._counts.get(event, 0) + 1

    def fact(self, name: str, text: str) -> None:
        """Say what holds from now on under a name ("grounder": what runs where)."""
        with self._lock:
            self._facts[name] = text

    def fault(self, name: str, message: str) -> None:
        """Say what is wrong under a name, or with an empty message that it no longer is.

        What has passed before it could be published is published once, as something that has.
        """
        with self._lock:
            if message:
                self._faults[name] = message
                return
            passed = self._faults.pop(name, None)
            if passed is not None and name not in self._told:
                self._passed[name] = f"{passed} (has passed)"
            self._told.discard(name)

    def publish(self) -> None:
        """Publish what was recorded since the last time."""
        now_ns = self._node.get_clock().now().nanoseconds
        with self._lock:
            status = self._status(now_ns)
        self._publisher.publish(DiagnosticArray(header=header("", now_ns), status=[status]))

    def _status(self, now_ns: int) -> DiagnosticStatus:
        figures: list[tuple[str, str]] = sorted(self._facts.items())
        for stage, window in sorted(self._latencies_s.items()):
            p50, p95 = np.percentile(np.array(window), [50, 95])
            figures.append((f"{stage}_p50_s", f"{p50:.4f}"))
            figures.append((f"{stage}_p95_s", f"{p95:.4f}"))
        elapsed_s = (now_ns - self._last_ns) / 1e9 if self._last_ns is not None else 0.0
        for event, count in sorted(self._counts.items()):
            if elapsed_s > 0.0:
                figures.append((f"{event}_rate_hz", f"{count / elapsed_s:.2f}"))
            self._counts[event] = 0
        self._last_ns = now_ns
        faults = sorted((self._passed | self._faults).items())
        self._passed.clear()
        self._told.update(self._faults)
        return DiagnosticStatus(
            level=DiagnosticStatus.ERROR if faults else DiagnosticStatus.OK,
            name=self._node.get_fully_qualified_name(),
            message="; ".join(f"{name}: {text}" for name, text in faults) or "ok",
            hardware_id=self._hardware_id,
            values=[KeyValue(key=key, value=value) for key, value in figures + faults],
        )
