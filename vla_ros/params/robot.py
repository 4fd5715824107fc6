"""What a robot is: frames, joints and controllers."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.params.checked import CheckedParams, param


@dataclass(frozen=True)
class RobotParams(CheckedParams):
    """Facts of a robot that several nodes share; config/robots/<robot>.yaml says them."""

    base_frame: str = param("frame of every command (REP 103: x forward, z up)", live=False)
    tool_frame: str = param(
        "frame between the fingertips: z out of the gripper, fingers close along y", live=False
    )
    joint_names: tuple[str, ...] = param("arm joints from base to tool", live=False)
    home_rad: tuple[float, ...] = param(
        "arm joints of the home posture: tool down, clear of the camera's view",
        unit="rad",
        low=-7.0,
        high=7.0,
        live=False,
    )
    gripper_joint: str = param("joint whose position tells the gripper's opening", live=False)
    gripper_joint_closed: float = param(
        "position of that joint when closed", low=-3.2, high=3.2, live=False
    )
    gripper_joint_open: float = param(
        "position of that joint when open", low=-3.2, high=3.2, live=False
    )
    gripper_max_width_m: float = param(
        "gap between the fingers when open", unit="m", low=0.005, high=0.5, live=False
    )
    finger_depth_m: float = param(
        "how far below a grasp's centre the fingers reach", unit="m", low=0.0, high=0.1, live=False
    )
    robot_description: str = param(
        "URDF file, '' to read the robot_description topic; relative names are those in models/",
        live=False,
    )
    viewer_yaw_rad: float = param(
        "where the person whose left and right count is looking, about the base's z axis: pi faces "
        "the robot from across the table, 0 stands behind it",
        unit="rad",
        low=-3.1416,
        high=3.1416,
        default=3.1415,
    )
