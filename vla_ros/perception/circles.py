"""Circles about one centre, fitted to points of which it is known which circle each is on.

Many sets of points are fitted at once: what would take numpy a call for each set takes it one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FIT_TURNS = 8
"""Turns of reweighting that settle a fit."""
_SETTLED_M = 2e-5
_HUBER_M = 0.0015
_FEWEST_POINTS = 12
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True)
class CircleFits:
    """What was fitted to each of S sets of N points.

    Attributes:
        found: (S,) whether the points determine a centre; the rest means nothing where not.
        centers: (S, 2) [m].
        largest: (S,) the largest radius [m].
        used: (S, N) whether a point counted.
        apart: (S, N) distance of each point to its circle [m].
    """

    found: np.ndarray
    centers: np.ndarray
    largest: np.ndarray
    used: np.ndarray
    apart: np.ndarray


def fit_circles(
    points_m: np.ndarray, circle: np.ndarray, fewest: int, turns: int = FIT_TURNS
) -> CircleFits:
    """Fit one centre to each set: |p - c|^2 = r^2 of the point's circle, with Huber weights.

    The radii drop out when each circle's weighted mean is taken off, which leaves two unknowns.

    Args:
        points_m: (S, N, 2) points [m].
        circle: (S, N) whole numbers: which of its set's circles a point lies on.
        fewest: A circle with fewer points does not count.
        turns: How often the weights are made anew.
    """
    sets = len(circle)
    circle = circle - circle.min(axis=1, keepdims=True)
    circles = int(circle.max()) + 1
    each = circle + circles * np.arange(sets)[:, None]

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(each.ravel(), values.ravel(), sets * circles)

    used = total(np.ones(each.shape))[each] >= fewest
    origin = points_m.mean(axis=1, keepdims=True)
    x, y = np.moveaxis(points_m - origin, -1, 0)
    squares = x * x + y * y
    weights = used.astype(float)
    found = used.sum(axis=1) >= _FEWEST_POINTS
    center = np.full((2, sets), np.inf)
    for _ in range(turns):
        weight = np.maximum(total(weights), 1e-12)
        mean_x, mean_y, mean_square = (total(weights * v) / weight for v in (x, y, squares))
        dx, dy, ds = x - mean_x[each], y - mean_y[each], squares - mean_square[each]
        xx, xy, yy, xs, ys = (
            np.einsum("sn,sn,sn->s", weights, *pair)
            for pair in ((dx, dx), (dx, dy), (dy, dy), (dx, ds), (dy, ds))
        )
        determinant = xx * yy - xy * xy
        found &= determinant > _LEAST_SPREAD * (xx + yy) ** 2
        scale = 0.5 / np.where(found, determinant, 1.0)
        before, center = center, scale * np.stack([yy * xs - xy * ys, xx * ys - xy * xs])
        (cx, cy), (spread_x, spread_y) = center[..., None], np.repeat(center, circles, axis=1)
        radii = mean_square - 2.0 * (mean_x * spread_x + mean_y * spread_y)
        radii = np.sqrt(np.maximum(radii + spread_x**2 + spread_y**2, 0.0))
        apart = np.abs(np.hypot(x - cx, y - cy) - radii[each])
        if np.all(np.abs(center - before)[:, found] < _SETTLED_M):
            break
        weights = used * (_HUBER_M / np.maximum(apart, _HUBER_M))
    occupied = np.where(total(used.astype(float)) > 0.0, radii, 0.0).reshape(sets, circles)
    centers = origin[:, 0] + center.T
    return CircleFits(found, centers, occupied.max(axis=1), used, apart)
