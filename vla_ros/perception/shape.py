"""The whole of an object from the side that is seen: an upright box, its hidden back completed.

Three models are compared on the points that must lie on the object's rim (steep sides and the
outline): a solid of revolution about an upright axis (cans, balls, bottles, bowls), an upright
box, and a lying cylinder. The one that fits best gives the box's place; the model, not the
visible points' mean, decides how far the hidden back reaches.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from vla_ros.geometry import pose

STEEP_NZ = 0.5
FLAT_NZ = 0.93
_CLIP_M = 0.006


@dataclass(frozen=True, slots=True)
class VisibleSide:
    """What is seen of one object, in the base frame.

    Attributes:
        points_m: (N, 3) surface points [m].
        normals: (N, 3) unit normals, NaN where unknown.
        outline_m: (M, 3) points on its outline [m].
        support_m: Height of what it stands on [m].
        pixel_m: Side of a pixel at its distance [m].
    """

    points_m: np.ndarray
    normals: np.ndarray
    outline_m: np.ndarray
    support_m: float
    pixel_m: float

    def rim(self, largest_nz: float) -> np.ndarray:
        """Return (K, 3) points steeper than a normal's z, and the outline."""
        with np.errstate(invalid="ignore"):
            steep = self.normals[:, 2] < largest_nz
        return np.concatenate([self.points_m[steep], self.outline_m])


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


def complete_box(side: VisibleSide) -> tuple[np.ndarray, np.ndarray]:
    """Return T_base_object (4, 4) and extent_m (3,) of the whole object's upright box.

    x lies along the longer horizontal side, z is up; it reaches from the support to the top.
    """
    footprint = _best_footprint(side)
    top = float(np.quantile(side.points_m[:, 2], 0.99))
    height = max(top - side.support_m, 1e-3)
    size, yaw = footprint.size_m, footprint.yaw_rad
    if size[1] > size[0]:
        size, yaw = size[::-1], yaw + 0.5 * np.pi
    yaw = (yaw + 0.5 * np.pi) % np.pi - 0.5 * np.pi
    center = np.array([*footprint.center_m, top - 0.5 * height])
    return pose(center, Rotation.from_euler("z", yaw)), np.array([*size, height])


def _best_footprint(side: VisibleSide) -> Footprint:
    upright = rectangle_footprint(side)
    round_ = round_footprint(side)
    with np.errstate(invalid="ignore"):
        slope = side.normals[:, 2]
        curved = float(np.mean((slope > 0.3) & (slope < FLAT_NZ)))
    if round_ is not None and round_.residual_m < upright.residual_m:
        return round_
    if curved > 0.25:
        lying = lying_footprint(side, upright)
        if lying is not None:
            return lying
    return upright


def rectangle_footprint(side: VisibleSide) -> Footprint:
    """Fit an upright box: the yaw at which the rim lies closest to the rectangle's sides."""
    everything = np.concatenate([side.points_m[:, :2], side.outline_m[:, :2]])
    rim = side.rim(STEEP_NZ)[:, :2]
    if len(rim) < 8:
        rim = everything
    hull = cv2.convexHull(everything.astype(np.float32))[:, 0].astype(float)
    yaws = np.deg2rad(np.arange(0.0, 90.0, 2.0))
    costs = _rectangle_costs(hull, rim, yaws)
    best = yaws[int(np.argmin(costs))]
    finer = best + np.deg2rad(np.arange(-2.0, 2.01, 0.5))
    costs = _rectangle_costs(hull, rim, finer)
    yaw = float(finer[int(np.argmin(costs))])
    low, high = _settled_sides(everything, rim, yaw, side.pixel_m)
    residual = float(np.mean(np.minimum(_side_distance(_turned(rim, yaw), low, high), _CLIP_M)))
    center = _turned(0.5 * (low + high)[None], -yaw)[0]
    return Footprint(center, yaw, high - low, residual)


def _rectangle_costs(hull: np.ndarray, rim: np.ndarray, yaws: np.ndarray) -> np.ndarray:
    """Return for each yaw the rim's mean clipped distance [m], with a little for the area."""
    costs = np.empty(len(yaws))
    for index, yaw in enumerate(yaws):
        turned = _turned(hull, yaw)
        low, high = turned.min(axis=0), turned.max(axis=0)
        distance = _side_distance(_turned(rim, yaw), low, high)
        costs[index] = np.mean(np.minimum(distance, _CLIP_M)) + 0.02 * np.sqrt(np.prod(high - low))
    return costs


def _turned(points: np.ndarray, yaw_rad: float) -> np.ndarray:
    """Return (N, 2) points written in axes turned by a yaw."""
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    return np.asarray(points @ np.array([[c, -s], [s, c]]))


