"""Scenes to ask about: the tabletop suite's, some with held-out pairs or something put away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vla_ros.errors import ConfigError, SimulationError
from vla_ros.evaluation.arrangement import fits_inside, fits_on
from vla_ros.evaluation.language.scenes import described_truths
from vla_ros.evaluation.staging import scene_options
from vla_ros.evaluation.suites import Episode, TaskSpec
from vla_ros.sim.held_out import HELD_OUT_PAIRS
from vla_ros.sim.objects import kind_named
from vla_ros.sim.scene_description import Scene, SceneObject, SceneOptions
from vla_ros.sim.scenes import sample_scene

MOST_SCENES = 40
_GUESTS = ("cube", "cylinder", "brick", "apple", "pear", "lemon", "sponge", "tape", "cup", "can")
_HOSTS = ("bowl", "basket", "plate", "tray", "box", "book")
_DROP_M = 0.004
_OFF_CENTER = 0.25


def draw_scene(episode: Episode, spec: TaskSpec) -> Scene:
    """Return the scene of an episode: the same for the same episode.

    Families: "plain" for what the suite's options say, "held_out" with a pair that the default
    detector was never shown, "put_away" with one thing in or on another, and its like beside.

    Raises:
        ConfigError: There is no such family, or no such option.
        SimulationError: The options leave no room.
    """
    rng = np.random.default_rng([episode.seed, 0])
    options = scene_options(spec)
    if spec.family == "plain":
        return sample_scene(_seed(rng), options)
    if spec.family == "held_out":
        return sample_scene(_seed(rng), replace(options, forced_pairs=HELD_OUT_PAIRS))
    if spec.family != "put_away":
        raise ConfigError(
            f"task '{spec.name}' is of family '{spec.family}'; grounding has plain, held_out and "
            "put_away"
        )
    for _ in range(MOST_SCENES):
        scene = _put_away(rng, options)
        if scene is not None:
            return scene
    raise SimulationError(f"none of {MOST_SCENES} scenes of seed {episode.seed} has room")


def _put_away(rng: np.random.Generator, options: SceneOptions) -> Scene | None:
    """Return a scene in which one of two alike things is in or on a third, None if too big."""
    guest, host = str(rng.choice(_GUESTS)), str(rng.choice(_HOSTS))
    colors = kind_named(guest).colors
    if len(colors) < 2:
        return None
    first, second = (colors[index] for index in rng.permutation(len(colors))[:2])
    required = ((guest, first), (guest, second), (host, ""))
    scene = sample_scene(_seed(rng), replace(options, required=required))
    truths = described_truths(scene)
    (place,) = (thing for thing in scene.objects if thing.kind == host)
    thing = next(t for t in scene.objects if (t.kind, t.color) == (guest, first))
    fits = fits_inside if host in ("bowl", "basket") else fits_on
    if not fits(truths[thing.name], truths[place.name]):
        return None
    put = _put(thing, place, rng)
    objects = tuple(put if other is thing else other for other in scene.objects)
    return replace(scene, objects=objects)


def _put(thing: SceneObject, place: SceneObject, rng: np.random.Generator) -> SceneObject:
    """Return a thing just above where it will rest, near the middle of its place."""
    x, y, z = place.position_m
    cavity = kind_named(place.kind).cavity
    slack = max(min(place.size_m[:2]) - float(np.hypot(*thing.size_m[:2])), 0.0)
    off = rng.uniform(-1.0, 1.0, 2) * _OFF_CENTER * slack
    floor = 0.5 * place.size_m[2] if cavity is None else cavity(place.size_m).floor_m
    height = z + floor + 0.5 * thing.size_m[2] + _DROP_M
    spot = (x + float(off[0]), y + float(off[1]), height)
    return replace(thing, position_m=spot, yaw_rad=float(rng.uniform(-np.pi, np.pi)))


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))
