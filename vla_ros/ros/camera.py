"""CameraInfo and the pinhole intrinsics that the core works with."""

from __future__ import annotations

import cv2
import numpy as np
from sensor_msgs.msg import CameraInfo

from vla_ros.errors import MessageError
from vla_ros.ros.stamps import header


def k_px_from_info(msg: CameraInfo) -> np.ndarray:
    """Return the (3, 3) intrinsics [px] of the rectified picture.

    Raises:
        MessageError: The camera isn't calibrated.
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


class Rectifier:
    """Takes the lens's distortion out of raw pictures, so that the pinhole's geometry holds."""

    def __init__(self, info: CameraInfo) -> None:
        """Prepare for pictures of a camera.

        Raises:
            MessageError: The camera isn't calibrated, or its distortion model is unknown.
        """
        k_px, d = k_px_from_info(info), np.array(info.d, dtype=float)
        size = (int(info.width), int(info.height))
        self._key = (tuple(info.k), tuple(info.d), size)
        if info.distortion_model == "equidistant":
            maps = cv2.fisheye.initUndistortRectifyMap(
                k_px, d[:4], np.eye(3), k_px, size, cv2.CV_32FC1
            )
        elif info.distortion_model in ("plumb_bob", "rational_polynomial", ""):
            maps = cv2.initUndistortRectifyMap(k_px, d, np.eye(3), k_px, size, cv2.CV_32FC1)
        else:
            raise MessageError(
                f"distortion model '{info.distortion_model}' is unknown: subscribe to rectified "
                "pictures (image_proc's image_rect)"
            )
        self._map_u, self._map_v = maps

    def fits(self, info: CameraInfo) -> bool:
        """Return whether this was made for the same camera and calibration."""
        size = (int(info.width), int(info.height))
        return bool(self._key == (tuple(info.k), tuple(info.d), size))

    def rgb(self, rgb: np.ndarray) -> np.ndarray:
        """Return a rectified (H, W, 3) uint8 picture; what is not seen is black."""
        return np.asarray(cv2.remap(rgb, self._map_u, self._map_v, cv2.INTER_LINEAR))

    def depth_m(self, depth_m: np.ndarray) -> np.ndarray:
        """Return a rectified (H, W) depth picture [m]; what is not seen is NaN."""
        return np.asarray(
            cv2.remap(
                depth_m,
                self._map_u,
                self._map_v,
                cv2.INTER_NEAREST,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=float("nan"),
            )
        )
