"""What stands where: neighbours of a thing, heights to pass over, free spots on the table."""

from __future__ import annotations

import numpy as np

from vla_ros.action.points import box_surface, inside_box
from vla_ros.types import Look, Target

_LOWEST_OBSTACLE_M = 0.006
_HIDES_ITS_BACK_M = 0.045


def target_points(target: Target) -> np.ndarray:
    """Return (N, 3) surface points of a thing [m], of its box where none were seen."""
    if target.points_m is not None and len(target.points_m) >= 20:
        points = np.asarray(target.points_m, dtype=float)
        return np.asarray(points[np.isfinite(points).all(axis=1)])
    return box_surface(target.T_base_object, target.extent_m, 0.008)


def whole_points(target: Target) -> np.ndarray:
    """Return a thing's surface points [m] with a guess of its back where it is tall enough to hide.

    The back is taken to be the front turned by half a turn about the middle of its box: so it is
    for boxes and all that is round, and fingers that keep clear of it keep clear of most others.
    """
    points = target_points(target)
    if float(target.extent_m[2]) < _HIDES_ITS_BACK_M:
        return points
    back = points.copy()
    back[:, :2] = 2.0 * target.T_base_object[:2, 3] - points[:, :2]
    return np.concatenate([points, back])


def things_of(look: Look) -> list[Target]:
    """Return all things that were seen, named or not."""
    return [*look.obstacles, *(t for g in look.groundings.values() for t in g.targets)]


def other_points(look: Look, *own: Target, whole: bool = False) -> np.ndarray:
    """Return (M, 3) points [m] of all things that were seen besides the given ones.

    Args:
        look: What was seen.
        own: What is left out.
        whole: With the backs of tall things, as `whole_points` guesses them.
    """
    points_of = whole_points if whole else target_points
    parts = [points_of(t) for t in things_of(look) if not any(t is other for other in own)]
    return np.concatenate([np.zeros((0, 3)), *parts])


def neighbour_points(look: Look, *own: Target, whole: bool = False) -> np.ndarray:
    """Return (M, 3) points [m] of all that was seen outside the boxes of the given things."""
    points = other_points(look, *own, whole=whole)
    for thing in own:
        points = points[~inside_box(points, thing.T_base_object, thing.extent_m, 0.006)]
    return points


def travel_height(points_m: np.ndarray, xy_from: np.ndarray, xy_to: np.ndarray) -> float:
    """Return the height [m] of the highest point within a hand's reach of a straight way.

    Args:
        points_m: (N, 3) obstacles [m].
        xy_from: (2,) start [m].
        xy_to: (2,) end [m].
    """
    if len(points_m) == 0:
        return 0.0
    way = xy_to - xy_from
    length = float(way @ way)
    offset = points_m[:, :2] - xy_from
    along = np.clip(offset @ way / length, 0.0, 1.0) if length > 1e-9 else np.zeros(len(offset))
    near = np.linalg.norm(offset - along[:, None] * way, axis=1) < 0.12
    return max(0.0, float(points_m[near, 2].max())) if near.any() else 0.0


def support_height(points_m: np.ndarray, xy: np.ndarray, radius_m: float) -> float:
    """Return the height [m] of what is under a disc of a radius; the table's 0 where nothing is."""
    if len(points_m) == 0:
        return 0.0
    near = points_m[np.hypot(*(points_m[:, :2] - xy).T) <= radius_m, 2]
    return max(0.0, float(np.percentile(near, 95.0))) if len(near) else 0.0


def rectangle_gaps(
    points_m: np.ndarray, centres_m: np.ndarray, yaws_rad: np.ndarray, extent_m: np.ndarray
) -> np.ndarray:
    """Return (K,) gaps [m] between rectangles on the table and what stands there; negative inside.

    Args:
        points_m: (N, 3) surface points of what stands there [m].
        centres_m: (K, 2) middles of the rectangles [m].
        yaws_rad: (K,) directions of their first sides.
        extent_m: (2+,) full sides of them all [m].
    """
    standing = points_m[points_m[:, 2] > _LOWEST_OBSTACLE_M, :2]
    if len(standing) == 0:
        return np.full(len(yaws_rad), np.inf)
    offset = standing[None, :, :] - centres_m[:, None, :]
    cos, sin = np.cos(yaws_rad)[:, None], np.sin(yaws_rad)[:, None]
    across = np.abs(cos * offset[..., 0] + sin * offset[..., 1]) - extent_m[0] / 2.0
    along = np.abs(-sin * offset[..., 0] + cos * offset[..., 1]) - extent_m[1] / 2.0
    outside = np.hypot(np.maximum(across, 0.0), np.maximum(along, 0.0))
    inside = np.minimum(np.maximum(across, along), 0.0)
    return np.asarray((outside + inside).min(axis=1))
