"""Scenes in which one word decides: two things of a kind, two of a colour, two places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from vla_ros.errors import SimulationError
from vla_ros.evaluation.case import Truths
from vla_ros.evaluation.naming import names_meant, shared_phrases, unique_phrases
from vla_ros.geometry import pose
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.materials import COLORS
from vla_ros.sim.objects import kind_named
from vla_ros.sim.scene_description import Scene, SceneOptions
from vla_ros.sim.scenes import sample_scene

MOST_SCENES = 40
_THINGS = ("cube", "ball", "can", "bottle", "cup", "book", "sponge", "marker")
_HOLDERS = {"put_in": ("bowl", "basket"), "put_on": ("plate", "tray")}
_PLACES = ("bowl", "basket", "plate", "tray")
_NEVER_THERE = ("hammer", "banana", "spoon", "drawer", "wrench", "carrot")
# People differ on which of the two some shades are.
CONFUSED_COLORS = (
    frozenset({"blue", "cyan"}),
    frozenset({"blue", "purple"}),
    frozenset({"pink", "purple"}),
    frozenset({"pink", "red"}),
    frozenset({"red", "orange"}),
    frozenset({"orange", "yellow"}),
    frozenset({"orange", "brown"}),
    frozenset({"red", "brown"}),
    frozenset({"brown", "black"}),
    frozenset({"black", "gray"}),
    frozenset({"gray", "white"}),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Which objects of a scene play which part.

    Attributes:
        thing: What the base instruction is about.
        other_color: The same kind in another colour.
        other_noun: The same colour, another kind.
        place: Where the base instruction puts it.
        other_place: Another place.
        phrases: The phrase that means each of them alone, by name.
        shared: A phrase that means `thing` as well as `other_color`.
        absent_color: A phrase with the kind of `thing` in a colour that it does not have.
        absent_noun: A phrase of a kind that is not there, in the colour of `thing`.
        absent_place: A phrase of a place that is not there.
    """

    thing: str
    other_color: str
    other_noun: str
    place: str
    other_place: str
    phrases: Mapping[str, str]
    shared: str
    absent_color: str
    absent_noun: str
    absent_place: str


def stage_cast(seed: int, family: str) -> tuple[Cast, Scene]:
    """Draw the scene of a seed, and say who plays which part in it.

    Raises:
        SimulationError: No scene offers every part.
    """
    for attempt in range(MOST_SCENES):
        rng = np.random.default_rng([seed, attempt])
        wanted = _wanted(family, rng)
        options = SceneOptions(
            count=(5, 7), kinds=_kinds(), drawer_probability=0.0, required=wanted
        )
        scene = sample_scene(int(rng.integers(2**31)), options)
        cast = _cast(wanted, described_truths(scene), rng)
        if cast is not None:
            return cast, scene
    raise SimulationError(f"none of {MOST_SCENES} scenes of seed {seed} offers every part")


def described_truths(scene: Scene) -> dict[str, ObjectTruth]:
    """Return what is true of a scene as it is described, before anything has moved."""
    return {
        thing.name: ObjectTruth(
            thing.name,
            thing.kind,
            thing.color,
            thing.phrases,
            pose(np.array(thing.position_m), Rotation.from_euler("z", thing.yaw_rad)),
            np.array(thing.size_m),
        )
        for thing in scene.objects
    }


def _kinds() -> tuple[str, ...]:
    return (*_THINGS, *_PLACES)


def _wanted(family: str, rng: np.random.Generator) -> tuple[tuple[str, str], ...]:
    """Return (kind, colour) of the thing, its two rivals and the two places."""
    kind, other_kind = _two(_THINGS, rng)
    color, other_color = _two(_clear_colors(kind, other_kind), rng)
    while frozenset({color, other_color}) in CONFUSED_COLORS:
        color, other_color = _two(_clear_colors(kind, other_kind), rng)
    place, other_place = _two(_HOLDERS.get(family, _PLACES), rng)
    return (
        (kind, color),
        (kind, other_color),
        (other_kind, color),
        (place, ""),
        (other_place, ""),
    )


def _clear_colors(*kinds: str) -> tuple[str, ...]:
    return tuple(
        color for color in sorted(COLORS) if all(color in kind_named(k).colors for k in kinds)
    )


def _two(options: Sequence[str], rng: np.random.Generator) -> tuple[str, str]:
    first, second = rng.permutation(len(options))[:2]
    return options[first], options[second]


def _cast(
    wanted: Sequence[tuple[str, str]], truths: Truths, rng: np.random.Generator
) -> Cast | None:
    names = [_name_of(kind, color, truths) for kind, color in wanted]
    if any(name is None for name in names):
        return None
    parts = [name for name in names if name is not None]
    own = {name: unique_phrases(name, truths) for name in parts}
    if not all(own.values()):
        return None
    phrases = {name: said[0] for name, said in own.items()}
    thing, other_color = parts[:2]
    shared = [
        p for p, meant in shared_phrases(truths).items() if {thing, other_color} <= set(meant)
    ]
    kind, color = wanted[0]
    absent_colors = [c for c in _clear_colors(kind) if _is_absent(f"{c} {kind}", c, kind, truths)]
    absent_kinds = [k for k in _NEVER_THERE if color in kind_named(k).colors]
    places = [place for place in _PLACES if all(t.kind != place for t in truths.values())]
    places = [place for place in places if not names_meant(place, truths)] or ["drawer"]
    if not (shared and absent_colors and absent_kinds):
        return None
    return Cast(
        thing=thing,
        other_color=other_color,
        other_noun=parts[2],
        place=parts[3],
        other_place=parts[4],
        phrases=phrases,
        shared=shared[0],
        absent_color=f"{_one(absent_colors, rng)} {kind}",
        absent_noun=f"{color} {_one(absent_kinds, rng)}",
        absent_place=_one(places, rng),
    )


def _name_of(kind: str, color: str, truths: Truths) -> str | None:
    found = [n for n, t in truths.items() if t.kind == kind and color in ("", t.color)]
    return found[0] if len(found) == 1 else None


def _is_absent(phrase: str, color: str, kind: str, truths: Truths) -> bool:
    """Whether a colour and kind are not there, beyond doubt about the colour."""
    near = [t.color for t in truths.values() if t.kind == kind]
    clear = all(color != c and frozenset({color, c}) not in CONFUSED_COLORS for c in near)
    return clear and not names_meant(phrase, truths)


def _one(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]
