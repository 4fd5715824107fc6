"""Draws scenes from seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vla_ros.errors import SimulationError
from vla_ros.sim.objects import kind_named
from vla_ros.sim.picking import dressed, numbered, pick_kinds
from vla_ros.sim.placement import Footprint, find_place
from vla_ros.sim.scene_description import ColorNoun, Scene, SceneObject, SceneOptions
from vla_ros.sim.surroundings import sample_surroundings

__all__ = [
    "ColorNoun",
    "Scene",
    "SceneObject",
    "SceneOptions",
    "arrange",
    "dressed",
    "sample_scene",
]


def sample_scene(seed: int, options: SceneOptions | None = None) -> Scene:
    """Return the scene of a seed; the same seed and options give the same scene.

    Raises:
        SimulationError: The options leave no room or nothing to choose from.
    """
    options = options or SceneOptions()
    rng = np.random.default_rng(seed)
    surroundings = sample_surroundings(rng, options.randomization)
    for _ in range(options.tries):
        picks = pick_kinds(rng, options)
        things = [dressed(kind, color, rng, options.randomization) for kind, color in picks]
        objects = arrange(rng, numbered(things), options)
        if objects is not None:
            return Scene(seed, objects, surroundings)
    raise SimulationError(
        f"seed {seed}: no arrangement in {options.tries} tries; ask for fewer objects than "
        f"{options.count}, less spacing than {options.spacing_m} m or a larger region"
    )


def arrange(
    rng: np.random.Generator, things: list[SceneObject], options: SceneOptions
) -> tuple[SceneObject, ...] | None:
    """Return them placed on the table, the largest first, or None where one finds no room."""
    placed: list[SceneObject] = []
    taken: list[Footprint] = []
    for thing in sorted(things, key=lambda o: (not kind_named(o.kind).fixed, -_area_m2(o))):
        put = _put(rng, thing, taken, options)
        if put is None:
            return None
        placed.append(put)
        taken.append(_claimed(put))
    return tuple(placed)


def _area_m2(thing: SceneObject) -> float:
    return thing.size_m[0] * thing.size_m[1]


def _put(
    rng: np.random.Generator, thing: SceneObject, taken: list[Footprint], options: SceneOptions
) -> SceneObject | None:
    length, width, height = thing.size_m
    if kind_named(thing.kind).fixed:
        place = _chest_place(rng, length, width)
    else:
        found = find_place(rng, length, width, options.region, taken, options.spacing_m)
        if found is None:
            return None
        place = found
    return replace(thing, position_m=(place.x_m, place.y_m, height / 2.0), yaw_rad=place.yaw_rad)


def _chest_place(rng: np.random.Generator, length: float, width: float) -> Footprint:
    """Return a place near the robot at its left or right; the drawer faces away from the robot."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    return Footprint(
        float(rng.uniform(0.36, 0.40)),
        float(side * rng.uniform(0.20, 0.24)),
        float(-0.2 * side + rng.uniform(-0.15, 0.15)),
        length,
        width,
    )


def _claimed(thing: SceneObject) -> Footprint:
    """Return the footprint an object needs, a drawer's travel in front of its chest included."""
    place = thing.footprint
    if not kind_named(thing.kind).fixed:
        return place
    travel = 0.16
    forward = np.array([np.cos(place.yaw_rad), np.sin(place.yaw_rad)]) * travel / 2.0
    return Footprint(
        place.x_m + float(forward[0]),
        place.y_m + float(forward[1]),
        place.yaw_rad,
        place.length_m + travel,
        place.width_m,
    )
