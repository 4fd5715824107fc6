"""The surface that a thing lies in, such as a bowl's, where the thing touches it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.perception.surface import Surface

_FEWEST_POINTS = 16
_LEAST_AROUND = 0.1
_TURNS = 5
_CLOSE_M = 0.004
_LEAST_EXPLAINED = 0.6
_LARGEST_M = 0.5


def continued(
    surface: Surface, labels: np.ndarray, inside: np.ndarray, around: np.ndarray
) -> np.ndarray:
    """Return (h, w) the pixels in a box that go on with the hollow around the box.

    A sphere is fitted to what is seen around a box of the same connected part. A bowl's inside is
    near to one. What bulges towards the camera, what is flat, and a pile of other things are no
    hollows, and change nothing.

    Args:
        surface: A window that holds the box with a margin.
        labels: (h, w) number of each pixel's connected part, -1 for none.
        inside: (h, w) bool of the box.
        around: (h, w) bool of what is surely beside the box.
    """
    found = np.zeros(labels.shape, dtype=bool)
    camera_m = surface.T_base_camera[:3, 3]
    for label in np.unique(labels[inside & (labels >= 0)]):
        part = labels == label
        beside = part & around
        if int(beside.sum()) < max(_FEWEST_POINTS, _LEAST_AROUND * int(part.sum())):
            continue
        sphere = _sphere(surface.points_m[beside])
        if sphere is not None and sphere.is_hollow(camera_m):
            here = part & inside
            found[here] = sphere.apart_m(surface.points_m[here]) < _CLOSE_M
    return found


@dataclass(frozen=True, slots=True)
class _Sphere:
    """A sphere, or a plane: where bend |q|^2 + slope q + offset is 0, q being (p - middle) / size.

    Unlike centre and radius, these stay finite while a sphere becomes a plane.

    Attributes:
        middle_m: (3,) of the points that it was fitted to, in the base frame.
        size_m: Their mean distance from it.
        bend: One over the radius, up to a common factor.
        slope: (3,) along the surface's normal.
        offset: Of the surface from the middle.
    """

    middle_m: np.ndarray
    size_m: float
    bend: float
    slope: np.ndarray
    offset: float

    def is_hollow(self, camera_m: np.ndarray) -> bool:
        """Return whether it curves around the side that a camera (3,) sees, like a bowl."""
        root = float(self.slope @ self.slope) - 4.0 * self.bend * self.offset
        if root <= 0.0 or self.size_m * np.sqrt(root) > 2.0 * _LARGEST_M * abs(self.bend):
            return False
        center = -self.slope / (2.0 * self.bend)
        return bool(center @ (camera_m - self.middle_m) > 0.0)

    def apart_m(self, points_m: np.ndarray) -> np.ndarray:
        """Return the distances (N,) of points (N, 3) near it, to first order."""
        near = (points_m - self.middle_m) / self.size_m
        value = self.bend * np.sum(near**2, axis=1) + near @ self.slope + self.offset
        steepness = np.linalg.norm(2.0 * self.bend * near + self.slope, axis=1)
        return np.asarray(self.size_m * np.abs(value) / np.maximum(steepness, 1e-9))


def _sphere(points_m: np.ndarray) -> _Sphere | None:
    """Return the sphere that fits most of (N, 3) points, or None.

    Source: V. Pratt, "Direct least-squares fitting of algebraic surfaces", SIGGRAPH 1987, with the
    plain constraint of unit length.
    """
    middle = points_m.mean(axis=0)
    size = float(np.sqrt(np.mean(np.sum((points_m - middle) ** 2, axis=1))))
    near = (points_m - middle) / size
    terms = np.column_stack([np.sum(near**2, axis=1), near, np.ones(len(near))])
    kept = np.ones(len(near), dtype=bool)
    for _ in range(_TURNS):
        bend, *slope, offset = np.linalg.svd(terms[kept], full_matrices=False)[2][-1]
        sphere = _Sphere(middle, size, float(bend), np.asarray(slope), float(offset))
        apart = sphere.apart_m(points_m)
        kept = apart < max(_CLOSE_M, 2.0 * float(np.median(apart)))
    return sphere if float(np.mean(apart < _CLOSE_M)) >= _LEAST_EXPLAINED else None
