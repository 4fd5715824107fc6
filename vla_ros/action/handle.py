"""Finds the handle of a drawer in what is seen of its chest."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vla_ros.action.space import target_points
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.types import Target

_FOREMOST_M = 0.014
_WIDEST_M = 0.05
_TOP_BAND_M = 0.012
_OFF_MIDDLE = 0.35
_FARTHEST_M = 0.2


@dataclass(frozen=True, slots=True)
class Handle:
    """Something narrow that sticks out of a chest's side.

    Attributes:
        tip_m: (3,) middle of its foremost part [m].
        outward: (2,) unit vector out of the chest.
        width_m: Its size across that [m].
        top_m: Height of its upper end [m].
    """

    tip_m: np.ndarray
    outward: np.ndarray
    width_m: float
    top_m: float


def find_handle(target: Target, others_m: np.ndarray | None = None) -> Handle:
    """Return the handle of a chest whose sides are those of the rectangle of its top.

    Args:
        target: The chest; an open drawer need not be seen as a part of it.
        others_m: (N, 3) all else that is seen [m], to look for an open drawer's handle in.

    Raises:
        TaskFailed: UNREACHABLE where no side that is seen has a handle.
    """
    points = target_points(target)
    centre, sides = top_rectangle(points)
    found = _handles(points, centre, sides)
    if not found and others_m is not None:
        found = _handles(np.concatenate([points, others_m]), centre, sides)
    if not found:
        raise TaskFailed(
            TerminationReason.UNREACHABLE, f"the handle of the {target.phrase} is not to be seen"
        )
    return min(found, key=lambda handle: handle.width_m)


def _handles(
    points_m: np.ndarray, centre: np.ndarray, sides: list[tuple[np.ndarray, float]]
) -> list[Handle]:
    """Return what sticks out of each side, in front of it and not far."""
    found = []
    for index, (outward, half_across) in enumerate(sides):
        # Sides alternate in pairs: how deep the chest is behind this one, the other pair says.
        half_deep = sides[(index + 2) % len(sides)][1]
        out = (points_m[:, :2] - centre) @ outward
        across = (points_m[:, :2] - centre) @ np.array([-outward[1], outward[0]])
        ahead = (np.abs(across) < half_across + 0.01) & (out < half_deep + _FARTHEST_M)
        handle = None
        if ahead.any():
            handle = _handle_on(points_m[ahead], centre, outward, half_across)
        if handle is not None:
            found.append(handle)
    return found


def top_rectangle(points_m: np.ndarray) -> tuple[np.ndarray, list[tuple[np.ndarray, float]]]:
    """Return the middle (2,) of a thing's top, and its four sides.

    Each side is the unit vector (2,) out of it and half its length [m].
    """
    top = float(np.percentile(points_m[:, 2], 98.0))
    face = points_m[points_m[:, 2] > top - _TOP_BAND_M, :2]
    (x, y), (length, width), degrees = cv2.minAreaRect((1000.0 * face).astype(np.float32))
    yaw = np.deg2rad(degrees)
    first = np.array([np.cos(yaw), np.sin(yaw)])
    second = np.array([-first[1], first[0]])
    half_length, half_width = length / 2000.0, width / 2000.0
    sides = [
        (first, half_width),
        (-first, half_width),
        (second, half_length),
        (-second, half_length),
    ]
    return np.array([x, y]) / 1000.0, sides


def _handle_on(
    points: np.ndarray, centre: np.ndarray, outward: np.ndarray, half_across: float
) -> Handle | None:
    out = (points[:, :2] - centre) @ outward
    across = (points[:, :2] - centre) @ np.array([-outward[1], outward[0]])
    tip = points[out > float(out.max()) - _FOREMOST_M]
    side = across[out > float(out.max()) - _FOREMOST_M]
    width = float(np.ptp(side))
    in_middle = abs(float(np.median(side))) < _OFF_MIDDLE * half_across
    below_top = float(tip[:, 2].max()) < float(points[:, 2].max()) - 0.004
    if len(tip) < 4 or width > min(_WIDEST_M, half_across) or not (in_middle and below_top):
        return None
    foremost = centre + (float(out.max()) - _FOREMOST_M / 2.0) * outward
    middle = foremost + float(np.median(side)) * np.array([-outward[1], outward[0]])
    height = float(tip[:, 2].max() + tip[:, 2].min()) / 2.0
    return Handle(np.r_[middle, height], outward, width, float(tip[:, 2].max()))
