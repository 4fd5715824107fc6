"""Corners, heights and horizontal gaps of oriented boxes."""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull

from vla_ros.geometry import transform_points
from vla_ros.sim.environment import ObjectTruth

_SIGNS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) / 2.0


def corners(thing: ObjectTruth) -> np.ndarray:
    """Return the (8, 3) corners [m] of a thing's bounding box in the base frame."""
    return transform_points(thing.T_base_object, _SIGNS * thing.extent_m)


def under_m(thing: ObjectTruth) -> float:
    """Return the height of a thing's lowest corner [m]."""
    return float(corners(thing)[:, 2].min())


def top_m(thing: ObjectTruth) -> float:
    """Return the height of a thing's highest corner [m]."""
    return float(corners(thing)[:, 2].max())


def gap_m(first: ObjectTruth, second: ObjectTruth) -> float:
    """Return the horizontal gap between two things' footprints [m], 0 where they overlap."""
    a, b = _outline(first), _outline(second)
    if _overlap(a, b):
        return 0.0
    return min(_vertex_gap(a, b), _vertex_gap(b, a))


def _outline(thing: ObjectTruth) -> np.ndarray:
    """Return the (N, 2) corners of a footprint, counter-clockwise."""
    points = corners(thing)[:, :2]
    return np.asarray(points[ConvexHull(points).vertices])


def _overlap(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two convex outlines overlap (no edge of either separates them)."""
    for outline in (a, b):
        edges = np.roll(outline, -1, axis=0) - outline
        outward = np.stack([edges[:, 1], -edges[:, 0]], axis=1)
        reach = (outline * outward).sum(axis=1)
        other = b if outline is a else a
        if np.any((other @ outward.T).min(axis=0) > reach):
            return False
    return True


def _vertex_gap(points: np.ndarray, outline: np.ndarray) -> float:
    """Return the smallest distance of the points (N, 2) to the edges of an outline (M, 2)."""
    edges = np.roll(outline, -1, axis=0) - outline
    offsets = points[:, None] - outline[None]
    along = (offsets * edges).sum(axis=-1) / (edges**2).sum(axis=-1)
    nearest = outline + np.clip(along, 0.0, 1.0)[..., None] * edges
    return float(np.linalg.norm(points[:, None] - nearest, axis=-1).min())
