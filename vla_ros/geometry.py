"""Poses, projections and quaternions: the only place that reorders quaternions."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from vla_ros.errors import GroundingError


def pose(position_m: np.ndarray, rotation: Rotation | None = None) -> np.ndarray:
    """Return the (4, 4) homogeneous pose of a position (3,) [m] and a rotation (identity)."""
    result = np.eye(4)
    result[:3, 3] = position_m
    if rotation is not None:
        result[:3, :3] = rotation.as_matrix()
    return result


def inverse(T_a_b: np.ndarray) -> np.ndarray:
    """Return T_b_a (4, 4) of a rigid T_a_b."""
    result = np.eye(4)
    result[:3, :3] = T_a_b[:3, :3].T
    result[:3, 3] = -T_a_b[:3, :3].T @ T_a_b[:3, 3]
    return result


def transform_points(T_a_b: np.ndarray, points_b: np.ndarray) -> np.ndarray:
    """Return (N, 3) points written in a, given (N, 3) points written in b."""
    return np.asarray(points_b @ T_a_b[:3, :3].T + T_a_b[:3, 3])


def quaternion_xyzw(T_a_b: np.ndarray) -> np.ndarray:
    """Return the (4,) quaternion x y z w of a pose, with w >= 0."""
    return quaternion_of(T_a_b[:3, :3])


def quaternion_of(R_a_b: np.ndarray) -> np.ndarray:
    """Return the (4,) quaternion x y z w of a (3, 3) rotation, with w >= 0.

    Source: S. W. Shepperd, Quaternion from rotation matrix, 1978: divides by the largest of four.
    A control tick takes a dozen of these; scipy's general one costs fifteen times as much.
    """
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = R_a_b.tolist()
    trace = xx + yy + zz
    largest = max(trace, xx, yy, zz)
    if largest == trace:
        x, y, z, w = zy - yz, xz - zx, yx - xy, 1.0 + trace
    elif largest == xx:
        x, y, z, w = 1.0 + 2.0 * xx - trace, xy + yx, xz + zx, zy - yz
    elif largest == yy:
        x, y, z, w = xy + yx, 1.0 + 2.0 * yy - trace, yz + zy, xz - zx
    else:
        x, y, z, w = xz + zx, yz + zy, 1.0 + 2.0 * zz - trace, yx - xy
    length = math.copysign(math.hypot(x, y, z, w), w)
    return np.array([x / length, y / length, z / length, w / length])


def rotation_of(xyzw: np.ndarray) -> np.ndarray:
    """Return the (3, 3) rotation of a quaternion x y z w (4,) of any length but 0.

    Raises:
        ValueError: Its length is 0 or not finite.
    """
    x, y, z, w = np.asarray(xyzw, dtype=float).tolist()
    length = math.hypot(x, y, z, w)
    if not 0.0 < length < math.inf:
        raise ValueError(f"a quaternion of length {length} is no rotation")
    x, y, z, w = x / length, y / length, z / length, w / length
    return np.array(
        [
            [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w)],
            [2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w)],
            [2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y)],
        ]
    )


def rotation_vector(R_a_b: np.ndarray) -> np.ndarray:
    """Return axis times angle (3,) [rad] of a (3, 3) rotation; the angle is at most pi."""
    x, y, z, w = quaternion_of(R_a_b).tolist()
    sine = math.hypot(x, y, z)
    scale = 2.0 * math.atan2(sine, w) / sine if sine > 1e-12 else 2.0
    return np.array([scale * x, scale * y, scale * z])


def rotation_by(vector_rad: np.ndarray) -> np.ndarray:
    """Return the (3, 3) rotation about an axis by an angle, given as their product (3,) [rad]."""
    x, y, z = np.asarray(vector_rad, dtype=float).tolist()
    angle = math.hypot(x, y, z)
    scale = math.sin(0.5 * angle) / angle if angle > 1e-12 else 0.5
    return rotation_of(np.array([scale * x, scale * y, scale * z, math.cos(0.5 * angle)]))


def pose_from_quaternion(position_m: np.ndarray, xyzw: np.ndarray) -> np.ndarray:
    """Return the (4, 4) pose of a position (3,) [m] and a quaternion x y z w (4,)."""
    result = pose(position_m)
    result[:3, :3] = rotation_of(xyzw)
    return result


def wxyz_from_xyzw(xyzw: np.ndarray) -> np.ndarray:
    """Return MuJoCo's order of a quaternion in ROS's order."""
    return np.asarray(xyzw)[..., [3, 0, 1, 2]]


def xyzw_from_wxyz(wxyz: np.ndarray) -> np.ndarray:
    """Return ROS's order of a quaternion in MuJoCo's order."""
    return np.asarray(wxyz)[..., [1, 2, 3, 0]]


def rotation_distance_rad(T_a_b: np.ndarray, T_a_c: np.ndarray) -> float:
    """Return the angle [rad] of the rotation between two poses."""
    return float(np.linalg.norm(rotation_vector(T_a_b[:3, :3].T @ T_a_c[:3, :3])))


def interpolate(T_a_b: np.ndarray, T_a_c: np.ndarray, fractions: np.ndarray) -> np.ndarray:
    """Return (N, 4, 4) poses from b (fraction 0) to c (1): straight line, shortest rotation."""
    fractions = np.asarray(fractions, dtype=float)
    turns = Slerp([0.0, 1.0], Rotation.from_matrix(np.stack([T_a_b[:3, :3], T_a_c[:3, :3]])))
    result = np.tile(np.eye(4), (len(fractions), 1, 1))
    result[:, :3, :3] = turns(np.clip(fractions, 0.0, 1.0)).as_matrix()
    result[:, :3, 3] = T_a_b[:3, 3] + fractions[:, None] * (T_a_c[:3, 3] - T_a_b[:3, 3])
    return result


def tool_down(position_m: np.ndarray, yaw_rad: float) -> np.ndarray:
    """Return the pose (4, 4) of a tool that points straight down.

    At yaw 0 the tool's x is the base's x and the fingers close along the base's y; yaw turns that
    counter-clockwise seen from above.
    """
    return pose(position_m, Rotation.from_euler("ZX", [yaw_rad, np.pi]))


def deproject(pixel_uv: np.ndarray, depth_m: float, k_px: np.ndarray) -> np.ndarray:
    """Return the 3D point seen at a pixel.

    Args:
        pixel_uv: (2,) column, row [px] in the rectified image.
        depth_m: Distance along the optical axis [m].
        k_px: (3, 3) intrinsics [px], CameraInfo.k.

    Returns:
        (3,) point [m] in the camera's optical frame (x right, y down, z forward).

    Raises:
        GroundingError: The depth is not finite and positive.

    Source: pinhole model; axes as in REP 103.
    """
    if not (np.isfinite(depth_m) and depth_m > 0.0):
        raise GroundingError(f"no depth at pixel {np.asarray(pixel_uv).tolist()}: {depth_m}")
    u, v = pixel_uv
    ray = np.array([(u - k_px[0, 2]) / k_px[0, 0], (v - k_px[1, 2]) / k_px[1, 1], 1.0])
    return depth_m * ray


def deproject_image(depth_m: np.ndarray, k_px: np.ndarray) -> np.ndarray:
    """Return the (H, W, 3) points [m] of a depth image in the optical frame; NaN stays NaN."""
    height, width = depth_m.shape
    x = (np.arange(width) - k_px[0, 2]) / k_px[0, 0]
    y = (np.arange(height) - k_px[1, 2]) / k_px[1, 1]
    return np.stack([depth_m * x, depth_m * y[:, None], depth_m], axis=-1)


def project(points: np.ndarray, k_px: np.ndarray) -> np.ndarray:
    """Return the (N, 2) pixels (column, row) of (N, 3) optical-frame points in front of it."""
    uvw = points @ np.asarray(k_px).T
    return np.asarray(uvw[:, :2] / uvw[:, 2:])
