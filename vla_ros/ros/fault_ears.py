"""Hears what a graph says of a fault, and sees how its arm really moves meanwhile."""

from __future__ import annotations

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node
from sensor_msgs.msg import JointState

from vla_ros.evaluation.resting import rest_ns
from vla_ros.nodes.faulty_driver_node import TRUE_JOINTS_TOPIC
from vla_ros.ros import qos
from vla_ros.ros.stamps import stamp_ns

STALE_NS = 3_000_000_000
"""A node of which no diagnostics have come for this long is held to be dead."""


class FaultEars:
    """Listens with a node.

    Attributes:
        now_ns: Stamp of the newest true joint state.
        fastest_rad_s: (J,) largest joint speeds since `forget`.
    """

    def __init__(self, node: Node, arm_joints: int) -> None:
        """Listen to an arm whose joint states begin with those of its joints."""
        self._arm_joints = arm_joints
        self._heard_ns: dict[str, int] = {}
        self.now_ns = -1
        self.forget()
        node.create_subscription(JointState, TRUE_JOINTS_TOPIC, self._on_joints, qos.STATE_READER)
        node.create_subscription(
            DiagnosticArray, "/diagnostics", self._on_diagnostics, qos.DIAGNOSTICS
        )

    def forget(self) -> None:
        """Forget everything but which nodes there are; what follows is heard anew."""
        self._speeds: list[tuple[int, float]] = []
        self._faults: dict[str, None] = {}
        self._heard_ns = dict.fromkeys(self._heard_ns, self.now_ns)
        self.fastest_rad_s = np.zeros(self._arm_joints)

    @property
    def said(self) -> tuple[str, ...]:
        """Faults on /diagnostics since `forget`, and nodes of which there is nothing any more."""
        silent = [
            f"{name} is stale: no diagnostics for {(self.now_ns - heard_ns) * 1e-9:.1f} s"
            for name, heard_ns in self._heard_ns.items()
            if self.now_ns - heard_ns >= STALE_NS
        ]
        return (*self._faults, *silent)

    def rest_s(self, since_ns: int) -> float:
        """Return how long after a moment the arm was at rest for good [s]; inf if it isn't."""
        rested_ns = rest_ns(self._speeds, since_ns)
        return float("inf") if rested_ns is None else rested_ns * 1e-9

    def _on_joints(self, msg: JointState) -> None:
        speeds = np.abs(np.array(msg.velocity[: self._arm_joints]))
        self.now_ns = stamp_ns(msg.header.stamp)
        self._speeds.append((self.now_ns, float(speeds.max())))
        self.fastest_rad_s = np.maximum(self.fastest_rad_s, speeds)

    def _on_diagnostics(self, msg: DiagnosticArray) -> None:
        for status in msg.status:
            self._heard_ns[status.name] = self.now_ns
            if status.level == DiagnosticStatus.ERROR:
                self._faults[f"{status.name}: {status.message}"] = None