def _side_distance(points: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return (N,) distances of (N, 2) points to the nearest side of a rectangle."""
    return np.asarray(np.abs(np.stack([points - low, points - high])).min(axis=(0, 2)))


def _settled_sides(
    everything: np.ndarray, rim: np.ndarray, yaw: float, pixel_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Place each side at the median of the rim's points near it: extremes only are biased."""
    turned, near = _turned(everything, yaw), _turned(rim, yaw)
    low, high = turned.min(axis=0), turned.max(axis=0)
    reach = max(1.5 * pixel_m, 0.003)
    settled_low, settled_high = low.copy(), high.copy()
    for axis in (0, 1):
        other = 1 - axis
        inner = (near[:, other] > low[other] + reach) & (near[:, other] < high[other] - reach)
        for extreme, settled in ((low, settled_low), (high, settled_high)):
            values = near[inner & (np.abs(near[:, axis] - extreme[axis]) < reach), axis]
            if len(values) >= 4:
                settled[axis] = np.median(values)
    return settled_low, settled_high


def round_footprint(side: VisibleSide) -> Footprint | None:
    """Fit a solid of revolution: one upright axis and a radius for each height.

    Linear least squares on |p - c|^2 = r(z)^2 with Huber weights, so that a handle does not pull.
    """
    rim = side.rim(FLAT_NZ)
    if len(rim) < 12:
        return None
    origin = rim[:, :2].mean(axis=0)
    xy = rim[:, :2] - origin
    thickness = max(0.003, 0.5 * side.pixel_m)
    layer = np.floor((rim[:, 2] - side.support_m) / thickness).astype(int)
    layers, layer, count = np.unique(layer, return_inverse=True, return_counts=True)
    enough = count[layer] >= 3
    if enough.sum() < 12:
        return None
    xy, layer = xy[enough], layer[enough]
    fitted = _common_axis(xy, layer, len(layers))
    if fitted is None:
        return None
    center, radii = fitted
    apart = np.linalg.norm(xy - center, axis=1) - radii[layer]
    residual = float(np.mean(np.minimum(np.abs(apart), _CLIP_M)))
    radius = float(np.max(radii[np.unique(layer)]))
    visible = float(np.max(np.ptp(xy, axis=0)))
    if not (radius < 0.75 * visible + 0.01 and np.linalg.norm(center) < visible):
        return None
    size = np.full(2, 2.0 * radius)
    return _with_protrusion(side, Footprint(center + origin, 0.0, size, residual))


def _common_axis(
    xy: np.ndarray, layer: np.ndarray, layers: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the axis (2,) and the radius of each layer (L,)."""
    columns = np.zeros((len(xy), 2 + layers))
    columns[:, :2] = 2.0 * xy
    columns[np.arange(len(xy)), 2 + layer] = 1.0
    square = np.sum(xy**2, axis=1)
    weights = np.ones(len(xy))
    for _ in range(8):
        solution = np.linalg.lstsq(columns * weights[:, None], square * weights, rcond=None)[0]
        center = solution[:2]
        radii = np.sqrt(np.maximum(solution[2:] + center @ center, 0.0))
        apart = np.abs(np.linalg.norm(xy - center, axis=1) - radii[layer])
        scale = 0.0015
        weights = np.sqrt(scale / np.maximum(apart, scale))
    return (center, radii) if np.all(np.isfinite(solution)) else None


def _with_protrusion(side: VisibleSide, body: Footprint) -> Footprint:
    """Grow a round body's footprint by what sticks out of it, such as a handle."""
    radius = 0.5 * float(body.size_m[0])
    everything = np.concatenate([side.points_m[:, :2], side.outline_m[:, :2]])
    beyond = np.linalg.norm(everything - body.center_m, axis=1) > radius + 0.006
    if beyond.sum() < 6:
        return body
    angles = np.linspace(0.0, 2.0 * np.pi, 48, endpoint=False)
    circle = body.center_m + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    rectangle = cv2.minAreaRect(np.concatenate([circle, everything[beyond]]).astype(np.float32))
    (x, y), size, degrees = rectangle
    return Footprint(np.array([x, y]), float(np.deg2rad(degrees)), np.array(size), body.residual_m)


def lying_footprint(side: VisibleSide, seen: Footprint) -> Footprint | None:
    """Widen a lying cylinder's footprint across its axis to the circle its section lies on."""
    along_first = seen.size_m[0] >= seen.size_m[1]
    across = 1 if along_first else 0
    turned = _turned(side.points_m[:, :2], seen.yaw_rad)[:, across]
    height = side.points_m[:, 2]
    origin = np.array([turned.mean(), height.mean()])
    section = np.stack([turned, height], axis=1) - origin
    fitted = _common_axis(section, np.zeros(len(section), dtype=int), 1)
    if fitted is None:
        return None
    center, radius = fitted[0] + origin, float(fitted[1][0])
    apart = np.abs(np.linalg.norm(section - fitted[0], axis=1) - radius)
    width = float(seen.size_m[across])
    if float(np.median(apart)) > 0.003 or not 0.4 * width < radius < 0.8 * width:
        return None
    size = seen.size_m.copy()
    size[across] = 2.0 * radius
    middle = _turned(seen.center_m[None], seen.yaw_rad)[0]
    middle[across] = center[0]
    residual = float(np.mean(np.minimum(apart, _CLIP_M)))
    return Footprint(_turned(middle[None], -seen.yaw_rad)[0], seen.yaw_rad, size, residual)
