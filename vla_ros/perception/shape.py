"""The whole of an object from the side that is seen: an upright box, its hidden back completed.

Three models are compared on the points that must lie on the object's rim (steep sides and the
outline): a solid of revolution about an upright axis (cans, balls, bottles, bowls), an upright
box, and a lying cylinder. The one that fits best gives the box's place; the model, not the
visible points' mean, decides how far the hidden back reaches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from vla_ros.geometry import pose

STEEP_NZ = 0.5
FLAT_NZ = 0.93
_CLIP_M = 0.006
_HUBER_M = 0.0015
_LEAST_TURN = 0.4
_MOST_SEEN_PAST = 0.2
_LEAST_CURVED = 0.25
_GOOD_M, _GOOD_PX = 0.0005, 0.2
_POOR_M = 0.003


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
    """Return the model that fits best; what none fits gets the rectangle of least area."""
    round_ = round_footprint(side)
    upright = rectangle_footprint(side)
    models = [upright] if round_ is None else [upright, round_]
    with np.errstate(invalid="ignore"):
        slope = side.normals[:, 2]
        curved = float(np.mean((slope > 0.3) & (slope < FLAT_NZ)))
    good = max(_GOOD_M, _GOOD_PX * side.pixel_m) + side.noise_m
    best = min(models, key=_residual)
    if curved > _LEAST_CURVED and best.residual_m > good:
        lying = lying_footprint(side, upright)
        # A bent thing can look round about a line beside it, but then it seems far too thick.
        thickest = 1.35 * float(least_footprint(side).size_m.min()) + 1.5 * side.pixel_m
        if lying is not None and lying.residual_m < good and lying.size_m[1] < thickest:
            return lying
    if best.residual_m < _POOR_M + side.noise_m:
        return best
    return top_footprint(side) or least_footprint(side)


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


def top_footprint(side: VisibleSide) -> Footprint | None:
    """Return the rectangle of a large level top, which what sticks out lower down does not blur."""
    level = side.normals[:, 2] > 0.95
    top = side.points_m[level & (side.points_m[:, 2] > side.points_m[:, 2].max() - 0.004), :2]
    if len(top) < 0.3 * len(side.points_m):
        return None
    (x, y), size, degrees = cv2.minAreaRect(top.astype(np.float32))
    area, whole = _hull_area(top), _hull_area(side.points_m[:, :2])
    if area < 0.85 * size[0] * size[1] or area < 0.6 * whole:
        return None
    # The outermost pixels' centres lie half a pixel inside.
    grown = np.array(size) + side.pixel_m
    return Footprint(np.array([x, y]), float(np.deg2rad(degrees)), grown, _CLIP_M)


def _hull_area(xy: np.ndarray) -> float:
    return float(cv2.contourArea(cv2.convexHull(xy.astype(np.float32))))


def least_footprint(side: VisibleSide) -> Footprint:
    """Return the rectangle of least area around a thing of no simple form.

    Slopes that face away from the camera go on out of sight: for a round section seen from about
    45 degrees, by a sixth of their height.
    """
    with np.errstate(invalid="ignore"):
        rear = side.normals[:, :2] @ side.away > 0.3
    height = side.points_m[rear, 2:] - side.support_m
    hidden = side.points_m[rear, :2] + 0.17 * height * side.away
    everything = np.concatenate([side.points_m[:, :2], side.outline_m[:, :2], hidden])
    (x, y), size, degrees = cv2.minAreaRect(everything.astype(np.float32))
    return Footprint(np.array([x, y]), float(np.deg2rad(degrees)), np.array(size), _CLIP_M)


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

    Inner walls (of a bowl, a mug) turn towards the axis; they are left out once it is known
    roughly.
    """
    rim, normals = side.rim(FLAT_NZ), side.rim_normals(FLAT_NZ)
    first = _round_fit(side, rim)
    if first is None:
        return None
    offsets = rim[:, :2] - first.center_m
    with np.errstate(invalid="ignore"):
        inner = np.sum(offsets * normals[:, :2], axis=1) < 0.0
    beyond = np.linalg.norm(offsets, axis=1) > 0.5 * first.size_m[0] + 0.004
    body = _round_fit(side, rim[~(inner | beyond)]) or first
    if not _is_solid(side, body):
        return None
    return _with_protrusion(side, body)


def _round_fit(side: VisibleSide, rim: np.ndarray) -> Footprint | None:
    """Fit the axis to (N, 3) points of the rim that are known to lie on the outside."""
    thickness = max(0.003, 0.5 * side.pixel_m)
    layer = np.floor((rim[:, 2] - side.support_m) / thickness).astype(int)
    layer, layers = _dense(layer)
    enough = np.bincount(layer, minlength=layers)[layer] >= 3
    if enough.sum() < 12:
        return None
    xy, layer = rim[enough, :2], layer[enough]
    layer, layers = _dense(layer)
    origin = xy.mean(axis=0)
    fitted = _common_axis(xy - origin, layer, layers)
    if fitted is None or _covered_turn(xy - origin - fitted[0]) < _LEAST_TURN:
        return None
    center, radii = fitted
    apart = np.linalg.norm(xy - origin - center, axis=1) - radii[layer]
    residual = float(np.mean(np.minimum(np.abs(apart), _CLIP_M)))
    return Footprint(center + origin, 0.0, np.full(2, 2.0 * float(radii.max())), residual)


def _dense(layer: np.ndarray) -> tuple[np.ndarray, int]:
    """Number the layers that occur from 0 on; return the numbers and how many there are."""
    names, dense = np.unique(layer, return_inverse=True)
    return dense, len(names)


