"""Depth pictures as drivers publish them, turned into metres with NaN for what is missing."""

from __future__ import annotations

import numpy as np

from vla_ros.errors import NoDepthError

MILLIMETRE_ENCODINGS = ("16UC1", "mono16")
METRE_ENCODINGS = ("32FC1",)

# A table-top camera sees between a hand's breadth and a few metres, so the two units are
# told apart by their size alone.
_LARGEST_PLAUSIBLE_M = 100.0
_SMALLEST_PLAUSIBLE_MM = 20.0


def depth_in_metres(raw: np.ndarray, encoding: str) -> np.ndarray:
    """Return a depth picture in metres, NaN where it is missing.

    Args:
        raw: (H, W) as published: 16UC1 in millimetres with 0 for missing, or 32FC1 in metres with
            NaN, infinity or 0 for missing (REP 118).
        encoding: The message's encoding.

    Returns:
        (H, W) float32 distance along the optical axis [m].

    Raises:
        NoDepthError: The encoding is not a depth encoding, the array does not fit it, or the
            values are in the other unit.
    """
    raw = np.asarray(raw)
    if raw.ndim != 2:
        raise NoDepthError(f"depth must be (H, W), not {raw.shape}")
    if encoding in MILLIMETRE_ENCODINGS:
        return _from_millimetres(raw, encoding)
    if encoding in METRE_ENCODINGS:
        return _from_metres(raw, encoding)
    raise NoDepthError(
        f"'{encoding}' is not a depth encoding: publish 16UC1 (millimetres) or 32FC1 (metres)"
    )


def measured_share(depth_m: np.ndarray) -> float:
    """Return the share 0..1 of pixels that have a depth."""
    return float(np.mean(np.isfinite(depth_m) & (depth_m > 0.0))) if depth_m.size else 0.0


def require_depth(depth_m: np.ndarray | None, minimum_share: float = 0.0) -> np.ndarray:
    """Return the depth picture (H, W) [m] if enough of it is measured.

    Args:
        depth_m: (H, W) [m], or None where the camera gives none.
        minimum_share: Smallest share of measured pixels that is accepted.

    Raises:
        NoDepthError: There is no depth picture, all of it is missing (or zero), or too much is.
    """
    if depth_m is None:
        raise NoDepthError(
            "the camera gives no depth: use an RGB-D camera and remap its registered depth topic"
        )
    share = measured_share(depth_m)
    if share == 0.0:
        raise NoDepthError(
            "every depth pixel is zero or missing: check that the depth stream is on and that "
            "nothing covers the sensor"
        )
    if share < minimum_share:
        raise NoDepthError(
            f"only {share:.0%} of the depth picture is measured (at least {minimum_share:.0%} "
            "is needed): check the sensor's range and its exposure"
        )
    return depth_m


def _from_millimetres(raw: np.ndarray, encoding: str) -> np.ndarray:
    if raw.dtype.kind != "u" or raw.dtype.itemsize != 2:
        raise NoDepthError(f"{encoding} depth must be uint16, not {raw.dtype}")
    measured = raw[raw > 0]
    if measured.size and float(np.median(measured)) < _SMALLEST_PLAUSIBLE_MM:
        raise NoDepthError(
            f"the median of this {encoding} depth is {float(np.median(measured)):.0f}, which looks "
            "like metres cut to whole numbers: publish millimetres, or metres as 32FC1"
        )
    depth_m: np.ndarray = raw.astype(np.float32) * np.float32(1e-3)
    depth_m[raw == 0] = np.nan
    return depth_m


def _from_metres(raw: np.ndarray, encoding: str) -> np.ndarray:
    if raw.dtype.kind != "f" or raw.dtype.itemsize != 4:
        raise NoDepthError(f"{encoding} depth must be float32, not {raw.dtype}")
    depth_m = np.array(raw, dtype=np.float32)
    depth_m[~(np.isfinite(depth_m) & (depth_m > 0.0))] = np.nan
    measured = depth_m[np.isfinite(depth_m)]
    if measured.size and float(np.median(measured)) > _LARGEST_PLAUSIBLE_M:
        raise NoDepthError(
            f"the median of this {encoding} depth is {float(np.median(measured)):.0f} m, which "
            "looks like millimetres: publish metres (REP 118), or millimetres as 16UC1"
        )
    return depth_m
