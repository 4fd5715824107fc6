"""Pose and transform messages and (4, 4) poses, both ways."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from geometry_msgs.msg import (
    Point,
    Pose,
    PoseStamped,
    Quaternion,
    Transform,
    TransformStamped,
    Twist,
    TwistStamped,
    Vector3,
)
from scipy.spatial.transform import Rotation

from vla_ros import geometry
from vla_ros.errors import MessageError
from vla_ros.ros.stamps import header, stamp_ns
from vla_ros.types import ToolCommand


def pose_msg(T_a_b: np.ndarray) -> Pose:
    """Return a (4, 4) pose as a message."""
    x, y, z = (float(v) for v in T_a_b[:3, 3])
    return Pose(position=Point(x=x, y=y, z=z), orientation=_quaternion_msg(T_a_b))


def pose_from_msg(msg: Pose) -> np.ndarray:
    """Return a Pose as (4, 4).

    Raises:
        MessageError: A number isn't finite, or the quaternion is no rotation.
    """
    return _matrix(msg.position, msg.orientation)


def pose_stamped_msg(T_a_b: np.ndarray, frame_id: str, nanoseconds: int) -> PoseStamped:
    """Return a (4, 4) pose in a frame at a time as a message."""
    return PoseStamped(header=header(frame_id, nanoseconds), pose=pose_msg(T_a_b))


def transform_msg(
    T_parent_child: np.ndarray, parent: str, child: str, nanoseconds: int
) -> TransformStamped:
    """Return the (4, 4) pose of a child frame in its parent frame as a message of /tf."""
    (msg,) = transform_msgs(T_parent_child[None], [(parent, child)], nanoseconds)
    return msg


def transform_msgs(
    T_parent_child: np.ndarray, names: Sequence[tuple[str, str]], nanoseconds: int
) -> list[TransformStamped]:
    """Return (N, 4, 4) poses of child frames in their parents as messages of /tf.

    Args:
        T_parent_child: (N, 4, 4) poses.
        names: N pairs of parent and child.
        nanoseconds: When.
    """
    # All at once: one conversion by scipy costs as much as a hundred.
    quaternions = Rotation.from_matrix(T_parent_child[:, :3, :3]).as_quat(canonical=True)
    rows = np.hstack([T_parent_child[:, :3, 3], quaternions]).tolist()
    return [
        TransformStamped(
            header=header(parent, nanoseconds),
            child_frame_id=child,
            transform=Transform(
                translation=Vector3(x=x, y=y, z=z),
                rotation=Quaternion(x=qx, y=qy, z=qz, w=qw),
            ),
        )
        for (parent, child), (x, y, z, qx, qy, qz, qw) in zip(names, rows, strict=True)
    ]


def transform_from_msg(msg: Transform) -> np.ndarray:
    """Return a Transform as the (4, 4) pose of the child in the parent.

    Raises:
        MessageError: A number isn't finite, or the quaternion is no rotation.
    """
    return _matrix(msg.translation, msg.rotation)


def tool_command_from_msg(msg: PoseStamped, gripper_opening: float) -> ToolCommand:
    """Return a requested tool pose and the requested gripper opening as one command.

    Raises:
        MessageError: A number isn't finite, or the quaternion is no rotation.
    """
    return ToolCommand(
        T_base_tool=pose_from_msg(msg.pose),
        gripper_opening=gripper_opening,
        frame_id=msg.header.frame_id,
        stamp_ns=stamp_ns(msg.header.stamp),
    )


def tool_command_msg(command: ToolCommand) -> PoseStamped:
    """Return a command's tool pose as a message; the opening travels on its own topic."""
    return pose_stamped_msg(command.T_base_tool, command.frame_id, command.stamp_ns)


def twist_stamped_msg(
    linear_m_s: np.ndarray, angular_rad_s: np.ndarray, frame_id: str, nanoseconds: int
) -> TwistStamped:
    """Return a (3,) velocity [m/s] and (3,) angular velocity [rad/s] in a frame as a message."""
    vx, vy, vz = (float(v) for v in linear_m_s)
    wx, wy, wz = (float(v) for v in angular_rad_s)
    twist = Twist(linear=Vector3(x=vx, y=vy, z=vz), angular=Vector3(x=wx, y=wy, z=wz))
    return TwistStamped(header=header(frame_id, nanoseconds), twist=twist)


def _quaternion_msg(T_a_b: np.ndarray) -> Quaternion:
    x, y, z, w = (float(v) for v in geometry.quaternion_xyzw(T_a_b))
    return Quaternion(x=x, y=y, z=z, w=w)


def require_pose(position: Point | Vector3, rotation: Quaternion) -> None:
    """Raise MessageError unless the numbers are finite and the quaternion is a rotation."""
    numbers = (position.x, position.y, position.z, rotation.x, rotation.y, rotation.z, rotation.w)
    if not (all(map(math.isfinite, numbers)) and 0.9 <= math.hypot(*numbers[3:]) <= 1.1):
        raise MessageError(
            f"no pose: position {numbers[:3]}, quaternion {numbers[3:]} (it must be finite and of "
            "length 1)"
        )


def _matrix(position: Point | Vector3, rotation: Quaternion) -> np.ndarray:
    require_pose(position, rotation)
    return geometry.pose_from_quaternion(
        np.array([position.x, position.y, position.z]),
        np.array([rotation.x, rotation.y, rotation.z, rotation.w]),
    )
