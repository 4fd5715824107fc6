"""Point sets of things and of free space: thinning, boxes, footprints."""

from __future__ import annotations

import numpy as np

from vla_ros.geometry import transform_points


def thin_out(points_m: np.ndarray, cell_m: float, most: int) -> np.ndarray:
    """Return one point of each cubic cell, at most some number of them, in a fixed order.

    Args:
        points_m: (N, 3) [m]; rows that are not finite are left out.
        cell_m: Edge of a cell [m].
        most: Largest number of points; beyond it every n-th is kept.
    """
    points = np.asarray(points_m, dtype=float)
    points = points[np.isfinite(points).all(axis=1)]
    if len(points) == 0:
        return np.zeros((0, 3))
    _, first = np.unique(np.floor(points / cell_m).astype(np.int64), axis=0, return_index=True)
    kept = points[np.sort(first)]
    return np.asarray(kept[:: max(1, -(-len(kept) // most))])


def box_surface(T_base_box: np.ndarray, extent_m: np.ndarray, spacing_m: float) -> np.ndarray:
    """Return (N, 3) points on the sides and the top of an oriented box, in the base frame [m]."""
    half = np.maximum(np.asarray(extent_m, dtype=float), 1e-4) / 2.0
    counts = [max(2, int(np.ceil(2.0 * h / spacing_m)) + 1) for h in half]
    x, y, z = (np.linspace(-h, h, n) for h, n in zip(half, counts, strict=True))
    top = np.stack(np.meshgrid(x, y, [half[2]], indexing="ij"), axis=-1).reshape(-1, 3)
    front = np.stack(np.meshgrid(x, [-half[1], half[1]], z, indexing="ij"), axis=-1).reshape(-1, 3)
    side = np.stack(np.meshgrid([-half[0], half[0]], y, z, indexing="ij"), axis=-1).reshape(-1, 3)
    return transform_points(T_base_box, np.concatenate([top, front, side]))


def inside_box(
    points_m: np.ndarray, T_base_box: np.ndarray, extent_m: np.ndarray, margin_m: float
) -> np.ndarray:
    """Return (N,) whether points lie in an oriented box grown by a margin [m]."""
    local = (points_m - T_base_box[:3, 3]) @ T_base_box[:3, :3]
    return np.asarray((np.abs(local) <= np.asarray(extent_m) / 2.0 + margin_m).all(axis=1))


def footprint_radius(extent_m: np.ndarray) -> float:
    """Return the radius [m] of the circle around a box's footprint."""
    return float(np.hypot(extent_m[0], extent_m[1]) / 2.0)
