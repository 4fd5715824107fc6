"""Solids of revolution fitted to the side of them that is seen."""

from __future__ import annotations

import numpy as np

from vla_ros.perception.visible_side import (
    CLIP_M,
    FLAT_NZ,
    Footprint,
    VisibleSide,
    in_axes,
    residual_of,
)

_HUBER_M = 0.0015
_LEAST_TURN = 0.4
_MOST_SEEN_PAST = 0.2


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
    residual = float(np.mean(np.minimum(np.abs(apart), CLIP_M)))
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
    turned = in_axes(beyond, yaw)
    low = np.minimum(turned.min(axis=0), -radius)
    high = np.maximum(turned.max(axis=0), radius)
    middle = in_axes(0.5 * (low + high)[None], -yaw)[0]
    return Footprint(body.center_m + middle, yaw, high - low, body.residual_m)


def lying_footprint(side: VisibleSide, seen: Footprint) -> Footprint | None:
    """Fit a solid of revolution about a level axis: lying bottles, lemons, handles.

    The direction is the one of a grid about which the surface is roundest; the axis must be
    longer than the body is wide, or the direction means nothing.
    """
    yaws = seen.yaw_rad + np.deg2rad(np.arange(0.0, 180.0, 10.0))
    fits = [_lying_fit(side, float(yaw)) for yaw in yaws]
    best = min((fit for fit in fits if fit is not None), key=residual_of, default=None)
    if best is None:
        return None
    finer = best.yaw_rad + np.deg2rad([-6.0, -4.0, -2.0, 2.0, 4.0, 6.0])
    fits = [_lying_fit(side, float(yaw)) for yaw in finer]
    return min((fit for fit in [*fits, best] if fit is not None), key=residual_of)


def _lying_fit(side: VisibleSide, yaw: float) -> Footprint | None:
    """Fit a level axis along a yaw: for each slice across it a circle about the same line."""
    everything = np.concatenate([side.points_m, side.outline_m])
    turned = in_axes(side.points_m[:, :2], yaw)
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
    along = in_axes(everything[:, :2], yaw)[:, 0]
    length, width = float(np.ptp(along)), float(np.ptp(turned[:, 1]))
    if not 0.4 * width < radius < 0.75 * width or length < 1.8 * radius:
        return None
    middle = np.array([0.5 * (along.min() + along.max()), center[0] + origin[0]])
    residual = float(np.mean(np.minimum(apart, CLIP_M)))
    size = np.array([length, 2.0 * radius])
    return Footprint(in_axes(middle[None], -yaw)[0], yaw, size, residual)
