"""Rectangles fitted to the side of an object that is seen."""

from __future__ import annotations

import cv2
import numpy as np

from vla_ros.perception.visible_side import CLIP_M, Footprint, VisibleSide, hull_area, in_axes

_STEEP_NZ = 0.5
_MOST_RIM_POINTS = 400


def rectangle_footprint(side: VisibleSide) -> Footprint:
    """Fit an upright box: the yaw at which the rim lies closest to the rectangle's sides."""
    everything = np.concatenate([side.points_m[:, :2], side.outline_m[:, :2]])
    rim = side.rim(_STEEP_NZ)[:, :2]
    if len(rim) < 8:
        rim = everything
    hull = cv2.convexHull(everything.astype(np.float32))[:, 0].astype(float)
    yaws = np.deg2rad(np.arange(0.0, 90.0, 2.0))
    thinned = rim[:: -(-len(rim) // _MOST_RIM_POINTS)]
    costs = _rectangle_costs(hull, thinned, yaws)
    best = yaws[int(np.argmin(costs))]
    finer = best + np.deg2rad(np.arange(-2.0, 2.01, 0.5))
    costs = _rectangle_costs(hull, thinned, finer)
    yaw = float(finer[int(np.argmin(costs))])
    low, high = _settled_sides(everything, rim, yaw, side.pixel_m)
    low, high = _with_hidden_slope(side, yaw, low, high)
    residual = float(np.mean(np.minimum(_side_distance(in_axes(rim, yaw), low, high), CLIP_M)))
    center = in_axes(0.5 * (low + high)[None], -yaw)[0]
    return Footprint(center, yaw, high - low, residual)


def _rectangle_costs(hull: np.ndarray, rim: np.ndarray, yaws: np.ndarray) -> np.ndarray:
    """Return for each yaw the rim's mean clipped distance [m], with a little for the area."""
    axes = np.stack([np.cos(yaws), np.sin(yaws), -np.sin(yaws), np.cos(yaws)]).reshape(2, 2, -1)
    turned_hull = np.einsum("nc,acy->nay", hull, axes)
    turned_rim = np.einsum("nc,acy->nay", rim, axes)
    low, high = turned_hull.min(axis=0), turned_hull.max(axis=0)
    distance = np.minimum(np.abs(turned_rim - low), np.abs(turned_rim - high)).min(axis=1)
    fit = np.mean(np.minimum(distance, CLIP_M), axis=0)
    return np.asarray(fit + 0.02 * np.sqrt(np.prod(high - low, axis=0)))


def _side_distance(points: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return (N,) distances of (N, 2) points to the nearest side of a rectangle."""
    return np.asarray(np.abs(np.stack([points - low, points - high])).min(axis=(0, 2)))


def _settled_sides(
    everything: np.ndarray, rim: np.ndarray, yaw: float, pixel_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Place each side at the median of the rim's points near it: extremes only are biased."""
    turned, near = in_axes(everything, yaw), in_axes(rim, yaw)
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


def _with_hidden_slope(
    side: VisibleSide, yaw: float, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mirror a roof about its ridge where the slope behind the ridge is out of sight.

    The ridge must be narrow and off the middle, away from the camera, and the camera must not
    look past what is added.
    """
    top = float(np.quantile(side.points_m[:, 2], 0.99))
    band = max(0.06 * (top - side.support_m), 0.002 + side.noise_m)
    ridge = in_axes(side.points_m[side.points_m[:, 2] > top - band, :2], yaw)
    away = in_axes(side.away[None], yaw)[0]
    low, high = low.copy(), high.copy()
    for axis in (0, 1):
        size = float(high[axis] - low[axis])
        middle = float(np.median(ridge[:, axis]))
        forward = away[axis] > 0.0
        behind = float(high[axis] - middle if forward else middle - low[axis])
        if abs(away[axis]) < 0.5 or np.ptp(ridge[:, axis]) > 0.45 * size or behind > 0.38 * size:
            continue
        mirrored = 2.0 * middle - float(low[axis] if forward else high[axis])
        added = 0.5 * (low + high)
        added[axis] = 0.5 * (mirrored + (high[axis] if forward else low[axis]))
        height = side.support_m + 0.3 * (top - side.support_m)
        point = np.append(in_axes(added[None], -yaw)[0], height)
        if not side.seen_past(point[None])[0]:
            (high if forward else low)[axis] = mirrored
    return low, high


def top_footprint(side: VisibleSide) -> Footprint | None:
    """Return the rectangle of a large level top, which what sticks out lower down does not blur."""
    level = side.normals[:, 2] > 0.95
    top = side.points_m[level & (side.points_m[:, 2] > side.points_m[:, 2].max() - 0.004), :2]
    if len(top) < 0.3 * len(side.points_m):
        return None
    (x, y), size, degrees = cv2.minAreaRect(top.astype(np.float32))
    area, whole = hull_area(top), hull_area(side.points_m[:, :2])
    if area < 0.85 * size[0] * size[1] or area < 0.6 * whole:
        return None
    # The outermost pixels' centres lie half a pixel inside.
    grown = np.array(size) + side.pixel_m
    return Footprint(np.array([x, y]), float(np.deg2rad(degrees)), grown, CLIP_M)


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
    return Footprint(np.array([x, y]), float(np.deg2rad(degrees)), np.array(size), CLIP_M)
