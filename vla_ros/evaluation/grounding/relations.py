"""Questions that only a relation to another thing settles, where it holds beyond doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vla_ros.evaluation.arrangement import SIDES, holds
from vla_ros.evaluation.grounding.attributes import own_words, shared_words
from vla_ros.evaluation.grounding.questions import Answer, Question
from vla_ros.evaluation.grounding.things import Thing, Things
from vla_ros.evaluation.grounding.words import named
from vla_ros.evaluation.referring import near_line
from vla_ros.sim.footprints import gap_m
from vla_ros.sim.predicates import between, inside, on_top
from vla_ros.types import Relation

Anchor = tuple[str, Thing]
"""What a thing is called, and the thing."""

WORDINGS: dict[Relation, tuple[str, ...]] = {
    Relation.LEFT_OF: ("left of", "to the left of"),
    Relation.RIGHT_OF: ("right of", "to the right of"),
    Relation.IN_FRONT_OF: ("in front of",),
    Relation.BEHIND: ("behind",),
    Relation.NEXT_TO: ("next to", "beside", "near"),
    Relation.IN: ("in", "inside"),
    Relation.ON: ("on", "on top of"),
}
_APART_M = 0.01


def related(things: Things, viewer_yaw_rad: float) -> Iterator[Question]:
    """Yield every question of the kind "the can left of the mug" with one clear answer."""
    anchors = [(w.text(), t) for t in things.values() if (w := own_words(t, things)) is not None]
    for words in shared_words(things):
        alike = [things[name] for name in named(words, things)]
        others = [(said, t) for said, t in anchors if t not in alike]
        for said, anchor in others:
            for relation in WORDINGS:
                yield from _one_anchor(
                    words.text(), alike, relation, (said, anchor), viewer_yaw_rad
                )
        for index, first in enumerate(others):
            for second in others[index + 1 :]:
                yield from _two_anchors(words.text(), alike, first, second)


def _one_anchor(
    phrase: str,
    alike: Sequence[Thing],
    relation: Relation,
    anchor: Anchor,
    viewer_yaw_rad: float,
) -> Iterator[Question]:
    said, reference = anchor
    answers = [_holds(relation, thing, reference, viewer_yaw_rad) for thing in alike]
    if answers.count(True) != 1 or None in answers:
        return
    meant = alike[answers.index(True)].name
    for wording in WORDINGS[relation]:
        yield Question(
            f"relation/{relation.value}", f"{phrase} {wording} the {said}", Answer.FIND, (meant,)
        )


def _holds(relation: Relation, thing: Thing, anchor: Thing, viewer_yaw_rad: float) -> bool | None:
    """Return whether a relation holds beyond doubt, None where people may differ."""
    if relation in (*SIDES, Relation.NEXT_TO):
        supported = inside(thing.truth, anchor.truth) or on_top(thing.truth, anchor.truth)
        if supported:
            return None
        return holds(relation, thing.truth, anchor.truth, viewer_yaw_rad)
    holding = inside if relation is Relation.IN else on_top
    if holding(thing.truth, anchor.truth):
        # A plate holds things "on" itself, a bowl "in", though their rims make both true.
        return True if relation is _usual(anchor) else None
    return False if gap_m(thing.truth, anchor.truth) >= _APART_M else None


def _usual(anchor: Thing) -> Relation:
    """Return the word that people use of what a thing holds."""
    return Relation.IN if anchor.kind in ("bowl", "basket", "mug", "cup", "drawer") else Relation.ON


def _two_anchors(
    phrase: str, alike: Sequence[Thing], first: Anchor, second: Anchor
) -> Iterator[Question]:
    (first_said, one), (second_said, other) = first, second
    middle = [t for t in alike if between(t.truth, one.truth, other.truth)]
    far = [t for t in alike if not near_line(t.truth, one.truth, other.truth)]
    if len(middle) == 1 and len(far) == len(alike) - 1 and middle[0] not in far:
        said = f"{phrase} between the {first_said} and the {second_said}"
        yield Question("relation/between", said, Answer.FIND, (middle[0].name,))
