"""Soft shadows of one lamp, from its own depth picture.

MuJoCo's own shadow maps draw every shape three times and take ten times as long as the picture
itself where there is no GPU. Here the lamp takes one more depth picture, each seen point is looked
up in it, and the picture with the lamp is mixed with the one without it.
"""

from __future__ import annotations

import cv2
import numpy as np

from vla_ros.geometry import inverse

_BIAS_M = 0.006
_TAPS_TEXELS = ((0.0, 0.0), (1.1, 0.4), (-0.4, 1.1), (-1.1, -0.4), (0.4, -1.1))


def lit_fraction(
    depth_m: np.ndarray,
    k_px: np.ndarray,
    T_base_camera: np.ndarray,
    lamp_depth_m: np.ndarray,
    lamp_k_px: np.ndarray,
    T_base_lamp: np.ndarray,
) -> np.ndarray:
    """Return how much of the lamp each pixel's point sees.

    Args:
        depth_m: (H, W) depth of the picture [m], of any value where nothing is seen.
        k_px: (3, 3) intrinsics of the camera [px].
        T_base_camera: (4, 4) pose of the camera's optical frame.
        lamp_depth_m: (L, M) depth seen from the lamp [m].
        lamp_k_px: (3, 3) intrinsics of the lamp's picture [px].
        T_base_lamp: (4, 4) pose of the lamp's optical frame.

    Returns:
        (H, W) float32, 0 in shadow to 1 lit; 1 outside the lamp's picture.
    """
    x, y, z = _points(depth_m, k_px, inverse(T_base_lamp) @ T_base_camera)
    ahead = np.maximum(z, 1e-3)
    u = np.float32(lamp_k_px[0, 0]) * x / ahead + np.float32(lamp_k_px[0, 2])
    v = np.float32(lamp_k_px[1, 1]) * y / ahead + np.float32(lamp_k_px[1, 2])
    nearest = z - np.float32(_BIAS_M)
    lit = np.zeros(depth_m.shape, np.float32)
    for du, dv in _TAPS_TEXELS:
        blocker = cv2.remap(
            lamp_depth_m,
            u + np.float32(du),
            v + np.float32(dv),
            cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=1e3,
        )
        lit += blocker > nearest
    return np.asarray(cv2.blur(lit / np.float32(len(_TAPS_TEXELS)), (3, 3)))


def _points(
    depth_m: np.ndarray, k_px: np.ndarray, T_lamp_camera: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y and z (H, W) float32 of each pixel's point in the lamp's frame [m]."""
    height, width = depth_m.shape
    columns = ((np.arange(width) - k_px[0, 2]) / k_px[0, 0]).astype(np.float32)
    rows = ((np.arange(height) - k_px[1, 2]) / k_px[1, 1]).astype(np.float32)[:, None]
    depth = depth_m.astype(np.float32)
    turn = T_lamp_camera.astype(np.float32)
    x, y, z = (
        depth * (turn[k, 0] * columns + turn[k, 1] * rows + turn[k, 2]) + turn[k, 3]
        for k in range(3)
    )
    return x, y, z


def mixed(with_lamp: np.ndarray, without_lamp: np.ndarray, lit: np.ndarray) -> np.ndarray:
    """Return the (H, W, 3) uint8 picture in which the lamp shines where lit is 1."""
    lit = lit.astype(np.float32)
    return np.asarray(cv2.blendLinear(with_lamp, without_lamp, lit, np.float32(1.0) - lit))
