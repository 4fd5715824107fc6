"""One scene, many instructions: each changes one word that must change what happens.

A robot that follows pictures rather than words passes the first and fails the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from vla_ros.evaluation.case import Truths
from vla_ros.evaluation.language.scenes import Cast
from vla_ros.evaluation.wording import WRAPPERS, templates
from vla_ros.types import Relation, Skill, Task

NONSENSE = (
    "dance with the {0}",
    "pick up the",
    "put the {0} in",
    "paint the {0}",
    "the {0} please",
    "don't pick up the {0}",
    "pick up the {0} if you feel like dancing",
    "flurb the {0} into the wug",
    "put the {0} above the moon",
    "colorless green ideas sleep furiously",
)
_SIDES = (Relation.LEFT_OF, Relation.RIGHT_OF, Relation.IN_FRONT_OF, Relation.BEHIND)


class Right(Enum):
    """What is right to do with an instruction."""

    ACT = "act"
    REFUSE = "refuse"
    ASK = "ask back"


@dataclass(frozen=True, slots=True)
class Variant:
    """An instruction and what is right to do with it.

    Attributes:
        kind: What was changed ("color"); "base" for nothing.
        instruction: What is said.
        right: What is right.
        task: With ACT: what must be understood.
        thing: With ACT: name of the object to act on.
        place: With ACT: name of the object that is the place, or "".
    """

    kind: str
    instruction: str
    right: Right
    task: Task | None = None
    thing: str = ""
    place: str = ""


def draw_variants(
    family: str, cast: Cast, truths: Truths, rng: np.random.Generator
) -> tuple[Variant, ...]:
    """Return the instructions of a scene, the base first.

    Args:
        family: Name of the base's family: put_in, put_on, place, pick or push.
        cast: Which objects play which part.
        truths: Ground truth by name.
        rng: Decides wording and what is absent.
    """
    return tuple(_Script(family, cast, truths, rng).variants())


@dataclass(frozen=True, slots=True)
class _Script:
    family: str
    cast: Cast
    truths: Truths
    rng: np.random.Generator

    def variants(self) -> Iterator[Variant]:
        cast = self.cast
        relation = self._relation()
        base = self._task(cast.thing, cast.place, relation)
        said = self._plain(base)
        yield self._act("base", base, cast.thing, cast.place, said)
        yield self._act("paraphrase", base, cast.thing, cast.place, self._worded(base, said))
        for kind, thing in (("color", cast.other_color), ("noun", cast.other_noun)):
            task = self._task(thing, cast.place, relation)
            yield self._act(kind, task, thing, cast.place, self._plain(task))
        if self._has_place:
            task = self._task(cast.thing, cast.other_place, relation)
            yield self._act("destination", task, cast.thing, cast.other_place, self._plain(task))
        if relation is not None:
            other = self._other_relation(relation)
            yield self._act("relation", other, cast.thing, cast.place, self._plain(other))
        verb = Task(Skill.POINT_AT, self._phrase(cast.thing))
        yield self._act("verb", verb, cast.thing, "", self._plain(verb))
        yield from self._wrong(base)

    def _wrong(self, base: Task) -> Iterator[Variant]:
        """Yield what cannot be done, or may mean several things."""
        for kind, phrase in (
            ("absent_color", self.cast.absent_color),
            ("absent_noun", self.cast.absent_noun),
        ):
            said = self._plain(replace(base, object=phrase))
            yield Variant(kind, said, Right.REFUSE)
        if self._has_place:
            said = self._plain(replace(base, destination=self.cast.absent_place))
            yield Variant("absent_destination", said, Right.REFUSE)
        said = self._plain(replace(base, object=self.cast.shared))
        yield Variant("ambiguous", said, Right.ASK)
        said = self._one(NONSENSE).format(self._phrase(self.cast.thing))
        yield Variant("nonsense", said, Right.REFUSE)

    @property
    def _has_place(self) -> bool:
        return self.family in ("put_in", "put_on", "place")

    def _relation(self) -> Relation | None:
        if self.family == "put_in":
            return Relation.IN
        if self.family == "put_on":
            return Relation.ON
        if self.family == "pick":
            return None
        return _SIDES[int(self.rng.integers(len(_SIDES)))]

    def _task(self, thing: str, place: str, relation: Relation | None) -> Task:
        phrase, where = self._phrase(thing), self._phrase(place)
        if self.family == "pick":
            return Task(Skill.PICK, phrase)
        if self.family == "push":
            return Task(Skill.PUSH, phrase, None, relation)
        skills = {"put_in": Skill.PUT_IN, "put_on": Skill.PUT_ON, "place": Skill.PLACE}
        return Task(skills[self.family], phrase, where, relation)

    def _other_relation(self, relation: Relation) -> Task:
        others = [side for side in _SIDES if side is not relation]
        side = others[int(self.rng.integers(len(others)))]
        thing, place = self._phrase(self.cast.thing), self._phrase(self.cast.place)
        if self.family == "push":
            return Task(Skill.PUSH, thing, None, side)
        return Task(Skill.PLACE, thing, place, side)

    def _phrase(self, name: str) -> str:
        return self.cast.phrases[name]

    def _act(self, kind: str, task: Task, thing: str, place: str, said: str) -> Variant:
        named = place if task.destination is not None else ""
        return Variant(kind, said, Right.ACT, task, thing, named)

    def _plain(self, task: Task) -> str:
        return _filled(self._one(_one_step(task)), task)

    def _worded(self, task: Task, said: str) -> str:
        """Return another wording of a task than one that was said, with politeness."""
        others = [_filled(template, task) for template in _one_step(task)]
        others = [other for other in others if other != said]
        polite = [wrapper for wrapper in WRAPPERS if wrapper != "{}"]
        return self._one(polite).format(self._one(others))

    def _one(self, options: Sequence[str]) -> str:
        return options[int(self.rng.integers(len(options)))]


def _one_step(task: Task) -> Sequence[str]:
    """Return the wordings that say a task in one step: only the first one is decided."""
    return [template for template in templates(task) if " and " not in template]


def _filled(template: str, task: Task) -> str:
    return template.format(object=task.object, destination=task.destination)
