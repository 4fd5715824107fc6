"""Joint states, trajectories and gripper commands, both ways."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from vla_ros.errors import MessageError
from vla_ros.params import RobotParams
from vla_ros.ros.stamps import duration_msg, header, stamp_ns
from vla_ros.sim.controllers import ErrorCode, Refused, Waypoints


def joint_positions(msg: JointState, names: Sequence[str]) -> np.ndarray:
    """Return the (J,) positions [rad or m] of the named joints, in the order of the names.

    Raises:
        MessageError: A joint is missing, the message's lists differ in length, or a position
            isn't finite.
    """
    return _picked(msg, msg.position, names, "position")


def joint_velocities(msg: JointState, names: Sequence[str]) -> np.ndarray:
    """Return the (J,) velocities [rad/s or m/s]; zeros where the driver gives none.

    Raises:
        MessageError: As in joint_positions.
    """
    if len(msg.velocity) == 0:
        return np.zeros(len(names))
    return _picked(msg, msg.velocity, names, "velocity")


def gripper_opening(msg: JointState, robot: RobotParams) -> float:
    """Return how far the gripper is open, 0 closed to 1 open, from the position of its joint.

    Raises:
        MessageError: The joint is missing or its position isn't finite.
    """
    position = float(joint_positions(msg, (robot.gripper_joint,))[0])
    span = robot.gripper_joint_open - robot.gripper_joint_closed
    return float(np.clip((position - robot.gripper_joint_closed) / span, 0.0, 1.0))


def gripper_position(opening: float, robot: RobotParams) -> float:
    """Return the gripper joint's position for an opening 0 closed to 1 open."""
    span = robot.gripper_joint_open - robot.gripper_joint_closed
    return robot.gripper_joint_closed + opening * span


def joint_state_msg(
    names: Sequence[str], positions: np.ndarray, velocities: np.ndarray, nanoseconds: int
) -> JointState:
    """Return joint positions and velocities at a time as a message."""
    return JointState(
        header=header("", nanoseconds),
        name=list(names),
        position=[float(v) for v in positions],
        velocity=[float(v) for v in velocities],
    )


def joint_trajectory_msg(
    names: Sequence[str],
    positions: np.ndarray,
    times_from_start_s: Sequence[float],
    velocities: np.ndarray | None = None,
    start_ns: int = 0,
) -> JointTrajectory:
    """Return waypoints as a message.

    Args:
        names: The J joints.
        positions: (N, J) waypoints [rad].
        times_from_start_s: N times, rising [s].
        velocities: (N, J) [rad/s], or None.
        start_ns: When it starts; 0 is "on arrival", as controllers understand it.
    """
    points = []
    for row, seconds in enumerate(times_from_start_s):
        point = JointTrajectoryPoint(
            positions=[float(v) for v in positions[row]],
            time_from_start=duration_msg(round(seconds * 1e9)),
        )
        if velocities is not None:
            point.velocities = [float(v) for v in velocities[row]]
        points.append(point)
    return JointTrajectory(header=header("", start_ns), joint_names=list(names), points=points)


def waypoints_from_msg(msg: JointTrajectory) -> Waypoints:
    """Return a trajectory message as waypoints; what is wrong with it the controller says.

    Raises:
        Refused: INVALID_GOAL where its points differ in what they have.
    """
    points = msg.points

    def rows(name: str) -> np.ndarray | None:
        lists = [getattr(point, name) for point in points]
        if not any(len(row) for row in lists):
            return None
        if any(len(row) != len(msg.joint_names) for row in lists):
            raise Refused(ErrorCode.INVALID_GOAL, f"not every point has {name} for every joint")
        return np.array(lists, dtype=float)

    positions = rows("positions")
    if positions is None:
        raise Refused(ErrorCode.INVALID_GOAL, "the trajectory has no positions")
    return Waypoints(
        tuple(msg.joint_names),
        tuple(stamp_ns(point.time_from_start) for point in points),
        positions,
        rows("velocities"),
        rows("accelerations"),
        stamp_ns(msg.header.stamp),
    )


def _picked(
    msg: JointState, values: Sequence[float], names: Sequence[str], what: str
) -> np.ndarray:
    if len(values) != len(msg.name):
        raise MessageError(
            f"joint state has {len(msg.name)} names and {len(values)} values of {what}"
        )
    by_name = dict(zip(msg.name, values, strict=True))
    missing = [name for name in names if name not in by_name]
    if missing:
        raise MessageError(f"joint state has no {missing}; it has {sorted(by_name)}")
    picked = np.array([by_name[name] for name in names], dtype=float)
    if not np.isfinite(picked).all():
        raise MessageError(f"joint state has {what} {dict(zip(names, picked, strict=True))}")
    return picked
