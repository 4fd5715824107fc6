"""The robot's state from joint states, which arm and gripper may publish apart from each other."""

from __future__ import annotations

from sensor_msgs.msg import JointState

from vla_ros.control.kinematics import ArmKinematics
from vla_ros.errors import MessageError
from vla_ros.params import RobotParams
from vla_ros.ros.joints import gripper_opening, joint_positions, joint_velocities
from vla_ros.ros.stamps import stamp_ns
from vla_ros.types import RobotState


class RobotStateReader:
    """Turns joint states into robot states."""

    def __init__(self, robot: RobotParams, kinematics: ArmKinematics) -> None:
        """Read the joints that the parameters name."""
        self._robot = robot
        self._kinematics = kinematics
        self._opening: float | None = None

    def read(self, msg: JointState, now_ns: int) -> RobotState | None:
        """Return the state that a message tells of, or None if it tells nothing of the arm.

        Args:
            msg: Joint states of the arm, the gripper, both, or others.
            now_ns: The stamp of a message without one.

        Raises:
            MessageError: Some of the arm's joints are missing, a number isn't finite, or no message
                has had the gripper's joint yet.
        """
        if self._robot.gripper_joint in msg.name:
            self._opening = gripper_opening(msg, self._robot)
        names = self._robot.joint_names
        if not set(names) & set(msg.name):
            return None
        positions_rad = joint_positions(msg, names)
        if self._opening is None:
            raise MessageError(
                f"no joint state has had '{self._robot.gripper_joint}' (gripper_joint) yet"
            )
        return RobotState(
            joint_names=names,
            joint_positions_rad=positions_rad,
            joint_velocities_rad_s=joint_velocities(msg, names),
            T_base_tool=self._kinematics.tool_pose(positions_rad),
            gripper_opening=self._opening,
            stamp_ns=stamp_ns(msg.header.stamp) or now_ns,
        )
