"""Where things can stand: oriented rectangles that keep a distance from each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
        along = np.array([np.cos(self.yaw_rad), np.sin(self.yaw_rad)])
        across = np.array([-along[1], along[0]])
        half = 0.5 * self.length_m * along, 0.5 * self.width_m * across
        center = np.array([self.x_m, self.y_m])
        return np.stack([center + a * half[0] + b * half[1]
                         for a, b in ((1, 1), (-1, 1), (-1, -1), (1, -1))])


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
    for _ in range(tries):
        candidate = Footprint(
            float(rng.uniform(region.x_min_m, region.x_max_m)),
            float(rng.uniform(region.y_min_m, region.y_max_m)),
            float(rng.uniform(*yaws_rad)),
            length_m,
            width_m,
        )
        if region.contains(candidate, overhang_m=0.02) and all(
            gap_m(candidate, other) >= spacing_m for other in taken
        ):
            return candidate
    return None