def _is_solid(side: VisibleSide, body: Footprint) -> bool:
    """Whether nothing is seen through a circle's middle; through a bent thing's, the table is."""
    angles = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
    ring = 0.3 * float(body.size_m[0]) * np.column_stack([np.cos(angles), np.sin(angles)])
    top = float(side.points_m[:, 2].max())
    heights = np.full(len(ring), side.support_m + 0.3 * (top - side.support_m))
    seen = side.seen_past(np.column_stack([body.center_m + ring, heights]))
    return float(np.mean(seen)) < _MOST_SEEN_PAST


def _covered_turn(offsets: np.ndarray) -> float:
    """Return the share 0..1 of a full turn in which an axis has points around it.

    A short arc fits a circle of almost any size; half a turn or more settles it.
    """
    angles = np.arctan2(offsets[:, 1], offsets[:, 0])
    sectors = np.floor((angles + np.pi) / (2.0 * np.pi) * 24.0).astype(int) % 24
    return float(np.mean(np.bincount(sectors, minlength=24) > 0))


def _common_axis(
    xy: np.ndarray, layer: np.ndarray, layers: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Fit circles about one centre: |p - c|^2 = r^2 of the point's layer, with Huber weights.

    The radii drop out when each layer's weighted mean is taken off, which leaves two unknowns.

    Returns:
        The centre (2,) and the radius of each layer (L,), or None where it is not determined.
    """
    values = np.column_stack([xy, np.sum(xy**2, axis=1)])
    weights = np.ones(len(xy))
    center, radii = np.zeros(2), np.zeros(layers)
    for _ in range(8):
        total = np.maximum(np.bincount(layer, weights, layers), 1e-12)
        means = np.column_stack(
            [np.bincount(layer, weights * column, layers) / total for column in values.T]
        )
        centered = values - means[layer]
        slopes = 2.0 * centered[:, :2]
        normal = (slopes * weights[:, None]).T @ slopes
        if np.linalg.det(normal) < 1e-6 * np.trace(normal) ** 2:
            return None
        center = np.linalg.solve(normal, slopes.T @ (weights * centered[:, 2]))
        squares = means[:, 2] - 2.0 * means[:, :2] @ center + center @ center
        radii = np.sqrt(np.maximum(squares, 0.0))
        apart = np.abs(np.linalg.norm(xy - center, axis=1) - radii[layer])
        weights = _HUBER_M / np.maximum(apart, _HUBER_M)
    return center, radii


def _with_protrusion(side: VisibleSide, body: Footprint) -> Footprint:
    """Grow a round body's footprint by what sticks out of it to one side, such as a handle."""
    radius = 0.5 * float(body.size_m[0])
    offsets = np.concatenate([side.points_m[:, :2], side.outline_m[:, :2]]) - body.center_m
    beyond = offsets[np.linalg.norm(offsets, axis=1) > radius + 0.006]
    if len(beyond) < 6:
        return body
    direction = beyond.mean(axis=0)
    yaw = float(np.arctan2(direction[1], direction[0]))
    turned = _turned(beyond, yaw)
    low = np.minimum(turned.min(axis=0), -radius)
    high = np.maximum(turned.max(axis=0), radius)
    middle = _turned(0.5 * (low + high)[None], -yaw)[0]
    return Footprint(body.center_m + middle, yaw, high - low, body.residual_m)


def lying_footprint(side: VisibleSide, seen: Footprint) -> Footprint | None:
    """Fit a solid of revolution about a level axis: lying bottles, lemons, handles.

    The direction is the one of a grid about which the surface is roundest; the axis must be
    longer than the body is wide, or the direction means nothing.
    """
    yaws = seen.yaw_rad + np.deg2rad(np.arange(0.0, 180.0, 10.0))
    fits = [_lying_fit(side, float(yaw)) for yaw in yaws]
    best = min((fit for fit in fits if fit is not None), key=_residual, default=None)
    if best is None:
        return None
    finer = best.yaw_rad + np.deg2rad([-6.0, -4.0, -2.0, 2.0, 4.0, 6.0])
    fits = [_lying_fit(side, float(yaw)) for yaw in finer]
    return min((fit for fit in [*fits, best] if fit is not None), key=_residual)


def _residual(footprint: Footprint) -> float:
    return footprint.residual_m


def _lying_fit(side: VisibleSide, yaw: float) -> Footprint | None:
    """Fit a level axis along a yaw: for each slice across it a circle about the same line."""
    everything = np.concatenate([side.points_m, side.outline_m])
    turned = _turned(side.points_m[:, :2], yaw)
    section = np.column_stack([turned[:, 1], side.points_m[:, 2]])
    origin = section.mean(axis=0)
    thickness = max(0.004, 1.5 * side.pixel_m)
    slices = np.floor((turned[:, 0] - turned[:, 0].min()) / thickness).astype(int)
    slices, count = _dense(slices)
    enough = np.bincount(slices, minlength=count)[slices] >= 4
    if enough.sum() < 12:
        return None
    offsets = (section - origin)[enough]
    slices, count = _dense(slices[enough])
    fitted = _common_axis(offsets, slices, count)
    if fitted is None:
        return None
    center, radii = fitted
    apart = np.abs(np.linalg.norm(offsets - center, axis=1) - radii[slices])
    radius = float(radii.max())
    along = _turned(everything[:, :2], yaw)[:, 0]
    length, width = float(np.ptp(along)), float(np.ptp(turned[:, 1]))
    if not 0.4 * width < radius < 0.75 * width or length < 1.8 * radius:
        return None
    middle = np.array([0.5 * (along.min() + along.max()), center[0] + origin[0]])
    residual = float(np.mean(np.minimum(apart, _CLIP_M)))
    size = np.array([length, 2.0 * radius])
    return Footprint(_turned(middle[None], -yaw)[0], yaw, size, residual)
