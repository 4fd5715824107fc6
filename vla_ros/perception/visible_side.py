"""What is seen of one object, and the footprints that models of it have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

FLAT_NZ = 0.93
"""Normals with a larger z belong to level surface."""
CLIP_M = 0.006
"""Points further from a model than this count as this far."""


@dataclass(frozen=True, slots=True)
class VisibleSide:
    """What is seen of one object, in the base frame.

    Attributes:
        points_m: (N, 3) surface points [m].
        normals: (N, 3) unit normals, NaN where unknown.
        outline_m: (M, 3) points on its outline [m].
        support_m: Height of what it stands on [m].
        pixel_m: Side of a pixel at its distance [m].
        away: (2,) horizontal unit vector from the camera to the object.
        seen_past: Tells of (N, 3) points which the camera looks past, at something behind them
            that is not the object: there is nothing at these points.
        noise_m: Standard deviation of the depth [m].
    """

    points_m: np.ndarray
    normals: np.ndarray
    outline_m: np.ndarray
    support_m: float
    pixel_m: float
    away: np.ndarray
    seen_past: Callable[[np.ndarray], np.ndarray]
    noise_m: float = 0.0

    def rim(self, largest_nz: float) -> np.ndarray:
        """Return (K, 3) points steeper than a normal's z, and the outline."""
        with np.errstate(invalid="ignore"):
            steep = self.normals[:, 2] < largest_nz
        return np.concatenate([self.points_m[steep], self.outline_m])

    def rim_normals(self, largest_nz: float) -> np.ndarray:
        """Return (K, 3) the normals of the rim's points, NaN for the outline."""
        with np.errstate(invalid="ignore"):
            steep = self.normals[:, 2] < largest_nz
        return np.concatenate([self.normals[steep], np.full(self.outline_m.shape, np.nan)])


@dataclass(frozen=True, slots=True)
class Footprint:
    """A rectangle in the horizontal plane.

    Attributes:
        center_m: (2,) [m].
        yaw_rad: Direction of its first side.
        size_m: (2,) full sides [m].
        residual_m: Mean clipped distance of the rim's points to the model [m].
    """

    center_m: np.ndarray
    yaw_rad: float
    size_m: np.ndarray
    residual_m: float


def thinned(points: np.ndarray, most: int) -> np.ndarray:
    """Return every n-th of points (N, ...), so that there are no more than so many."""
    return points[:: -(-len(points) // most)] if len(points) > most else points


def residual_of(footprint: Footprint) -> float:
    """Return how badly a model fits [m], to sort by."""
    return footprint.residual_m


def in_axes(points: np.ndarray, yaw_rad: float) -> np.ndarray:
    """Return (N, 2) points written in axes turned by a yaw."""
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    return np.asarray(points @ np.array([[c, -s], [s, c]]))


def hull_area(xy: np.ndarray) -> float:
    """Return the area [m^2] of the convex hull of (N, 2) points [m]."""
    return float(cv2.contourArea(cv2.convexHull(xy.astype(np.float32))))
