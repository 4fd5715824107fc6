"""The kinematics of a robot, from its description and its parameters."""

from __future__ import annotations

from vla_ros.control.kinematics import ArmKinematics
from vla_ros.params import RobotParams, SafetyParams


def arm_kinematics(params: SafetyParams, robot: RobotParams, urdf: str) -> ArmKinematics:
    """Return the kinematics of a robot, weighted as its parameters say.

    Raises:
        KinematicsError: The URDF doesn't have the robot's joints or frames.
    """
    return ArmKinematics(
        urdf,
        robot.joint_names,
        robot.tool_frame,
        base_frame=robot.base_frame,
        home_rad=robot.home_rad,
        orientation_weight=params.orientation_weight,
        posture_time_s=params.posture_time_s,
    )
