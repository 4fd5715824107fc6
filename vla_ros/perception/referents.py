"""Which of the things that were found a referring expression means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from vla_ros.language.inflection import plural
from vla_ros.language.referring import ROBOT, ReferringExpression, Superlative
from vla_ros.params import PerceptionParams
from vla_ros.perception.footprint import center_xy, gap_m
from vla_ros.perception.relations import degree, same_thing, viewer_directions
from vla_ros.types import Relation, Target

Candidates = Mapping[str, Sequence[Target]]
"""What was found for each simple phrase, the best first."""

_HOLDS = 0.5
_CLOSE_DEGREE = 0.25
_SAME_SIZE = 0.08
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WORDS = {
    Relation.IN: "in",
    Relation.ON: "on",
    Relation.NEXT_TO: "next to",
    Relation.LEFT_OF: "left of",
    Relation.RIGHT_OF: "right of",
    Relation.IN_FRONT_OF: "in front of",
    Relation.BEHIND: "behind",
    Relation.BETWEEN: "between",
}


@dataclass(frozen=True, slots=True)
class Referents:
    """What an expression may mean.

    Attributes:
        targets: The matches, best first; several where it is ambiguous.
        reason: Why there is none, in words for people; empty otherwise.
    """

    targets: tuple[Target, ...]
    reason: str = ""


def resolve(
    expression: ReferringExpression, candidates: Candidates, params: PerceptionParams
) -> Referents:
    """Return the things an expression means.

    What holds about as well as the best is kept too: the borderline is ambiguous, not guessed.

    Args:
        expression: The phrase as a tree.
        candidates: Things found for each of its atoms.
        params: The viewer and the margins.
    """
    if expression.head == ROBOT:
        return Referents((_robot(),))
    head = expression.head
    things = tuple(candidates.get(head, ()))
    if not things:
        return Referents((), f"there is no {head}")
    things = _without_excluded(things, expression, candidates)
    if not things:
        return Referents((), f"every {head} is a {' or a '.join(expression.excluded)}")
    anchors = [resolve(anchor, candidates, params) for anchor in expression.anchors]
    missing = [anchor.reason for anchor in anchors if not anchor.targets]
    if missing:
        return Referents((), missing[0])
    anchor_things = [anchor.targets for anchor in anchors]
    if expression.relation is not None:
        kept = _related(things, expression.relation, anchor_things, params)
        if not kept:
            return Referents((), _none_related(things, expression))
        things = kept
    things = _without_faint(things, params)
    if expression.superlative is None:
        return Referents(things)
    return _ranked(things, expression, anchor_things, params)


def _without_faint(things: tuple[Target, ...], params: PerceptionParams) -> tuple[Target, ...]:
    """Leave out what is far less probable than the best of what a relation leaves.

    With one clear match, a faint second one is an error rather than an ambiguity.
    """
    lowest = max(thing.score for thing in things) - params.score_lead
    return tuple(thing for thing in things if thing.score >= lowest)


def _without_excluded(
    things: tuple[Target, ...], expression: ReferringExpression, candidates: Candidates
) -> tuple[Target, ...]:
    unwanted = [t for phrase in expression.excluded for t in candidates.get(phrase, ())]
    return tuple(t for t in things if not any(same_thing(t, other) for other in unwanted))


def _related(
    things: Sequence[Target],
    relation: Relation,
    anchors: Sequence[Sequence[Target]],
    params: PerceptionParams,
) -> tuple[Target, ...]:
    """Return the things for which the relation holds, and about as well as for the best."""
    degrees = {}
    for index, thing in enumerate(things):
        others = [[a for a in choice if not same_thing(a, thing)] for choice in anchors]
        degrees[index] = max(
            (degree(relation, thing, pair, params) for pair in _pairs(relation, others)),
            default=0.0,
        )
    best = max(degrees.values())
    if best < _HOLDS:
        return ()
    lowest = max(_HOLDS, best - _CLOSE_DEGREE)
    order = sorted(degrees, key=lambda index: -degrees[index])
    return tuple(things[index] for index in order if degrees[index] >= lowest)


def _pairs(relation: Relation, anchors: Sequence[Sequence[Target]]) -> list[tuple[Target, ...]]:
    """Return the choices of anchors: distinct ones where two are meant."""
    if relation is not Relation.BETWEEN:
        return [(anchor,) for anchor in anchors[0]]
    if len(anchors) == 1:
        return list(permutations(anchors[0], 2))
    return [pair for pair in product(*anchors) if not same_thing(pair[0], pair[1])]


def _ranked(
    things: Sequence[Target],
    expression: ReferringExpression,
    anchors: Sequence[Sequence[Target]],
    params: PerceptionParams,
) -> Referents:
    """Return the ordinal's thing by the superlative, with those too alike to tell from it."""
    assert expression.superlative is not None
    superlative = expression.superlative
    distance_from = anchors[0] if anchors and expression.relation is None else ()
    rank, margin = _measure(superlative, distance_from, params)
    others = [t for t in things if not any(same_thing(t, anchor) for anchor in distance_from)]
    if len(others) < expression.ordinal:
        return Referents((), f"there {_count(len(others), expression.head)} only")
    values = [rank(thing) for thing in others]
    order = sorted(range(len(others)), key=lambda index: values[index])
    chosen = values[order[expression.ordinal - 1]]
    alike = [index for index in order if abs(values[index] - chosen) < margin]
    return Referents(tuple(others[index] for index in alike))


