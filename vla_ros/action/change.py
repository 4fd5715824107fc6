"""What changed between two looks: which surface is still there, which is new."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import numpy as np
from scipy.spatial import cKDTree

from vla_ros.action.points import thin_out
from vla_ros.action.space import target_points
from vla_ros.types import Target

_CELL_M = 0.004
_MOST_POINTS = 6000
_STILL_THERE_M = 0.009
_NEW_M = 0.008
_THERE_SHARE = 0.6
_GONE_SHARE = 0.35


class Presence(Enum):
    """Whether a thing is where it was."""

    THERE = "there"
    GONE = "gone"
    UNKNOWN = "unknown"


def surface_of(things: Sequence[Target]) -> np.ndarray:
    """Return (N, 3) surface points [m] of all things of a look."""
    return np.concatenate([np.zeros((0, 3)), *(target_points(thing) for thing in things)])


def covered_share(points_m: np.ndarray, surface_m: np.ndarray, reach_m: float) -> float:
    """Return the share 0..1 of points (N, 3) that have surface (M, 3) within a distance [m]."""
    if len(points_m) == 0 or len(surface_m) == 0:
        return 0.0
    distance, _ = cKDTree(surface_m).query(points_m, distance_upper_bound=reach_m)
    return float(np.mean(np.isfinite(distance)))


def presence(thing: Target, surface_m: np.ndarray) -> Presence:
    """Return whether a thing's surface is still seen where it was.

    Args:
        thing: As it was seen.
        surface_m: (M, 3) all that is seen now; none at all tells nothing.
    """
    if len(surface_m) == 0:
        return Presence.UNKNOWN
    points = thin_out(target_points(thing), _CELL_M, _MOST_POINTS)
    share = covered_share(points, surface_m, _STILL_THERE_M)
    if share >= _THERE_SHARE:
        return Presence.THERE
    return Presence.GONE if share <= _GONE_SHARE else Presence.UNKNOWN


def new_surface(after_m: np.ndarray, before_m: np.ndarray) -> np.ndarray:
    """Return the thinned points (K, 3) of a later look that an earlier one had no surface near."""
    points = thin_out(after_m, _CELL_M, _MOST_POINTS)
    if len(points) == 0 or len(before_m) == 0:
        return points
    distance, _ = cKDTree(before_m).query(points, distance_upper_bound=_NEW_M)
    return np.asarray(points[~np.isfinite(distance)])


def visible_size(thing: Target) -> int:
    """Return how many thinned points of a thing were seen, to compare with `new_surface`."""
    return len(thin_out(target_points(thing), _CELL_M, _MOST_POINTS))


def unexplained(
    after: Sequence[Target], before: Sequence[Target], before_m: np.ndarray
) -> list[Target]:
    """Return the things of a later look that stood nowhere near there in an earlier one.

    Args:
        after: Things seen now.
        before: Things seen before, but for the one that is looked for.
        before_m: (N, 3) their surface [m].
    """
    return [
        thing
        for thing in after
        if not any(same_place(thing, other) and alike(thing, other) for other in before)
        and covered_share(target_points(thing), before_m, _STILL_THERE_M) < _THERE_SHARE
    ]


def same_place(first: Target, second: Target, within_m: float = 0.025) -> bool:
    """Return whether the centres of two things are nearly in one place."""
    way = first.T_base_object[:3, 3] - second.T_base_object[:3, 3]
    return float(np.linalg.norm(way)) < within_m


def alike(first: Target, second: Target, factor: float = 1.6) -> bool:
    """Return whether the sides of two things, sorted, differ by no more than a factor and 1 cm."""
    a, b = np.sort(first.extent_m), np.sort(second.extent_m)
    return bool(np.all((np.maximum(a, b) <= factor * np.minimum(a, b)) | (np.abs(a - b) <= 0.01)))
