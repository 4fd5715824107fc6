"""A robot behind ROS topics as the pipeline sees it: implements RobotPort."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from geometry_msgs.msg import PoseStamped
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Empty, Float64
from std_srvs.srv import Trigger
from vla_ros_interfaces.msg import GateState
from vla_ros_interfaces.srv import Ask, Ground

from vla_ros.control.kinematics import ArmKinematics
from vla_ros.errors import MessageError, TaskFailed, TerminationReason
from vla_ros.params import RobotParams, TaskParams
from vla_ros.ros import qos
from vla_ros.ros.detections import look_from_msgs
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.fast_lane import FastLane
from vla_ros.ros.gate_report import report_from_msg
from vla_ros.ros.patience import STANDSTILL_S, Patience
from vla_ros.ros.poses import tool_command_msg
from vla_ros.ros.robot_state import RobotStateReader
from vla_ros.ros.service_caller import ServiceCaller
from vla_ros.ros.stamps import stamp_ns, time_msg
from vla_ros.types import (
    GateStatus,
    Look,
    Observation,
    RobotState,
    SafeCommand,
    ToolCommand,
)

_SERVICE_WAIT_S = 5.0
_FIRST_STATE_S = 5.0
_ARM_PATIENCE_S = 2.0
_ARM_PERIOD_S = 0.1
_POLL_S = 0.02


class RosRobot:
    """Talks to the grounding and safety nodes; its methods are called on the worker's thread."""

    def __init__(
        self,
        node: Node,
        robot: RobotParams,
        kinematics: ArmKinematics,
        params: TaskParams,
        diagnostics: Diagnostics,
    ) -> None:
        """Connect to the graph."""
        self._node = node
        self._diagnostics = diagnostics
        self._reader = RobotStateReader(robot, kinematics)
        self.params = params
        self._state: RobotState | None = None
        self._state_fault = "none has arrived"
        self._received_s = 0.0
        self._report: SafeCommand | None = None
        self._armed_ns = -1
        self._opening: float | None = None
        self._ending: TerminationReason | None = None
        self._ticked = threading.Event()
        self._looked_ns: int | None = None
        self._services = ServiceCaller(node, self.canceled)
        self._lane = FastLane(node)
        self._listen(node)
        self._lane.start()

    def close(self) -> None:
        """Listen no more."""
        self._lane.close()

    def _listen(self, node: Node) -> None:
        clients = ReentrantCallbackGroup()
        self._pose = node.create_publisher(PoseStamped, "tool_pose_request", qos.REQUEST)
        self._grip = node.create_publisher(Float64, "gripper_request", qos.REQUEST)
        self._stop = node.create_publisher(Empty, "stop", qos.EVENT)
        node.create_subscription(
            JointState, "joint_states", self._on_joints, qos.STATE_READER, callback_group=self._lane
        )
        node.create_subscription(
            GateState, "gate_state", self._on_gate, qos.STATUS, callback_group=self._lane
        )
        self._ground = node.create_client(Ground, "ground", callback_group=clients)
        self._ask = node.create_client(Ask, "ask", callback_group=clients)
        self._arm = node.create_client(Trigger, "safety/arm", callback_group=clients)
        period_s = 1.0 / self.params.command_rate_hz
        node.create_timer(period_s, self._ticked.set, callback_group=self._lane)

    def begin(self) -> None:
        """Prepare for another instruction."""
        self._ending = None

    def cancel(self, reason: TerminationReason) -> None:
        """End the present instruction; the gate brings the arm to rest meanwhile."""
        self._ending = reason
        self._stop.publish(Empty())

    def canceled(self) -> TerminationReason | None:
        """Return why the instruction is to end now, or None."""
        return self._ending

    def now_ns(self) -> int:
        """Return the node's time [ns]: simulated time in a simulator."""
        return int(self._node.get_clock().now().nanoseconds)

    def await_time(self) -> None:
        """Wait until it is known what time it is.

        A node that was just started has not heard the simulated time yet, and what began at 0 would
        have lasted too long as soon as it does.

        Raises:
            TaskFailed: No simulated time comes, or the instruction was ended.
        """
        patience = Patience(self._node, STANDSTILL_S)
        while self.now_ns() == 0:
            if self._ending is not None:
                raise TaskFailed(self._ending, "the instruction was ended")
            if patience.over():
                raise self._stale("no simulated time comes on /clock: is the simulator running?")
            threading.Event().wait(_POLL_S)

    def observe(self) -> Observation:
        """Return the newest robot state; pictures stay with the grounding node.

        Waits a little for one that is new enough: on a busy machine it may be on its way. A node
        that has just been started waits longer for the first one.

        Raises:
            TaskFailed: JOINT_STATES_STALE, or the instruction was ended.
        """
        limit_s = self.params.joint_states_timeout_s
        patience = Patience(self._node, _FIRST_STATE_S if self._state is None else limit_s)
        while True:
            try:
                return self._newest_state()
            except TaskFailed:
                if patience.over():
                    raise
            if self._ending is not None:
                raise TaskFailed(self._ending, "the instruction was ended")
            threading.Event().wait(_POLL_S)

    def _newest_state(self) -> Observation:
        state, limit_s = self._state, self.params.joint_states_timeout_s
        if state is None:
            raise self._stale(f"no usable joint state: {self._state_fault}")
        age_s = (self.now_ns() - state.stamp_ns) / 1e9
        unheard_s = time.monotonic() - self._received_s
        if age_s > limit_s or unheard_s > limit_s + STANDSTILL_S:
            fault = f" ({self._state_fault})" if self._state_fault else ""
            raise self._stale(f"the last usable joint state is {max(age_s, 0.0):.2f} s old{fault}")
        return Observation(frames={}, T_base_camera={}, robot=state)

    def look(self, phrases: Sequence[str]) -> Look:
        """Let the grounding node look, at a picture not older than this call.

        Raises:
            TaskFailed: CAMERA_STALE, NO_DEPTH, MODEL_ERROR, or the instruction was ended.
        """
        request = Ground.Request(phrases=list(phrases), not_before=time_msg(self.now_ns()))
        response: Ground.Response = self._services.call(
            self._ground, request, self.params.look_timeout_s, TerminationReason.CAMERA_STALE
        )
        if not response.success:
            raise TaskFailed(TerminationReason(response.reason), response.message)
        look_ns = stamp_ns(response.header.stamp)
        try:
            look = look_from_msgs(response.groundings, response.obstacles, look_ns)
        except MessageError as error:
            raise TaskFailed(TerminationReason.MODEL_ERROR, str(error)) from error
        self._diagnostics.latency("image_to_look", look_ns, self.now_ns())
        self._looked_ns = look_ns
        return look

    def ask(self, question: str) -> str:
        """Let the grounding node answer a question about what it sees.

        Raises:
            TaskFailed: REFUSED with its reason, CAMERA_STALE where it is silent, or the
                instruction was ended.
        """
        answer: Ask.Response = self._services.call(
            self._ask,
            Ask.Request(question=question),
            self.params.look_timeout_s,
            TerminationReason.CAMERA_STALE,
        )
        if not answer.success:
            raise TaskFailed(TerminationReason.REFUSED, answer.answer)
        return str(answer.answer).rstrip(".")

    def send(self, command: ToolCommand) -> None:
        """Send a request to the safety gate; the gripper's part only when it changes."""
        if command.gripper_opening != self._opening:
            self._opening = float(command.gripper_opening)
            self._grip.publish(Float64(data=self._opening))
        self._pose.publish(tool_command_msg(command))
        if self._looked_ns is not None:
            self._diagnostics.latency("image_to_command", self._looked_ns, command.stamp_ns)
            self._looked_ns = None

    def gate(self) -> SafeCommand | None:
        """Return the gate's newest report since it was armed, or None."""
        report = self._report
        if self._ending is not None or report is None or report.stamp_ns <= self._armed_ns:
            return None
        return report

    def arm(self) -> None:
        """Ask the gate to accept commands; waits for the arm to come to rest.

        Raises:
            TaskFailed: SAFETY_REFUSED or ESTOPPED, with the gate's reason.
        """
        self._require_leave()
        patience = Patience(self._node, _ARM_PATIENCE_S)
        while True:
            answer: Trigger.Response = self._services.call(
                self._arm, Trigger.Request(), _SERVICE_WAIT_S, TerminationReason.SAFETY_REFUSED
            )
            if answer.success:
                self._armed_ns = self.now_ns()
                self._opening = None  # arming makes the gate forget the gripper's request
                return
            if patience.over():
                stopped = self._report and self._report.status is GateStatus.ESTOPPED
                raise TaskFailed(
                    TerminationReason.ESTOPPED if stopped else TerminationReason.SAFETY_REFUSED,
                    answer.message,
                )
            threading.Event().wait(_ARM_PERIOD_S)

    def tick(self) -> None:
        """Wait for the next control tick.

        Raises:
            TaskFailed: Time stands still.
        """
        if not self._ticked.wait(STANDSTILL_S):
            raise self._stale("the clock stands still: is the simulator running?")
        self._ticked.clear()

    def _require_leave(self) -> None:
        """Raise where a person, not an instruction, has to arm."""
        report = self._report
        disarmed = report is not None and report.status is GateStatus.DISARMED
        if disarmed and not self.params.arm_on_instruction:
            raise TaskFailed(
                TerminationReason.SAFETY_REFUSED,
                f"the safety gate is disarmed ({report.reason if report else ''}): look at the "
                "workspace, then call the service safety/arm",
            )

    def _on_joints(self, msg: JointState) -> None:
        try:
            state = self._reader.read(msg, self.now_ns())
        except MessageError as error:
            self._state_fault = str(error)
            return
        if state is not None:
            self._state, self._state_fault = state, ""
            self._received_s = time.monotonic()

    def _on_gate(self, msg: GateState) -> None:
        self._report = report_from_msg(msg)

    def _stale(self, message: str) -> TaskFailed:
        return TaskFailed(TerminationReason.JOINT_STATES_STALE, message)
