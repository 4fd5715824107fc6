"""Phrases that tell one of several like objects from the others, clear beyond doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vla_ros.evaluation.arrangement import SIDES, Truths, along, holds
from vla_ros.evaluation.naming import shared_phrases, unique_phrases
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.predicates import between
from vla_ros.types import Relation

Anchor = tuple[str, ObjectTruth]
"""A phrase and the only object it means."""

_ORDER_MARGIN_M = 0.04
_SIZE_MARGIN = 0.2
_WORDS: dict[Relation, tuple[str, ...]] = {
    Relation.NEXT_TO: ("next to", "beside"),
    Relation.LEFT_OF: ("left of", "to the left of"),
    Relation.RIGHT_OF: ("right of", "to the right of"),
    Relation.IN_FRONT_OF: ("in front of",),
    Relation.BEHIND: ("behind",),
}
_RANKS = ("", "second ", "third ")


@dataclass(frozen=True, slots=True)
class Reference:
    """A phrase and the one object it means.

    Attributes:
        phrase: Without article, as a parsed task has it ("can behind the mug").
        explicit: The same with a relative clause, which attaches to one noun only.
        name: The object.
    """

    phrase: str
    explicit: str
    name: str


def references(truths: Truths, viewer_yaw_rad: float) -> list[Reference]:
    """Return every clear phrase that only a relation or an order makes unambiguous."""
    found: list[Reference] = []
    anchors = _anchors(truths)
    for phrase, names in shared_phrases(truths).items():
        things = [truths[name] for name in names]
        others = [(p, anchor) for p, anchor in anchors if anchor.name not in names]
        found.extend(_by_relation(phrase, things, others, viewer_yaw_rad))
        found.extend(_by_side(phrase, things, viewer_yaw_rad))
        found.extend(_by_size(phrase, things))
        found.extend(_by_two(phrase, things, others))
    return found


def _anchors(truths: Truths) -> list[Anchor]:
    """Return each object that has a phrase of its own, with that phrase."""
    phrases = {name: unique_phrases(name, truths) for name in truths}
    return [(said[0], truths[name]) for name, said in phrases.items() if said]


def _by_relation(
    phrase: str,
    things: Sequence[ObjectTruth],
    anchors: Sequence[Anchor],
    viewer_yaw_rad: float,
) -> Iterator[Reference]:
    for anchor_phrase, anchor in anchors:
        for relation in (*SIDES, Relation.NEXT_TO):
            answers = [holds(relation, thing, anchor, viewer_yaw_rad) for thing in things]
            if answers.count(True) != 1 or answers.count(None):
                continue
            name = things[answers.index(True)].name
            for words in _WORDS[relation]:
                place = f"{words} the {anchor_phrase}"
                yield Reference(f"{phrase} {place}", f"{phrase} that is {place}", name)


def _by_side(
    phrase: str, things: Sequence[ObjectTruth], viewer_yaw_rad: float
) -> Iterator[Reference]:
    for side, superlative, relation in (
        ("left", "leftmost", Relation.LEFT_OF),
        ("right", "rightmost", Relation.RIGHT_OF),
    ):
        ordered = sorted(things, key=lambda t: -along(t, relation, viewer_yaw_rad))
        values = [along(thing, relation, viewer_yaw_rad) for thing in ordered]
        if np.min(-np.diff(values)) < _ORDER_MARGIN_M:
            continue
        yield _same(f"{superlative} {phrase}", ordered[0].name)
        for rank in range(1, min(len(ordered), len(_RANKS))):
            yield _same(f"{_RANKS[rank]}{phrase} from the {side}", ordered[rank].name)


def _by_size(phrase: str, things: Sequence[ObjectTruth]) -> Iterator[Reference]:
    sizes = [float(np.mean(np.log(thing.extent_m))) for thing in things]
    order = np.argsort(sizes)
    if sizes[order[-1]] - sizes[order[-2]] >= _SIZE_MARGIN:
        for word in ("largest", "biggest"):
            yield _same(f"{word} {phrase}", things[order[-1]].name)
    if sizes[order[1]] - sizes[order[0]] >= _SIZE_MARGIN:
        yield _same(f"smallest {phrase}", things[order[0]].name)


def _by_two(
    phrase: str, things: Sequence[ObjectTruth], anchors: Sequence[Anchor]
) -> Iterator[Reference]:
    for index, (first_phrase, first) in enumerate(anchors):
        for second_phrase, second in anchors[index + 1 :]:
            inside = [thing for thing in things if between(thing, first, second)]
            far = [t for t in things if t not in inside and not near_line(t, first, second)]
            if len(inside) == 1 and len(far) == len(things) - 1:
                place = f"between the {first_phrase} and the {second_phrase}"
                yield Reference(f"{phrase} {place}", f"{phrase} that is {place}", inside[0].name)


def near_line(thing: ObjectTruth, first: ObjectTruth, second: ObjectTruth) -> bool:
    """Whether a thing is so near to the line between two others that people may differ."""
    start, end = first.T_base_object[:2, 3], second.T_base_object[:2, 3]
    line = end - start
    offset = thing.T_base_object[:2, 3] - start
    share = float(offset @ line) / float(line @ line)
    across = abs(float(line[0] * offset[1] - line[1] * offset[0])) / float(line @ line)
    return 0.02 < share < 0.98 and across < 0.45


def _same(phrase: str, name: str) -> Reference:
    return Reference(phrase, phrase, name)
