"""What a kind of object is: its words, its sizes, how it is taken and what fits inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vla_ros.sim.materials import COLORS
from vla_ros.sim.parts import Parts

Size = tuple[float, float, float]

ANY_COLOR: tuple[str, ...] = tuple(COLORS)
MAX_GRASP_WIDTH_M = 0.07


@dataclass(frozen=True, slots=True)
class Cavity:
    """The inside of a container, in its body's frame.

    Attributes:
        center_m: (x, y) of its axis [m].
        radius_m: Radius of the largest upright cylinder that fits inside at mid height [m].
        floor_m: z of its floor [m].
        rim_m: z of its rim [m].
    """

    center_m: tuple[float, float]
    radius_m: float
    floor_m: float
    rim_m: float


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object.

    Attributes:
        name: Unique name.
        nouns: What people call it, the plainest first.
        build: Adds its shapes; is given the parts and the size.
        small_m: Bounding box of the smallest [m], full sides, x along the longer horizontal one.
        large_m: Bounding box of the largest [m].
        mass_kg: Mass of one of mean size [kg].
        colors: Colour words it comes in.
        materials: Materials it comes in.
        categories: Words for families it belongs to ("fruit", "tool").
        grasp_width_m: Gap between the fingers that grasp it from above, given the size; None where
            it is too wide.
        cavity: Its inside, given the size; None where nothing fits inside.
        holds_on_top: Whether other things can stand on it.
        rolls: Whether it can roll away.
        fixed: Whether it is screwed to the table.
        color_goes_without_saying: Whether people would leave the colour out ("banana").
        weight: How often it is chosen, relative to others.
    """

    name: str
    nouns: tuple[str, ...]
    build: Callable[[Parts, Size], None]
    small_m: Size
    large_m: Size
    mass_kg: float
    colors: tuple[str, ...] = ANY_COLOR
    materials: tuple[str, ...] = ("plastic",)
    categories: tuple[str, ...] = ()
    grasp_width_m: Callable[[Size], float] | None = None
    cavity: Callable[[Size], Cavity] | None = None
    holds_on_top: bool = False
    rolls: bool = False
    fixed: bool = False
    color_goes_without_saying: bool = False
    weight: float = 1.0

    @property
    def graspable(self) -> bool:
        """Whether a parallel gripper can take it from above."""
        return self.grasp_width_m is not None

    @property
    def container(self) -> bool:
        """Whether things can be put inside."""
        return self.cavity is not None

    def size_at(self, fraction: float) -> Size:
        """Return the size between the smallest (0) and the largest (1)."""
        x, y, z = (
            low + fraction * (high - low)
            for low, high in zip(self.small_m, self.large_m, strict=True)
        )
        return x, y, z

    def mass_of(self, size_m: Size) -> float:
        """Return the mass [kg] of one of this size, at equal density."""
        return float(self.mass_kg * np.prod(size_m) / np.prod(self.size_at(0.5)))


def narrow_side(size_m: Size) -> float:
    """Return the narrower horizontal side, the gap a grasp across it needs [m]."""
    return min(size_m[0], size_m[1])
