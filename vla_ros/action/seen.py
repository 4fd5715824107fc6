"""A question and the look that should answer it; what a look has by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vla_ros.action.answer_wording import listed
from vla_ros.action.wording import counted, whereabouts
from vla_ros.params import PipelineParams
from vla_ros.types import Look, Query, Target, Task

_SAME_M = 0.03
_SAME_SIZE = 0.6


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question.

    Attributes:
        sentence: The answer, or why there is none.
        answered: Whether it is an answer.
        targets: What it is about.
    """

    sentence: str
    answered: bool = True
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A question and the look that should answer it."""

    task: Task
    query: Query
    look: Look
    params: PipelineParams
    viewer_yaw_rad: float

    @property
    def phrase(self) -> str:
        """What the question is about, or ""."""
        return self.task.object or ""

    @property
    def things(self) -> tuple[Target, ...]:
        """What that is, as seen."""
        return self.found(self.phrase)

    def found(self, phrase: str) -> tuple[Target, ...]:
        """Return what was seen for a phrase."""
        grounding = self.look.groundings.get(phrase)
        return grounding.targets if grounding is not None else ()

    def at(self, target: Target) -> str:
        """Return where a thing is on the table."""
        middle_m = np.asarray(self.params.table_middle_m)
        return whereabouts(target, self.viewer_yaw_rad, middle_m)

    def about_each(self, words: Callable[[Target], str]) -> Answer:
        """Say something of each thing that the question is about."""
        if len(self.things) == 1:
            return self.about(f"the {self.phrase} is {words(self.things[0])}")
        parts = listed([f"one {words(thing)}" for thing in self.things])
        return self.about(f"I see {counted(self.phrase, len(self.things))}: {parts}")

    def about(self, sentence: str, answered: bool = True) -> Answer:
        """Return an answer about the things in question."""
        return Answer(sentence, answered, self.things)


def distinct(targets: Sequence[Target]) -> list[Target]:
    """Return one target for each thing, under the name that fits it best."""
    kept: list[Target] = []
    for target in sorted(targets, key=lambda t: -t.score):
        if not any(is_same(target, other) for other in kept):
            kept.append(target)
    return kept


def is_same(first: Target, second: Target) -> bool:
    """Whether two targets are one thing: at one place and of one size."""
    apart = first.T_base_object[:3, 3] - second.T_base_object[:3, 3]
    sizes = float(np.mean(first.extent_m)), float(np.mean(second.extent_m))
    return bool(np.linalg.norm(apart) < _SAME_M) and min(sizes) > _SAME_SIZE * max(sizes)


def named_things(seen: Seen) -> list[Target]:
    """Return the things that are known by name, each once."""
    known = seen.params.known_phrases
    return distinct([target for phrase in known for target in seen.found(phrase)])


def counts_of(targets: Sequence[Target]) -> str:
    """Return "one red cube and two cans"."""
    counts: dict[str, int] = {}
    for target in targets:
        counts[target.phrase] = counts.get(target.phrase, 0) + 1
    return listed([counted(phrase, count) for phrase, count in counts.items()])
