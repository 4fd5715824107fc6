"""Questions about the largest, the nearest and the second from the left, clear by a margin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from vla_ros.evaluation.arrangement import along
from vla_ros.evaluation.grounding.attributes import own_words, shared_words
from vla_ros.evaluation.grounding.questions import Answer, Question
from vla_ros.evaluation.grounding.things import Thing, Things
from vla_ros.evaluation.grounding.words import named
from vla_ros.sim.footprints import gap_m, top_m, under_m
from vla_ros.types import Relation

_SIDE_MARGIN_M = 0.04
_DEPTH_MARGIN_M = 0.05
_SIZE_MARGIN = 0.2
_HEIGHT_MARGIN = 0.2
_ORDINALS = ("second", "third")

Measure = Callable[[Thing], float]


def ranked(things: Things, viewer_yaw_rad: float) -> Iterator[Question]:
    """Yield every question about an order among things of one kind with one clear answer."""
    for words in shared_words(things):
        phrase = words.text()
        alike = [things[name] for name in named(words, things)]
        yield from _sizes(phrase, alike)
        yield from _sides(phrase, alike, viewer_yaw_rad)
        yield from _depths(phrase, alike, viewer_yaw_rad)
        for anchor in things.values():
            said = own_words(anchor, things)
            if said is not None and anchor not in alike:
                yield from _distances(phrase, alike, said.text(), anchor)


def _sizes(phrase: str, alike: Sequence[Thing]) -> Iterator[Question]:
    def size(thing: Thing) -> float:
        return float(np.mean(np.log(thing.truth.extent_m)))

    def height(thing: Thing) -> float:
        return float(np.log(top_m(thing.truth) - under_m(thing.truth)))

    yield from _ends(phrase, alike, size, _SIZE_MARGIN, ("smallest",), ("largest", "biggest"))
    yield from _ends(phrase, alike, height, _HEIGHT_MARGIN, ("shortest",), ("tallest",))


def _sides(phrase: str, alike: Sequence[Thing], viewer_yaw_rad: float) -> Iterator[Question]:
    for side, relation in (("left", Relation.LEFT_OF), ("right", Relation.RIGHT_OF)):

        def place(thing: Thing, relation: Relation = relation) -> float:
            return -along(thing.truth, relation, viewer_yaw_rad)

        yield from _ends(phrase, alike, place, _SIDE_MARGIN_M, (f"{side}most",), ())
        ordered = sorted(alike, key=place)
        if np.min(np.diff([place(thing) for thing in ordered])) < _SIDE_MARGIN_M:
            continue
        for word, thing in zip(_ORDINALS, ordered[1:], strict=False):
            said = f"{word} {phrase} from the {side}"
            yield Question(f"order/{word}", said, Answer.FIND, (thing.name,))


def _depths(phrase: str, alike: Sequence[Thing], viewer_yaw_rad: float) -> Iterator[Question]:
    def away(thing: Thing) -> float:
        return along(thing.truth, Relation.BEHIND, viewer_yaw_rad)

    near, far = ("nearest", "closest"), ("farthest", "furthest")
    yield from _ends(phrase, alike, away, _DEPTH_MARGIN_M, near, far)


def _distances(phrase: str, alike: Sequence[Thing], said: str, anchor: Thing) -> Iterator[Question]:
    """Yield the nearest to another thing: by its gap to that, and by its centre as well."""

    def gap(thing: Thing) -> float:
        return gap_m(thing.truth, anchor.truth)

    def center(thing: Thing) -> float:
        offset = thing.truth.T_base_object[:2, 3] - anchor.truth.T_base_object[:2, 3]
        return float(np.linalg.norm(offset))

    nearest = min(alike, key=gap)
    clear = min(_lead(alike, gap), _lead(alike, center)) >= _DEPTH_MARGIN_M
    if clear and nearest is min(alike, key=center):
        for word in ("nearest to", "closest to"):
            text = f"{phrase} {word} the {said}"
            yield Question("order/nearest_to", text, Answer.FIND, (nearest.name,))


def _ends(
    phrase: str,
    alike: Sequence[Thing],
    measure: Measure,
    margin: float,
    least: Sequence[str],
    most: Sequence[str],
) -> Iterator[Question]:
    """Yield questions about the least and the most, where the next one is a margin away."""
    ordered = sorted(alike, key=measure)
    for words, (end, next_to_it) in ((least, ordered[:2]), (most, ordered[:-3:-1])):
        if abs(measure(next_to_it) - measure(end)) >= margin:
            for word in words:
                text = f"{word} {phrase}"
                yield Question(f"order/{words[0]}", text, Answer.FIND, (end.name,))


def _lead(alike: Sequence[Thing], measure: Measure) -> float:
    """Return by how much the least is ahead of the next."""
    first, second = sorted(measure(thing) for thing in alike)[:2]
    return second - first
