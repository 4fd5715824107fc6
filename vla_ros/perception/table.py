"""Where the table's surface is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.params import PerceptionParams
from vla_ros.perception.surface import Surface

_FEWEST_POINTS = 200


@dataclass(frozen=True, slots=True)
class Table:
    """The plane z = height + slope . (x, y) in the base frame.

    A slope other than zero comes from a camera pose that is slightly off.

    Attributes:
        height_m: Height at the base frame's origin [m].
        slope: (2,) rise along x and y.
        noise_m: Standard deviation of the depth about the plane, as far as known [m].
    """

    height_m: float
    slope: tuple[float, float] = (0.0, 0.0)
    noise_m: float = 0.0

    def rises(self, points_m: np.ndarray, least_m: float) -> np.ndarray:
        """Return whether (..., 3) points are clearly above the surface, beyond its noise."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.height_above(points_m) > max(least_m, 3.0 * self.noise_m))

    def height_at(self, xy_m: np.ndarray) -> np.ndarray:
        """Return the surface's heights [m] at (..., 2) horizontal points."""
        return np.asarray(self.height_m + xy_m[..., :2] @ np.array(self.slope))

    def height_above(self, points_m: np.ndarray) -> np.ndarray:
        """Return how far (..., 3) points are above the surface [m]; NaN stays NaN."""
        return np.asarray(points_m[..., 2] - self.height_at(points_m[..., :2]))


def table_among(points_m: np.ndarray, params: PerceptionParams) -> Table:
    """Fit a plane to (N, 3) points [m] of level surface near the expected height.

    The plane is fitted to the fullest 4 mm layer and refined by trimmed least squares, so that
    the tops of flat things do not lift it. What the parameters say holds where too little of it
    is seen, or it is too far from there.

    Args:
        points_m: What `level_points` gives.
        params: table_height_m and table_tolerance_m; a tolerance of 0 takes the height as it is.
    """
    prior = Table(params.table_height_m)
    if params.table_tolerance_m == 0.0 or len(points_m) < _FEWEST_POINTS:
        return prior
    bins = np.round((points_m[:, 2] - params.table_height_m) / 0.004).astype(int)
    lowest = int(bins.min())
    fullest = lowest + int(np.argmax(np.bincount(bins - lowest)))
    table = Table(params.table_height_m + 0.004 * fullest)
    for band in (0.008, 0.005, 0.003):
        near = np.abs(table.height_above(points_m)) < band
        if near.sum() < _FEWEST_POINTS:
            return prior
        columns = np.column_stack([np.ones(near.sum()), points_m[near, :2]])
        # A little weight on no slope settles what a small patch of table leaves open.
        stay = np.diag([0.0, 1.0, 1.0]) * 1e-3 * near.sum()
        found = np.linalg.solve(columns.T @ columns + stay, columns.T @ points_m[near, 2])
        table = Table(float(found[0]), (float(found[1]), float(found[2])))
    middle = points_m[:, :2].mean(axis=0)
    if abs(float(table.height_at(middle)) - params.table_height_m) > params.table_tolerance_m:
        return prior
    apart = np.abs(table.height_above(points_m))
    noise = 1.48 * float(np.median(apart[apart < 0.015]))
    return Table(table.height_m, table.slope, noise)


def level_points(surface: Surface, params: PerceptionParams) -> np.ndarray:
    """Return (N, 3) points of level surface in the viewed area near the expected height."""
    points = surface.points_m
    x0, y0, x1, y1 = params.view_area_m
    reach = params.table_tolerance_m + 0.01
    with np.errstate(invalid="ignore"):
        level = (
            (surface.normals[..., 2] > 0.97)
            & (np.abs(points[..., 2] - params.table_height_m) < reach)
            & (points[..., 0] > x0)
            & (points[..., 0] < x1)
            & (points[..., 1] > y0)
            & (points[..., 1] < y1)
        )
    return np.asarray(points[level])
