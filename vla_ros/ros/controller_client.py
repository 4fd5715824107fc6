"""Sends safe commands to the robot's controllers; only the safety node has one of these."""

from __future__ import annotations

import numpy as np
from control_msgs.action import GripperCommand, ParallelGripperCommand
from geometry_msgs.msg import PoseStamped, TwistStamped
from rclpy.action.client import ActionClient
from rclpy.node import Node
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory

from vla_ros.control import outputs
from vla_ros.params import RobotParams, SafetyParams
from vla_ros.ros import qos
from vla_ros.ros.joints import joint_trajectory_msg
from vla_ros.ros.poses import pose_stamped_msg, twist_stamped_msg
from vla_ros.types import RobotState, SafeCommand

_MESSAGES = {"joint_trajectory": JointTrajectory, "pose": PoseStamped, "twist": TwistStamped}
_GRIPPER_PERIOD_NS = 50_000_000
_SAME_POSITION = 1e-6


class ControllerClient:
    """The arm's controller by topic, the gripper's by action."""

    def __init__(self, node: Node, robot: RobotParams, params: SafetyParams) -> None:
        """Connect to the controllers that the parameters name."""
        self._robot = robot
        self._interface = params.command_interface
        self._publisher = node.create_publisher(
            _MESSAGES[self._interface], params.arm_command_topic, qos.REQUEST
        )
        self._gripper = _GripperClient(node, params)

    @property
    def listeners(self) -> int:
        """How many controllers listen to the arm's topic."""
        return int(self._publisher.get_subscription_count())

    def send(self, command: SafeCommand, state: RobotState | None, params: SafetyParams) -> bool:
        """Send a command; return whether there was anything to send to the arm."""
        grip = outputs.gripper(command, self._robot, params)
        if grip is not None:
            self._gripper.send(grip, command.stamp_ns)
        msg = self._arm_message(command, state, params)
        if msg is None:
            return False
        self._publisher.publish(msg)
        return True

    def rest(self, now_ns: int) -> None:
        """Say that the arm shall not move, where its controller would go on otherwise."""
        if self._interface == "twist":
            still = np.zeros(3)
            self._publisher.publish(twist_stamped_msg(still, still, self._robot.base_frame, now_ns))

    def _arm_message(
        self, command: SafeCommand, state: RobotState | None, params: SafetyParams
    ) -> JointTrajectory | PoseStamped | TwistStamped | None:
        base = self._robot.base_frame
        if self._interface == "joint_trajectory":
            path = outputs.joint_trajectory(command, self._robot.joint_names, params)
            if path is None:
                return None
            rows = np.array([point.positions_rad for point in path.points])
            times_s = [point.time_from_start_s for point in path.points]
            return joint_trajectory_msg(path.joint_names, rows, times_s)
        if self._interface == "pose":
            if command.T_base_tool is None:
                return None
            return pose_stamped_msg(command.T_base_tool, base, command.stamp_ns)
        twist = None if state is None else outputs.twist(command, state.T_base_tool, base, params)
        if twist is None:
            return None
        return twist_stamped_msg(
            np.array(twist.linear_m_s), np.array(twist.angular_rad_s), base, twist.stamp_ns
        )


class _GripperClient:
    """Sends a goal when the wanted position changes, at most 20 a second."""

    def __init__(self, node: Node, params: SafetyParams) -> None:
        self._log = node.get_logger()
        self._parallel = params.gripper_interface == "parallel_gripper_command"
        self._sent: float | None = None
        self._sent_ns = 0
        self._client: ActionClient | None = None
        if params.gripper_interface != "none":
            kind = ParallelGripperCommand if self._parallel else GripperCommand
            self._client = ActionClient(node, kind, params.gripper_action)

    def send(self, grip: outputs.GripperOutput, now_ns: int) -> None:
        if self._client is None:
            return
        if self._sent is not None and abs(grip.position - self._sent) < _SAME_POSITION:
            return
        if 0 <= now_ns - self._sent_ns < _GRIPPER_PERIOD_NS:
            return  # the next tick finds it still different
        if not self._client.server_is_ready():
            self._log.warning(
                "the gripper's controller isn't there: check gripper_action",
                throttle_duration_sec=5.0,
            )
            return
        self._sent, self._sent_ns = grip.position, now_ns
        self._client.send_goal_async(self._goal(grip))

    def _goal(
        self, grip: outputs.GripperOutput
    ) -> GripperCommand.Goal | ParallelGripperCommand.Goal:
        if not self._parallel:
            goal = GripperCommand.Goal()
            goal.command.position = grip.position
            goal.command.max_effort = grip.max_effort
            return goal
        command = JointState(name=[grip.joint_name], position=[grip.position])
        if grip.max_effort > 0.0:
            command.effort = [grip.max_effort]
        return ParallelGripperCommand.Goal(command=command)
