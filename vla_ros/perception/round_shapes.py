"""Solids of revolution fitted to the side of them that is seen."""

from __future__ import annotations

import numpy as np

from vla_ros.perception.circles import FIT_TURNS, fit_circles
from vla_ros.perception.visible_side import (
    CLIP_M,
    FLAT_NZ,
    Footprint,
    VisibleSide,
    in_axes,
    residual_of,
    thinned,
)

_MOST_POINTS = 800
_ROUGH_TURNS = 3
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
    rim = thinned(rim, _MOST_POINTS)
    if not len(rim):
        return None
    thickness = max(0.003, 0.5 * side.pixel_m)
    layer = np.floor((rim[:, 2] - side.support_m) / thickness).astype(int)
    fits = fit_circles(rim[None, :, :2], layer[None], fewest=3)
    if not fits.found[0]:
        return None
    used, center = fits.used[0], fits.centers[0]
    if _covered_turn(rim[used, :2] - center) < _LEAST_TURN:
        return None
    residual = float(np.mean(np.minimum(fits.apart[0, used], CLIP_M)))
    return Footprint(center, 0.0, np.full(2, 2.0 * float(fits.largest[0])), residual)


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
    best = min(_lying_fits(side, yaws, _ROUGH_TURNS), key=residual_of, default=None)
    if best is None:
        return None
    finer = best.yaw_rad + np.deg2rad([-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0])
    return min(_lying_fits(side, finer), key=residual_of, default=None)


def _lying_fits(side: VisibleSide, yaws: np.ndarray, turns: int = FIT_TURNS) -> list[Footprint]:
    """Fit a level axis along each yaw: for each slice across it a circle about the same line."""
    points = thinned(side.points_m, _MOST_POINTS)
    directions = np.stack([np.cos(yaws), np.sin(yaws)], axis=1)
    along = directions @ points[:, :2].T
    across = directions @ np.stack([points[:, 1], -points[:, 0]])
    thickness = max(0.004, 1.5 * side.pixel_m)
    slices = np.floor((along - along.min(axis=1, keepdims=True)) / thickness).astype(int)
    sections = np.stack([across, np.broadcast_to(points[:, 2], across.shape)], axis=-1)
    fits = fit_circles(sections, slices, fewest=4, turns=turns)
    everything = np.concatenate([side.points_m, side.outline_m])[:, :2]
    found = []
    for index in np.flatnonzero(fits.found):
        radius = float(fits.largest[index])
        reach = everything @ directions[index]
        length, width = float(np.ptp(reach)), float(np.ptp(across[index]))
        if not 0.4 * width < radius < 0.75 * width or length < 1.8 * radius:
            continue
        middle = np.array([0.5 * (reach.min() + reach.max()), fits.centers[index, 0]])
        apart = fits.apart[index, fits.used[index]]
        residual = float(np.mean(np.minimum(apart, CLIP_M)))
        yaw, size = float(yaws[index]), np.array([length, 2.0 * radius])
        found.append(Footprint(in_axes(middle[None], -yaw)[0], yaw, size, residual))
    return found
