"""Which things a task is about: what to look for, which of them is meant, what else is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vla_ros.action.ambiguity import Ambiguous
from vla_ros.action.change import alike
from vla_ros.action.skill_head import placing_relation
from vla_ros.action.space import things_of
from vla_ros.action.standing import stands
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.language.lexicon import TABLES
from vla_ros.language.referring import anchor_phrases, parse_anchors, parse_referring
from vla_ros.types import Grounding, Look, Relation, Target, Task

_SAME_M = 0.02
_SAME_SIZE = 0.6
_NEAR_AGAIN_M = 0.06


@dataclass(frozen=True, slots=True)
class Scene:
    """One look, read for one task.

    Attributes:
        look: What the head is given: the chosen things alone answer the task's phrases, all others
            are obstacles.
        chosen: What to act on, or None where the task names nothing (it is held already).
        others: Other things of the chosen one's name.
        places: The destination's things.
        left: How many things the object phrase still means, the chosen one among them.
    """

    look: Look
    chosen: Target | None
    others: tuple[Target, ...]
    places: tuple[Target, ...]
    left: int


@dataclass(slots=True)
class Past:
    """What a task has dealt with already.

    Attributes:
        finished: Where things that are done with stand now.
        others: Things of the same name as the one being dealt with, as last seen.
        attempts: Attempts at the present thing that failed.
        last: The present thing as it was last seen.
    """

    finished: list[Target] = field(default_factory=list)
    others: tuple[Target, ...] = ()
    attempts: int = 0
    last: Target | None = None


def plain_phrase(phrase: str) -> str:
    """Return what a thing is called without where it stands: "can" of "can behind the mug"."""
    return parse_referring(phrase).head


def destination_phrases(task: Task) -> tuple[str, ...]:
    """Return the phrases that the destination is looked for by; none for the table itself."""
    if task.destination is None or task.destination in TABLES:
        return ()
    if placing_relation(task) is not Relation.BETWEEN:
        return (task.destination,)
    parts = anchor_phrases(task.destination)
    return parts if len(parts) == 2 else (parse_anchors(task.destination)[0].head,)


def task_phrases(task: Task) -> tuple[str, ...]:
    """Return all that must be looked for to do a task, each once."""
    phrases: dict[str, None] = {}
    if task.object is not None:
        phrases |= {task.object: None, plain_phrase(task.object): None}
    phrases |= dict.fromkeys(destination_phrases(task))
    return tuple(phrases)


def read_scene(task: Task, look: Look, past: Past, viewer_yaw_rad: float) -> Scene:
    """Return which things a task is about.

    Args:
        task: What to do.
        look: What was seen, asked with task_phrases.
        past: What this task has dealt with already.
        viewer_yaw_rad: For questions that tell things apart.

    Raises:
        TaskFailed: NOT_FOUND.
        Ambiguous: A phrase means several things.
    """
    places = _places(task, look, viewer_yaw_rad)
    if task.object is None:
        return Scene(_narrowed(task, look, None, places), None, (), places, 0)
    found = _meant(task.object, look, past)
    relation = placing_relation(task)
    sorts_out = relation is not None and (task.count is not None or past.attempts > 0)
    left = [t for t in found if not _at_any(t, (*past.finished, *places))]
    if relation is not None and sorts_out and places:
        left = [t for t in left if not stands(relation, t, places, viewer_yaw_rad)]
    if not left:
        if found and (past.finished or sorts_out):
            return Scene(look, None, (), places, 0)
        raise TaskFailed(TerminationReason.NOT_FOUND, _missing(look, task.object))
    if len(left) > 1 and task.count is None:
        raise Ambiguous(task.object, left, viewer_yaw_rad)
    chosen = left[0]
    named = targets_of(look, plain_phrase(task.object))
    others = tuple(t for t in named if not _same(t, chosen))
    return Scene(_narrowed(task, look, chosen, places), chosen, others, places, len(left))


def _meant(phrase: str, look: Look, past: Past) -> tuple[Target, ...]:
    """Return what a phrase means; after a failed attempt, the very thing that it was made at.

    It is known by where it was last seen: the detector may not name it there, and what its phrase
    told of it may be lost. "The can behind the mug" need not be behind it any more: the only can
    that did not stand where other cans stood is the one.
    """
    found = targets_of(look, phrase)
    if past.attempts == 0:
        return found
    named = targets_of(look, plain_phrase(phrase))
    if past.last is not None:
        last = past.last
        near = [t for t in (*found, *named) if _apart_m(t, last) < _NEAR_AGAIN_M]
        if near:
            return (min(near, key=lambda t: _apart_m(t, last)),)
    new = tuple(t for t in named if not _at_any(t, past.others))
    if len(new) == 1:
        return new
    if not found and past.last is not None:
        last = past.last
        there = [t for t in things_of(look) if _apart_m(t, last) < _NEAR_AGAIN_M and alike(t, last)]
        if there:
            return (replace(min(there, key=lambda t: _apart_m(t, last)), phrase=phrase),)
    return found


def _apart_m(first: Target, second: Target) -> float:
    return float(np.linalg.norm(first.T_base_object[:3, 3] - second.T_base_object[:3, 3]))


def same_places(look: Look, phrases: Sequence[str], before: Sequence[Target]) -> tuple[Target, ...]:
    """Return a destination's things as they are seen again, each the nearest to where it was.

    None at all where one of them is not named, or two share a phrase.
    """
    if len(phrases) != len(before):
        return ()
    again: list[Target] = []
    for phrase, place in zip(phrases, before, strict=True):
        again.extend(sorted(targets_of(look, phrase), key=lambda t: _apart_m(t, place))[:1])
    return tuple(again) if len(again) == len(before) else ()


def _places(task: Task, look: Look, viewer_yaw_rad: float) -> tuple[Target, ...]:
    phrases = destination_phrases(task)
    places: list[Target] = []
    wanted = 2 if placing_relation(task) is Relation.BETWEEN else 1
    for phrase in phrases:
        found = targets_of(look, phrase)
        if not found:
            raise TaskFailed(TerminationReason.NOT_FOUND, _missing(look, phrase))
        each = wanted // len(phrases)
        if len(found) > each and not (task.object == phrase and task.count is not None):
            raise Ambiguous(phrase, found, viewer_yaw_rad)
        places.extend(found[:each])
    if phrases and len(places) < wanted:
        raise TaskFailed(
            TerminationReason.NOT_FOUND, f"there is only one {phrases[0]} in view, not two"
        )
    return tuple(places)


def targets_of(look: Look, phrase: str) -> tuple[Target, ...]:
    """Return what a phrase means in a look."""
    grounding = look.groundings.get(phrase)
    return grounding.targets if grounding is not None else ()


def _missing(look: Look, phrase: str) -> str:
    grounding = look.groundings.get(phrase)
    reason = grounding.reason if grounding is not None else ""
    return reason or f"there is no {phrase} to be seen"


def _narrowed(task: Task, look: Look, chosen: Target | None, places: tuple[Target, ...]) -> Look:
    """Return the look in which phrases mean the chosen things, and all else is in the way."""
    groundings: dict[str, Grounding] = {}
    phrases = destination_phrases(task)
    if len(phrases) == len(places):
        named: dict[str, tuple[Target, ...]] = {
            phrase: (place,) for phrase, place in zip(phrases, places, strict=True)
        }
    else:
        named = {phrase: places for phrase in phrases}
    groundings |= {phrase: Grounding(phrase, targets) for phrase, targets in named.items()}
    if chosen is not None and task.object is not None:
        groundings[task.object] = Grounding(task.object, (chosen,))
    meant = [t for g in groundings.values() for t in g.targets]
    rest = [t for g in look.groundings.values() for t in g.targets]
    others = tuple(t for t in rest if not any(_same(t, other) for other in meant))
    obstacles = tuple(t for t in look.obstacles if not any(_same(t, other) for other in meant))
    return Look(groundings, (*obstacles, *others), look.stamp_ns)


def _at_any(target: Target, done: Sequence[Target]) -> bool:
    return any(_same(target, other) for other in done)


def _same(first: Target, second: Target) -> bool:
    """Return whether two targets are one thing: at one place and of one size."""
    way = first.T_base_object[:3, 3] - second.T_base_object[:3, 3]
    sizes = float(np.mean(first.extent_m)), float(np.mean(second.extent_m))
    return bool(np.linalg.norm(way) < _SAME_M) and min(sizes) > _SAME_SIZE * max(sizes)
