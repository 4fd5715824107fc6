"""Natural instructions for a scene, each with what it means by ground truth.

A case is drawn for a task family from the truth of a scene and a seeded generator. It is
unambiguous: every phrase means one object, and relations hold or fail beyond doubt. Where a scene
offers nothing for a family there is no case, and the caller draws the next scene.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vla_ros.errors import ConfigError, TerminationReason
from vla_ros.evaluation import arrangement
from vla_ros.evaluation.arrangement import SIDES, Truths
from vla_ros.evaluation.case import Case
from vla_ros.evaluation.naming import shared_phrases, unique_phrases
from vla_ros.evaluation.referring import references
from vla_ros.evaluation.wording import WRAPPERS, templates
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.materials import COLORS
from vla_ros.sim.objects import CATALOGUE
from vla_ros.sim.predicates import direction
from vla_ros.types import Relation, Skill, Task

_PLAIN_ODDS = 0.35
_RELATION_ODDS = 0.6
_NONSENSE = (
    "dance with the {0}",
    "pick up the",
    "put the {0} in",
    "put the {0}",
    "paint the {0}",
    "the {0} please",
    "don't pick up the {0}",
    "pick up the {0} if you feel like dancing",
    "flurb the {0} into the wug",
    "put the {0} above the moon",
)


@dataclass(frozen=True, slots=True)
class _Draw:
    """A scene with the dice."""

    truths: Truths
    rng: np.random.Generator
    viewer_yaw_rad: float

    def one(self, options: Sequence[str]) -> str:
        return options[int(self.rng.integers(len(options)))]

    def shuffled(self, names: Sequence[str]) -> list[str]:
        return [names[i] for i in self.rng.permutation(len(names))]

    def phrase(self, name: str) -> str:
        """Return a phrase that means this object alone, or "" where there is none."""
        phrases = unique_phrases(name, self.truths)
        if not phrases:
            return ""
        return phrases[0] if self.rng.random() < _PLAIN_ODDS else self.one(phrases)

    def named(self, wanted: Callable[[ObjectTruth], bool]) -> list[tuple[str, str]]:
        """Return the wanted objects that have a phrase of their own, in random order."""
        names = [name for name, thing in self.truths.items() if wanted(thing)]
        pairs = [(name, self.phrase(name)) for name in self.shuffled(names)]
        return [(name, phrase) for name, phrase in pairs if phrase]

    def sides(self) -> list[Relation]:
        return [SIDES[i] for i in self.rng.permutation(len(SIDES))]

    def is_elsewhere(self, thing: ObjectTruth, relation: Relation, anchor: ObjectTruth) -> bool:
        return arrangement.holds(relation, thing, anchor, self.viewer_yaw_rad) is False

    def case(
        self, family: str, task: Task, objects: Sequence[str], places: Sequence[str] = ()
    ) -> Case:
        """Return the case of a task, in one of the wordings for it."""
        wording = self.one(templates(task))
        said = wording.format(object=task.object, destination=task.destination)
        wrapped = self.one(WRAPPERS).format(said)
        task = _as_parsed(task)
        meanings: dict[str, tuple[str, ...]] = {}
        for phrase, names in ((task.object, objects), (task.destination, places)):
            if phrase is not None:
                meanings[phrase] = tuple(names)
        return Case(
            family, wrapped, task, tuple(objects), tuple(places),
            viewer_yaw_rad=self.viewer_yaw_rad, meanings=meanings,
        )  # fmt: skip


def _as_parsed(task: Task) -> Task:
    """Return a task in the one spelling that parsed tasks have."""
    thing, place = (p.replace("grey", "gray") if p else p for p in (task.object, task.destination))
    return replace(task, object=thing, destination=place)


def draw_case(
    family: str, truths: Truths, rng: np.random.Generator, viewer_yaw_rad: float
) -> Case | None:
    """Return a case of a family, or None where the scene offers none.

    Args:
        family: One of FAMILIES.
        truths: Ground truth of the scene by name.
        rng: Decides which case and how it is worded.
        viewer_yaw_rad: Where the viewer looks.

    Raises:
        ConfigError: The family is unknown.
    """
    if family not in FAMILIES:
        raise ConfigError(f"no task family '{family}'; there are {sorted(FAMILIES)}")
    return FAMILIES[family](_Draw(truths, rng, viewer_yaw_rad))


def _pick(draw: _Draw) -> Case | None:
    for name, phrase in draw.named(arrangement.graspable):
        return draw.case("pick", Task(Skill.PICK, phrase), [name])
    return None


def _point_at(draw: _Draw) -> Case | None:
    for name, phrase in draw.named(lambda thing: True):
        return draw.case("point_at", Task(Skill.POINT_AT, phrase), [name])
    return None


def _home(draw: _Draw) -> Case | None:
    return draw.case("home", Task(Skill.HOME), [])


def _put(
    family: str,
    skill: Skill,
    relation: Relation,
    fits: Callable[[ObjectTruth, ObjectTruth], bool],
) -> Callable[[_Draw], Case | None]:
    """Return the maker of a family that puts one thing in or on another that it fits."""

    def make(draw: _Draw) -> Case | None:
        places = draw.named(lambda thing: True)
        for name, phrase in draw.named(arrangement.graspable):
            for place, place_phrase in places:
                if name != place and fits(draw.truths[name], draw.truths[place]):
                    task = Task(skill, phrase, place_phrase, relation)
                    return draw.case(family, task, [name], [place])
        return None

    return make


def _place_next_to(draw: _Draw) -> Case | None:
    directions = [direction(side, draw.viewer_yaw_rad) for side in SIDES]
    places = draw.named(arrangement.movable)
    for name, phrase in draw.named(_can_be_placed):
        for place, place_phrase in places:
            thing, anchor = draw.truths[name], draw.truths[place]
            if name == place or not draw.is_elsewhere(thing, Relation.NEXT_TO, anchor):
                continue
            free = [arrangement.free_beside(thing, anchor, d, draw.truths) for d in directions]
            if any(free):
                task = Task(Skill.PLACE, phrase, place_phrase, Relation.NEXT_TO)
                return draw.case("place_next_to", task, [name], [place])
    return None


def _place_beside(draw: _Draw) -> Case | None:
    places = draw.named(arrangement.movable)
    for name, phrase in draw.named(_can_be_placed):
        for place, place_phrase in places:
            for side in draw.sides():
                thing, anchor = draw.truths[name], draw.truths[place]
                if name == place or not draw.is_elsewhere(thing, side, anchor):
                    continue
                toward = direction(side, draw.viewer_yaw_rad)
                if arrangement.free_beside(thing, anchor, toward, draw.truths):
                    task = Task(Skill.PLACE, phrase, place_phrase, side)
                    return draw.case("place_beside", task, [name], [place])
    return None


def _can_be_placed(thing: ObjectTruth) -> bool:
    return arrangement.graspable(thing) and arrangement.stays_put(thing)


def _push(draw: _Draw) -> Case | None:
    for name, phrase in draw.named(_can_be_placed):
        for side in draw.sides():
            toward = direction(side, draw.viewer_yaw_rad)
            if arrangement.can_slide(draw.truths[name], toward, draw.truths):
                return draw.case("push", Task(Skill.PUSH, phrase, None, side), [name])
    return None


def _referring(draw: _Draw) -> Case | None:
    """Tell one of several like things apart, to pick it or to put it in a container."""
    found = [
        reference
        for reference in references(draw.truths, draw.viewer_yaw_rad)
        if arrangement.graspable(draw.truths[reference.name])
    ]
    if not found:
        return None
    related = [reference for reference in found if reference.explicit != reference.phrase]
    if related and draw.rng.random() < _RELATION_ODDS:
        found = related
    reference = found[int(draw.rng.integers(len(found)))]
    thing = draw.truths[reference.name]
    for place, place_phrase in draw.named(lambda other: arrangement.fits_inside(thing, other)):
        if draw.rng.random() < 0.5 and place != reference.name:
            said = Task(Skill.PUT_IN, reference.explicit, place_phrase, Relation.IN)
            case = draw.case("referring", said, [reference.name], [place])
            return _renamed(case, reference.explicit, reference.phrase)
    return draw.case("referring", Task(Skill.PICK, reference.phrase), [reference.name])


def _renamed(case: Case, said: str, parsed: str) -> Case:
    """Return a case whose task has a phrase as the parser gives it rather than as it was said."""
    task = case.task
    assert task is not None
    said, parsed = said.replace("grey", "gray"), parsed.replace("grey", "gray")
    meanings = {parsed if p == said else p: names for p, names in case.meanings.items()}
    return replace(case, task=replace(task, object=parsed), meanings=meanings)


def _absent(draw: _Draw) -> Case | None:
    """Ask for something that is not there, of a colour or a kind that is."""
    present = {phrase for thing in draw.truths.values() for phrase in thing.phrases}
    nouns = [kind.nouns[0] for kind in CATALOGUE.values() if kind.graspable]
    for noun in draw.shuffled(nouns):
        phrase = f"{draw.one(sorted(COLORS))} {noun}"
        if not any(p.endswith(noun) for p in present):
            return _to_fail(draw, "absent", Task(Skill.PICK, phrase), TerminationReason.NOT_FOUND)
    return None


def _ambiguous(draw: _Draw) -> Case | None:
    """Name several things by a phrase for one."""
    shared = shared_phrases(draw.truths)
    for phrase in draw.shuffled(sorted(shared)):
        if arrangement.graspable(draw.truths[shared[phrase][0]]):
            task = Task(Skill.PICK, phrase)
            return _to_fail(draw, "ambiguous", task, TerminationReason.AMBIGUOUS)
    return None


def _to_fail(draw: _Draw, family: str, task: Task, expected: TerminationReason) -> Case:
    return replace(draw.case(family, task, []), expected=expected, meanings={})


def _nonsense(draw: _Draw) -> Case | None:
    """Say what no robot should act on, about something that is there."""
    thing = draw.truths[draw.one(sorted(draw.truths))]
    said = draw.one(_NONSENSE).format(thing.phrases[0])
    return Case(
        "nonsense", said, None,
        expected=TerminationReason.REFUSED, viewer_yaw_rad=draw.viewer_yaw_rad,
    )  # fmt: skip


FAMILIES: Mapping[str, Callable[[_Draw], Case | None]] = {
    "pick": _pick,
    "put_in": _put("put_in", Skill.PUT_IN, Relation.IN, arrangement.fits_inside),
    "put_on": _put("put_on", Skill.PUT_ON, Relation.ON, arrangement.fits_on),
    "place_next_to": _place_next_to,
    "place_beside": _place_beside,
    "stack": _put("stack", Skill.STACK, Relation.ON, arrangement.stacks_on),
    "push": _push,
    "referring": _referring,
    "point_at": _point_at,
    "home": _home,
    "absent": _absent,
    "ambiguous": _ambiguous,
    "nonsense": _nonsense,
}
"""The task families, each with what draws its cases."""
