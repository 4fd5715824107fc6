"""The part of the table that a target covers."""

from __future__ import annotations

import numpy as np

from vla_ros.types import Target

_SIGNS = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])


def center_xy(target: Target) -> np.ndarray:
    """Return the horizontal centre (2,) [m]."""
    return target.T_base_object[:2, 3]


def top_m(target: Target) -> float:
    """Return the height of the top [m]."""
    return float(target.T_base_object[2, 3] + 0.5 * target.extent_m[2])


def bottom_m(target: Target) -> float:
    """Return the height of the underside [m]."""
    return float(target.T_base_object[2, 3] - 0.5 * target.extent_m[2])


def corners_xy(target: Target) -> np.ndarray:
    """Return the (4, 2) corners of the footprint [m], counter-clockwise."""
    sides = 0.5 * target.extent_m[:2] * _SIGNS
    return np.asarray(center_xy(target) + sides @ target.T_base_object[:2, :2].T)


def normalized_offset(thing: Target, place: Target) -> float:
    """Return how far a thing's centre is from a place's: 0 at its centre, 1 on its ellipse."""
    offset = (center_xy(thing) - center_xy(place)) @ place.T_base_object[:2, :2]
    return float(np.linalg.norm(offset / np.maximum(0.5 * place.extent_m[:2], 1e-6)))


def gap_m(first: Target, second: Target) -> float:
    """Return the free space between two footprints [m], 0 where they touch or overlap."""
    a, b = corners_xy(first), corners_xy(second)
    if _overlap(a, b):
        return 0.0
    return min(_distance(a, b), _distance(b, a))


def _overlap(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether no side of either rectangle parts the two."""
    for outline, other in ((a, b), (b, a)):
        for side in np.roll(outline, -1, axis=0) - outline:
            normal = np.array([side[1], -side[0]])
            mine, theirs = outline @ normal, other @ normal
            if theirs.min() > mine.max() or mine.min() > theirs.max():
                return False
    return True


def _distance(points: np.ndarray, outline: np.ndarray) -> float:
    """Return the smallest distance of points (N, 2) to the sides of an outline (M, 2)."""
    sides = np.roll(outline, -1, axis=0) - outline
    offset = points[:, None] - outline
    length = np.maximum(np.sum(sides**2, axis=1), 1e-12)
    share = np.clip(np.sum(offset * sides, axis=2) / length, 0.0, 1.0)
    return float(np.linalg.norm(offset - share[..., None] * sides, axis=2).min())
