"""What a controller takes, made from a safe command: plain values for a node to send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from vla_ros.geometry import quaternion_xyzw
from vla_ros.params import RobotParams, SafetyParams
from vla_ros.types import SafeCommand


@dataclass(frozen=True, slots=True)
class TrajectoryPoint:
    """A point of a joint trajectory.

    Attributes:
        positions_rad: One per joint.
        time_from_start_s: When it is due after the trajectory's arrival.
    """

    positions_rad: tuple[float, ...]
    time_from_start_s: float


@dataclass(frozen=True, slots=True)
class JointTrajectoryOutput:
    """For a joint trajectory controller: where to be next, then the stop that would follow.

    Each trajectory replaces the one before it. If no other comes, the arm is at rest after the last
    point. Only positions are given: controllers refuse trajectories that end with a velocity.
    """

    joint_names: tuple[str, ...]
    points: tuple[TrajectoryPoint, ...]


@dataclass(frozen=True, slots=True)
class PoseOutput:
    """For a Cartesian pose controller.

    Attributes:
        frame_id: The base frame.
        position_m: (3,) x, y, z of the tool.
        quaternion_xyzw: (4,) of the tool.
        stamp_ns: The tick.
    """

    frame_id: str
    position_m: tuple[float, ...]
    quaternion_xyzw: tuple[float, ...]
    stamp_ns: int


@dataclass(frozen=True, slots=True)
class TwistOutput:
    """For a velocity servo; zero where the arm is to hold.

    Attributes:
        frame_id: The base frame.
        linear_m_s: (3,) of the tool's point.
        angular_rad_s: (3,) of the tool, in base axes.
        stamp_ns: The tick.
    """

    frame_id: str
    linear_m_s: tuple[float, ...]
    angular_rad_s: tuple[float, ...]
    stamp_ns: int


@dataclass(frozen=True, slots=True)
class GripperOutput:
    """For a gripper controller.

    Attributes:
        joint_name: The joint that is moved.
        position: Of that joint, in its unit (m or rad).
        max_effort: 0 for the controller's own limit.
    """

    joint_name: str
    position: float
    max_effort: float


def joint_trajectory(
    command: SafeCommand, joint_names: Sequence[str], params: SafetyParams
) -> JointTrajectoryOutput | None:
    """Return the trajectory of a command, or None where there is nothing to send."""
    if command.joint_positions_rad is None:
        return None
    period_s = 1.0 / params.control_rate_hz
    rows = [command.joint_positions_rad]
    if command.brake_positions_rad is not None:
        rows.extend(command.brake_positions_rad)
    points = tuple(
        TrajectoryPoint(_floats(row), params.trajectory_lead_s + index * period_s)
        for index, row in enumerate(rows)
    )
    return JointTrajectoryOutput(tuple(joint_names), points)


def pose_target(command: SafeCommand, base_frame: str) -> PoseOutput | None:
    """Return the pose of a command, or None where there is nothing to send."""
    T = command.T_base_tool
    if T is None:
        return None
    return PoseOutput(base_frame, _floats(T[:3, 3]), _floats(quaternion_xyzw(T)), command.stamp_ns)


def twist(
    command: SafeCommand, T_base_tool: np.ndarray, base_frame: str, params: SafetyParams
) -> TwistOutput | None:
    """Return the velocity that brings the measured tool to a command's pose, within the limits.

    Args:
        command: What is allowed.
        T_base_tool: (4, 4) measured pose.
        base_frame: The frame of both.
        params: The gain and the speed limits.

    Returns:
        The twist, or None where there is nothing to send.
    """
    if command.T_base_tool is None:
        return None
    distance = command.T_base_tool[:3, 3] - T_base_tool[:3, 3]
    turn = Rotation.from_matrix(command.T_base_tool[:3, :3] @ T_base_tool[:3, :3].T).as_rotvec()
    return TwistOutput(
        base_frame,
        _floats(_limited(params.twist_gain_1_s * distance, params.max_tool_speed_m_s)),
        _floats(_limited(params.twist_gain_1_s * turn, params.max_tool_turn_speed_rad_s)),
        command.stamp_ns,
    )


def gripper(command: SafeCommand, robot: RobotParams, params: SafetyParams) -> GripperOutput | None:
    """Return the gripper's part of a command, or None where there is nothing to send."""
    if command.gripper_opening is None:
        return None
    stroke = robot.gripper_joint_open - robot.gripper_joint_closed
    position = robot.gripper_joint_closed + command.gripper_opening * stroke
    return GripperOutput(robot.gripper_joint, position, params.gripper_max_effort)


def _limited(vector: np.ndarray, length: float) -> np.ndarray:
    size = float(np.linalg.norm(vector))
    return vector * (length / size) if size > length else vector


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
