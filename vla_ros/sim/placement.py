"""Where things can stand: oriented rectangles that keep a distance from each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

_UNIT_CORNERS = 0.5 * np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])


@dataclass(frozen=True, slots=True)
class Footprint:
    """An oriented rectangle on the table.

    Attributes:
        x_m: Centre [m].
        y_m: Centre [m].
        yaw_rad: Direction of its length.
        length_m: Full side along that direction.
        width_m: Full side across it.
    """

    x_m: float
    y_m: float
    yaw_rad: float
    length_m: float
    width_m: float

    def corners_m(self) -> np.ndarray:
        """Return its (4, 2) corners [m], counter-clockwise."""
        c, s = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        corners = _UNIT_CORNERS * (self.length_m, self.width_m)
        return np.asarray(corners @ np.array([[c, s], [-s, c]]) + (self.x_m, self.y_m))


@dataclass(frozen=True, slots=True)
class Region:
    """An axis-parallel rectangle of the table in the base frame [m]."""

    x_min_m: float = 0.30
    x_max_m: float = 0.66
    y_min_m: float = -0.30
    y_max_m: float = 0.30

    def contains(self, footprint: Footprint, overhang_m: float = 0.0) -> bool:
        """Return whether a footprint lies within it, give or take the overhang."""
        corners = footprint.corners_m()
        low = np.array([self.x_min_m, self.y_min_m]) - overhang_m
        high = np.array([self.x_max_m, self.y_max_m]) + overhang_m
        return bool(np.all(corners >= low) and np.all(corners <= high))


def gap_m(first: Footprint, second: Footprint) -> float:
    """Return the widest gap along any side's normal; negative where they overlap.

    It never exceeds the true distance, so a gap that is wide enough is one in truth.
    """
    a, b = first.corners_m(), second.corners_m()
    widest = -np.inf
    for yaw in (first.yaw_rad, second.yaw_rad):
        for axis in ((np.cos(yaw), np.sin(yaw)), (-np.sin(yaw), np.cos(yaw))):
            p, q = a @ np.asarray(axis), b @ np.asarray(axis)
            widest = max(widest, q.min() - p.max(), p.min() - q.max())
    return float(widest)


def find_place(
    rng: np.random.Generator,
    length_m: float,
    width_m: float,
    region: Region,
    taken: list[Footprint],
    spacing_m: float,
    yaws_rad: tuple[float, float] = (-np.pi, np.pi),
    tries: int = 200,
) -> Footprint | None:
    """Return a random footprint within the region that keeps its distance, or None.

    Args:
        rng: Decides.
        length_m: Side along its yaw [m].
        width_m: Side across [m].
        region: Where it must lie.
        taken: What it must keep away from.
        spacing_m: How far [m].
        yaws_rad: Range of its yaw.
        tries: How many random places are tried.
    """
    own_reach = 0.5 * math.hypot(length_m, width_m)
    for _ in range(tries):
        x = float(rng.uniform(region.x_min_m, region.x_max_m))
        y = float(rng.uniform(region.y_min_m, region.y_max_m))
        candidate = Footprint(x, y, float(rng.uniform(*yaws_rad)), length_m, width_m)
        near = [other for other in taken if _may_touch(candidate, other, own_reach + spacing_m)]
        if any(_center_within(candidate, other) for other in near):
            continue
        if region.contains(candidate, overhang_m=0.02) and all(
            gap_m(candidate, other) >= spacing_m for other in near
        ):
            return candidate
    return None


def _may_touch(first: Footprint, second: Footprint, reach_m: float) -> bool:
    """Return whether they are near enough for their shapes to matter."""
    apart = math.hypot(first.x_m - second.x_m, first.y_m - second.y_m)
    return apart < reach_m + 0.5 * math.hypot(second.length_m, second.width_m)


def _center_within(first: Footprint, second: Footprint) -> bool:
    """Return whether the first's centre is so near the second's that they surely overlap."""
    apart = math.hypot(first.x_m - second.x_m, first.y_m - second.y_m)
    return apart < 0.5 * (min(first.length_m, first.width_m) + min(second.length_m, second.width_m))
