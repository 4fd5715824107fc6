"""What one scene is asked: phrases, each with the answer that the truth gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from vla_ros.evaluation.findings import GROUP_MARK


class Answer(Enum):
    """What is right to do with a phrase."""

    FIND = "find"
    REFUSE = "refuse"
    ASK = "ask back"


@dataclass(frozen=True, slots=True)
class Question:
    """A phrase and what is right.

    Attributes:
        kind: Name of the share that its answer counts for: "relation/behind".
        phrase: As a parsed task has it: without article.
        right: What is right to do.
        meant: Names of what it means: one to find, several to ask about, none to refuse.
    """

    kind: str
    phrase: str
    right: Answer
    meant: tuple[str, ...] = ()


_MOST_OF_A_KIND = {"found/color_noun": 2, "held_out": 3}
"""How many questions of a kind one scene is asked, where it is not one."""


def chosen(candidates: Iterable[Question], rng: np.random.Generator) -> tuple[Question, ...]:
    """Return a few questions of each kind, drawn from all that a scene offers."""
    by_kind: dict[str, list[Question]] = defaultdict(list)
    for question in candidates:
        by_kind[question.kind].append(question)
    drawn: list[Question] = []
    for kind in sorted(by_kind):
        offered = by_kind[kind]
        order = rng.permutation(len(offered))[: _MOST_OF_A_KIND.get(kind, 1)]
        drawn.extend(offered[index] for index in order)
    return tuple(drawn)


def group_of(question: Question) -> str:
    """Return the group of a question's kind."""
    return question.kind.partition(GROUP_MARK)[0]


def distinct(questions: Iterable[Question]) -> Iterator[Question]:
    """Yield questions, each phrase of a kind once."""
    seen: set[tuple[str, str]] = set()
    for question in questions:
        if (question.kind, question.phrase) not in seen:
            seen.add((question.kind, question.phrase))
            yield question