def _measure(
    superlative: Superlative, distance_from: Sequence[Target], params: PerceptionParams
) -> tuple[Callable[[Target], float], float]:
    """Return what to sort by, smallest first, and how much may be measuring error."""
    directions = viewer_directions(params.viewer_yaw_rad)
    margin_m = params.relation_margin_m
    if superlative in (Superlative.LEFTMOST, Superlative.RIGHTMOST):
        side = Relation.LEFT_OF if superlative is Superlative.LEFTMOST else Relation.RIGHT_OF
        return lambda t: -float(center_xy(t) @ directions[side]), margin_m
    if superlative in (Superlative.NEAREST, Superlative.FARTHEST):
        sign = 1.0 if superlative is Superlative.NEAREST else -1.0
        if distance_from:
            return lambda t: sign * min(gap_m(t, other) for other in distance_from), margin_m
        behind = directions[Relation.BEHIND]
        return lambda t: sign * float(center_xy(t) @ behind), margin_m
    sign = -1.0 if superlative in (Superlative.LARGEST, Superlative.TALLEST) else 1.0
    if superlative in (Superlative.TALLEST, Superlative.SHORTEST):
        return lambda t: sign * float(np.log(max(float(t.extent_m[2]), 1e-4))), _SAME_SIZE
    # The mean side, on a logarithmic scale: errors of size are relative.
    return lambda t: sign * float(np.mean(np.log(np.maximum(t.extent_m, 1e-4)))), _SAME_SIZE


def _none_related(things: Sequence[Target], expression: ReferringExpression) -> str:
    assert expression.relation is not None
    anchors = " and ".join(f"the {anchor.head}" for anchor in expression.anchors)
    where = f"{_WORDS[expression.relation]} {anchors}"
    if len(things) == 1:
        return f"there is one {expression.head}, but it is not {where}"
    return f"there {_count(len(things), expression.head)}, but none {where}"


def _count(number: int, head: str) -> str:
    """Return "is one can" or "are two cans"."""
    words = head.split()
    many = " ".join([*words[:-1], plural(words[-1])])
    named = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"is one {head}" if number == 1 else f"are {named} {many}"


def _robot() -> Target:
    """Return the robot's base as a place to measure from."""
    return Target(ROBOT, np.zeros(4), np.eye(4), np.zeros(3), 1.0)
