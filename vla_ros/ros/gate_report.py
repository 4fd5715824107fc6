"""What the safety gate says of itself, as a message, both ways."""

from __future__ import annotations

from rclpy.node import Node
from vla_ros_interfaces.msg import GateState

from vla_ros.ros import qos
from vla_ros.ros.stamps import header, stamp_ns
from vla_ros.types import GateStatus, SafeCommand

PERIOD_NS = 100_000_000


class GateReporter:
    """Publishes gate_state at each change of status, and ten times a second."""

    def __init__(self, node: Node, base_frame: str) -> None:
        """Advertise the topic."""
        self._base_frame = base_frame
        self._publisher = node.create_publisher(GateState, "gate_state", qos.STATUS)
        self._last: tuple[GateStatus, int] | None = None
        self._clips, self._refusals = 0, 0

    def count(self, status: GateStatus) -> None:
        """Count what became of a request."""
        self._clips += status is GateStatus.CLIPPED
        self._refusals += status is GateStatus.REFUSED

    def report(self, command: SafeCommand, armed: bool) -> None:
        """Publish what was decided, unless the same was said just now."""
        status, at_ns = self._last or (None, 0)
        if command.status is status and 0 <= command.stamp_ns - at_ns < PERIOD_NS:
            return
        self._last = command.status, command.stamp_ns
        self._publisher.publish(
            GateState(
                header=header(self._base_frame, command.stamp_ns),
                status=command.status.value,
                reason=command.reason,
                armed=armed,
                clips=self._clips,
                refusals=self._refusals,
            )
        )


def report_from_msg(msg: GateState) -> SafeCommand:
    """Return the status and the reason of a report; the poses don't travel."""
    return SafeCommand(
        T_base_tool=None,
        joint_positions_rad=None,
        gripper_opening=None,
        stamp_ns=stamp_ns(msg.header.stamp),
        status=GateStatus(msg.status),
        reason=msg.reason,
    )
