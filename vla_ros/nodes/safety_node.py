"""The safety gate as a process of its own: the only publisher to the robot's controllers."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import PoseStamped
from rclpy.clock import Clock, ClockType  # type: ignore[attr-defined, unused-ignore]
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Empty, Float64, String
from std_srvs.srv import Trigger

from vla_ros.control.gate import SafetyGate
from vla_ros.errors import ConfigError, MessageError, SafetyError
from vla_ros.language.stop_words import is_stop
from vla_ros.params import RobotParams, SafetyParams
from vla_ros.ros import qos
from vla_ros.ros.controller_client import ControllerClient
from vla_ros.ros.description import arm_kinematics
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.gate_report import GateReporter
from vla_ros.ros.parameters import NodeParameters
from vla_ros.ros.poses import tool_command_from_msg
from vla_ros.ros.robot_state import RobotStateReader
from vla_ros.ros.running import run_node
from vla_ros.ros.stamps import stamp_ns
from vla_ros.types import GateStatus, RobotState

_REST_S = 0.5


class SafetyNode(Node):
    """Shows the gate requests, states and stops, and sends what it allows at each tick."""

    def __init__(self, **options: Any) -> None:
        super().__init__("safety", **options)
        self._settings = NodeParameters(self, (SafetyParams, RobotParams), self._on_change)
        params, self._robot = self._settings.get(SafetyParams), self._settings.get(RobotParams)
        kinematics = arm_kinematics(
            self, self._robot, params.orientation_weight, params.posture_time_s
        )
        self._gate = SafetyGate(params, self._robot, kinematics)
        self._reader = RobotStateReader(self._robot, kinematics)
        self._controller = ControllerClient(self, self._robot, params)
        self._reporter = GateReporter(self, self._robot.base_frame)
        self._diagnostics = Diagnostics(self, "robot")
        self._state: RobotState | None = None
        self._opening: float | None = None
        self._closing, self._rested = False, threading.Event()
        self._listen()
        # On a real robot the gate ticks even if somebody sets the machine's clock.
        steady = not self.get_parameter("use_sim_time").value
        clock = Clock(clock_type=ClockType.STEADY_TIME) if steady else self.get_clock()
        self.create_timer(1.0 / params.control_rate_hz, self._tick, clock=clock)

    def _listen(self) -> None:
        take = self.create_subscription
        take(PoseStamped, "tool_pose_request", self._on_request, qos.REQUEST)
        take(Float64, "gripper_request", self._on_gripper, qos.REQUEST)
        take(JointState, "joint_states", self._on_joints, qos.STATE_READER)
        take(Empty, "stop", lambda _: self._stop("stop was asked for"), qos.EVENT)
        take(String, "instruction", self._on_instruction, qos.EVENT)
        take(Bool, "e_stop", self._on_e_stop, qos.EVENT)
        offered: dict[str, Callable[[], None]] = {
            "arm": self._gate.arm,
            "disarm": self._gate.disarm,
            "e_stop": self._gate.estop,
            "reset": self._gate.reset_estop,
        }
        for name, act in offered.items():
            self.create_service(Trigger, f"~/{name}", self._service(act))

    def close(self) -> None:
        """Bring the arm to rest before the process ends; the executor still spins."""
        self._closing = True
        self._rested.wait(_REST_S)

    def _now_ns(self) -> int:
        return int(self.get_clock().now().nanoseconds)

    def _on_request(self, msg: PoseStamped) -> None:
        opening = self._opening
        if opening is None:
            opening = self._state.gripper_opening if self._state is not None else 1.0
        try:
            decision = self._gate.accept(tool_command_from_msg(msg, opening), self._now_ns())
        except MessageError as error:
            self._reporter.count(GateStatus.REFUSED)
            self.get_logger().warning(f"request refused: {error}", throttle_duration_sec=1.0)
            return
        self._reporter.count(decision.status)
        self._diagnostics.latency("request", stamp_ns(msg.header.stamp), self._now_ns())

    def _on_gripper(self, msg: Float64) -> None:
        if 0.0 <= msg.data <= 1.0:
            self._opening = msg.data
            return
        self._reporter.count(GateStatus.REFUSED)
        self.get_logger().warning(
            f"gripper request {msg.data} refused: 0 (closed) to 1 (open)", throttle_duration_sec=1.0
        )

    def _on_joints(self, msg: JointState) -> None:
        now_ns = self._now_ns()
        try:
            state = self._reader.read(msg, now_ns)
        except MessageError as error:
            self._diagnostics.fault("joint_states", str(error))
            self.get_logger().error(f"joint state refused: {error}", throttle_duration_sec=1.0)
            return
        if state is None:
            return
        decision = self._gate.update_state(state, now_ns)
        self._diagnostics.fault("joint_states", decision.reason)
        if decision.status is GateStatus.OK:
            self._state = state

    def _on_instruction(self, msg: String) -> None:
        if is_stop(msg.data):
            self._stop(f"somebody said '{msg.data[:40]}'")

    def _stop(self, reason: str) -> None:
        self._gate.stop(reason, self._now_ns())

    def _on_e_stop(self, msg: Bool) -> None:
        if msg.data:  # false doesn't release the latch: that takes the service
            self._gate.estop("the e_stop topic")

    def _service(
        self, act: Callable[[], None]
    ) -> Callable[[Trigger.Request, Trigger.Response], Trigger.Response]:
        def serve(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            try:
                act()
            except (SafetyError, ConfigError) as error:
                response.success, response.message = False, str(error)
                return response
            self._opening = None
            response.success, response.message = True, "armed" if self._gate.armed else "not armed"
            return response

        return serve

    def _tick(self) -> None:
        now_ns = self._now_ns()
        if self._closing:
            self._gate.stop("the safety node is shutting down", now_ns)
        command = self._gate.tick(now_ns)
        if not self._gate.params.dry_run:
            self._controller.send(command, self._state, self._gate.params)
        self._reporter.report(command, self._gate.armed)
        if self._closing and self._gate.at_rest:
            self._controller.rest(now_ns)
            self._rested.set()

    def _on_change(self) -> None:
        self._gate.change_params(self._settings.get(SafetyParams))


def main() -> None:
    """Run the node."""
    sys.exit(run_node(SafetyNode))


if __name__ == "__main__":
    main()
