"""What the safety gate is shown: requests, joint states and stops, as messages bring them."""

from __future__ import annotations

from geometry_msgs.msg import PoseStamped
from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Empty, Float64, String

from vla_ros.control.gate import SafetyGate
from vla_ros.errors import MessageError
from vla_ros.language.stop_words import is_stop
from vla_ros.ros import qos
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.gate_report import GateReporter
from vla_ros.ros.poses import tool_command_from_msg
from vla_ros.ros.robot_state import RobotStateReader
from vla_ros.ros.stamps import stamp_ns
from vla_ros.types import GateStatus, RobotState


class GateInputs:
    """Subscriptions whose messages go to a gate; their callbacks must exclude one another.

    Attributes:
        state: The newest joint state that the gate took.
    """

    def __init__(
        self,
        node: Node,
        gate: SafetyGate,
        reader: RobotStateReader,
        reporter: GateReporter,
        diagnostics: Diagnostics,
        group: CallbackGroup,
    ) -> None:
        """Subscribe."""
        self._log = node.get_logger()
        self._clock = node.get_clock()
        self._gate = gate
        self._reader = reader
        self._reporter = reporter
        self._diagnostics = diagnostics
        self.state: RobotState | None = None
        self._opening: float | None = None
        for kind, topic, take, profile in (
            (PoseStamped, "tool_pose_request", self._on_request, qos.REQUEST),
            (Float64, "gripper_request", self._on_gripper, qos.REQUEST),
            (JointState, "joint_states", self._on_joints, qos.STATE_READER),
            (Empty, "stop", lambda _: self._stop("stop was asked for"), qos.EVENT),
            (String, "instruction", self._on_instruction, qos.EVENT),
            (Bool, "e_stop", self._on_e_stop, qos.EVENT),
        ):
            node.create_subscription(kind, topic, take, profile, callback_group=group)

    def forget_gripper(self) -> None:
        """Leave the gripper as it is until the next request for it."""
        self._opening = None

    def _now_ns(self) -> int:
        return int(self._clock.now().nanoseconds)

    def _on_request(self, msg: PoseStamped) -> None:
        opening = self._opening
        if opening is None:
            opening = self.state.gripper_opening if self.state is not None else 1.0
        now_ns = self._now_ns()
        try:
            decision = self._gate.accept(tool_command_from_msg(msg, opening), now_ns)
        except MessageError as error:
            self._reporter.count(GateStatus.REFUSED)
            self._log.warning(f"request refused: {error}", throttle_duration_sec=1.0)
            return
        self._reporter.count(decision.status)
        self._diagnostics.latency("request", stamp_ns(msg.header.stamp), now_ns)

    def _on_gripper(self, msg: Float64) -> None:
        if 0.0 <= msg.data <= 1.0:
            self._opening = msg.data
            return
        self._reporter.count(GateStatus.REFUSED)
        self._log.warning(
            f"gripper request {msg.data} refused: 0 (closed) to 1 (open)", throttle_duration_sec=1.0
        )

    def _on_joints(self, msg: JointState) -> None:
        now_ns = self._now_ns()
        try:
            state = self._reader.read(msg, now_ns)
        except MessageError as error:
            self._diagnostics.fault("joint_states", str(error))
            self._log.error(f"joint state refused: {error}", throttle_duration_sec=1.0)
            return
        if state is None:
            return
        decision = self._gate.update_state(state, now_ns)
        self._diagnostics.fault("joint_states", decision.reason)
        if decision.status is GateStatus.OK:
            self.state = state

    def _on_instruction(self, msg: String) -> None:
        if is_stop(msg.data):
            self._stop(f"somebody said '{msg.data[:40]}'")

    def _stop(self, reason: str) -> None:
        self._gate.stop(reason)

    def _on_e_stop(self, msg: Bool) -> None:
        if msg.data:  # false doesn't release the latch: that takes the service
            self._gate.estop("the e_stop topic")
