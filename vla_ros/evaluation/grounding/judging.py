"""Holds what perception made of a phrase against the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vla_ros.evaluation.findings import Counter
from vla_ros.evaluation.grounding.questions import Answer, Question, group_of
from vla_ros.evaluation.grounding.things import Thing, Things
from vla_ros.perception.relations import overlap
from vla_ros.types import Detection, Grounding, Target

POSITION = "position_error_mm"
_LEAST_OVERLAP = 0.5
_NEAR_M = 0.05
SIMPLE = ("found", "held_out", "refused")
"""Groups of questions that the model answers by itself."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with what came of it.

    Attributes:
        question: The question.
        grounding: What perception said.
        found: Name of the thing that each target is, "" where it is none.
        right: Whether that is right.
    """

    question: Question
    grounding: Grounding
    found: tuple[str, ...]
    right: bool

    def told(self) -> str:
        """Return what was asked and what came, for people."""
        wanted = " or ".join(self.question.meant) or "nothing"
        targets = zip(self.found, self.grounding.targets, strict=True)
        came = ", ".join(f"{name or 'no thing'} {t.score:.2f}" for name, t in targets)
        return f"'{self.question.phrase}' -> {came or self.grounding.reason}; right: {wanted}"


def judge(question: Question, grounding: Grounding, things: Things) -> Judged:
    """Return whether a grounding answers a question rightly."""
    found = tuple(thing_at(target, things) for target in grounding.targets)
    if question.right is Answer.REFUSE:
        right = not found
    elif question.right is Answer.FIND:
        right = bool(found) and found[0] == question.meant[0]
    else:
        right = len(found) > 1
    return Judged(question, grounding, found, right)


def thing_at(target: Target, things: Things) -> str:
    """Return the name of the thing that a target is, "" where it is none.

    It is the one whose visible part its box lies on, if its place in the world is that thing's.
    """
    name = thing_in(target.box_px, things)
    if not name:
        return ""
    truth = things[name].truth
    reach = _NEAR_M + 0.25 * float(np.max(truth.extent_m))
    return name if position_error_m(target, things[name]) <= reach else ""


def thing_in(box_px: np.ndarray, things: Things) -> str:
    """Return the name of the thing on whose visible part a box lies, "" where there is none."""
    shared = {
        name: overlap(box_px, thing.box_px)
        for name, thing in things.items()
        if thing.part is not None
    }
    best = max(shared, key=lambda name: shared[name], default="")
    return best if best and shared[best] >= _LEAST_OVERLAP else ""


def position_error_m(target: Target, thing: Thing) -> float:
    """Return the distance between where a thing is seen and where it is [m]."""
    return float(np.linalg.norm(target.T_base_object[:3, 3] - thing.truth.T_base_object[:3, 3]))


def count(judged: Sequence[Judged], things: Things, counter: Counter) -> None:
    """Add the answers of one scene to its findings."""
    placed: dict[str, float] = {}
    for answer in judged:
        question, targets = answer.question, answer.grounding.targets
        counter.count(question.kind, answer.right, "" if answer.right else answer.told())
        if question.right is Answer.ASK:
            counter.count("asked_about_all", set(answer.found) == set(question.meant))
        if question.right is not Answer.FIND:
            continue
        if group_of(question) in SIMPLE:
            counter.count(f"false_refusal/{question.kind.replace('/', ' ')}", not targets)
        counter.count(f"needless_question/{group_of(question)}", len(targets) > 1)
        if answer.right:
            name = question.meant[0]
            placed.setdefault(name, 1e3 * position_error_m(targets[0], things[name]))
    for error_mm in placed.values():
        counter.add(POSITION, error_mm)


def score(
    questions: Sequence[Question], raw: Sequence[Detection], things: Things, counter: Counter
) -> None:
    """Add the model's best score for each simple phrase, and whether its box is right."""
    for question in questions:
        if group_of(question) not in SIMPLE:
            continue
        own = [d for d in raw if d.phrase == question.phrase]
        if not own:
            counter.score(0.0, False)
            continue
        best = max(own, key=lambda d: d.score)
        counter.score(best.score, thing_in(best.box_px, things) in question.meant)
