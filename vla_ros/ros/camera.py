"""CameraInfo and the pinhole intrinsics that the core works with."""

from __future__ import annotations

import numpy as np
from sensor_msgs.msg import CameraInfo

from vla_ros.errors import MessageError
from vla_ros.ros.stamps import header


def k_px_from_info(msg: CameraInfo) -> np.ndarray:
    """Return the (3, 3) intrinsics [px] of the rectified picture.

    Raises:
        MessageError: The camera isn't calibrated, or its pictures are distorted.
    """
    k_px = np.array(msg.k, dtype=float).reshape(3, 3)
    if not (np.isfinite(k_px).all() and k_px[0, 0] > 0.0 and k_px[1, 1] > 0.0):
        raise MessageError(
            f"camera_info of '{msg.header.frame_id}' has no intrinsics "
            f"(fx {k_px[0, 0]}, fy {k_px[1, 1]}): calibrate the camera"
        )
    return k_px


def is_distorted(msg: CameraInfo) -> bool:
    """Return whether the raw picture differs from a pinhole's, so that it must be rectified."""
    return bool(np.any(np.abs(np.array(msg.d, dtype=float)) > 1e-9))


def camera_info_msg(
    k_px: np.ndarray, width: int, height: int, frame_id: str, nanoseconds: int
) -> CameraInfo:
    """Return (3, 3) intrinsics [px] of an undistorted camera as a message."""
    projection = np.hstack([k_px, np.zeros((3, 1))])
    return CameraInfo(
        header=header(frame_id, nanoseconds),
        width=width,
        height=height,
        distortion_model="plumb_bob",
        d=[0.0] * 5,
        k=[float(v) for v in k_px.ravel()],
        r=[float(v) for v in np.eye(3).ravel()],
        p=[float(v) for v in projection.ravel()],
    )
