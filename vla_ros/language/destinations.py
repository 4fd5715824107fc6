"""Which of the places in a clause is where the thing should go, and which only describe things.

"Put the can behind the mug in the bowl" has two places. The destination is, in this order:
1. the place that can only be one: "into the bowl", or the only one that is no relative clause;
2. the only place in or on something: "put the can behind the mug in the bowl" goes into the bowl,
   "put the can in the bowl behind the mug" goes into the bowl that is behind the mug.
Anything else could be meant either way and is asked back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vla_ros.language.lexicon import CONTAINMENT, TABLES
from vla_ros.language.noun_phrase import NounPhrase, Place, Pronoun, attach
from vla_ros.language.steps import Conjunct, Thing
from vla_ros.language.verdicts import NeedsAnswer, NotUnderstood
from vla_ros.types import Relation


@dataclass(frozen=True, slots=True)
class Destined:
    """A thing, and where it should go: a relation and its anchors, or neither."""

    thing: Thing
    relation: Relation | None = None
    anchors: tuple[Thing, ...] = ()


def described(conjunct: Conjunct) -> Thing:
    """Return the thing of a conjunct with every place as part of its description.

    Raises:
        NotUnderstood: A place can only be a destination, or describes a pronoun.
    """
    if conjunct.goal is not None:
        raise NotUnderstood("say the thing's name instead of 'it'")
    return _describe(conjunct.thing, _without_table(conjunct.places))


def destined(conjunct: Conjunct, allowed: Sequence[Relation | None]) -> Destined | None:
    """Return where the thing of a conjunct should go, or None where no place can say that.

    Args:
        conjunct: The thing and the places behind it.
        allowed: Relations that a destination may have here; None stands for a mere "to".

    Raises:
        NeedsAnswer: Several places may be meant.
        NotUnderstood: The places contradict each other.
    """
    if conjunct.goal is not None:
        thing = _describe(conjunct.thing, _without_table(conjunct.places))
        return Destined(thing, conjunct.goal.relation, (conjunct.goal.pronoun,))
    possible = _possible(conjunct, allowed)
    places = list(conjunct.places)
    if len(possible) > 1 and any(_is_table(places[i]) for i in possible):
        places = [p for i, p in enumerate(places) if i not in possible or not _is_table(p)]
        possible = _possible(Conjunct(conjunct.thing, places), allowed)
    if not possible:
        return None
    index = _choose(conjunct.thing, places, possible)
    goal = places[index]
    anchors = (*goal.anchors[:-1], _describe(goal.anchors[-1], places[index + 1 :]))
    thing = _describe(conjunct.thing, _without_table(places[:index]))
    return Destined(thing, goal.relation, anchors)


def _possible(conjunct: Conjunct, allowed: Sequence[Relation | None]) -> list[int]:
    """Return the indices of the places that may be the destination."""
    indices = [
        index
        for index, place in enumerate(conjunct.places)
        if not place.of_noun and (place.relation in allowed)
    ]
    if isinstance(conjunct.thing, Pronoun):
        return [i for i in indices if all(place.of_noun for place in conjunct.places[:i])][:1]
    return indices


def _choose(thing: Thing, places: Sequence[Place], possible: Sequence[int]) -> int:
    motions = [i for i in possible if places[i].motion]
    if len(motions) > 1:
        raise NotUnderstood("there is more than one place to go to")
    if motions:
        return motions[0]
    if len(possible) == 1:
        return possible[0]
    containing = [i for i in possible if places[i].relation in CONTAINMENT]
    if len(containing) == 1:
        return containing[0]
    first, second = possible[0], possible[1]
    name = thing.text if isinstance(thing, NounPhrase) else thing.word
    raise NeedsAnswer(
        f"Do you mean the {name} that is {places[first].render()}, or should it go "
        f"{places[first].render()} that is {places[second].render()}?"
    )


def _describe(thing: Thing, places: Sequence[Place]) -> Thing:
    motion = next((place for place in places if place.motion), None)
    if motion is not None:
        raise NotUnderstood(f"'{motion.render()}' is a place to go to, which does not fit here")
    if isinstance(thing, NounPhrase):
        return attach(thing, places)
    if any(not place.of_noun for place in places):
        raise NotUnderstood(f"'{places[-1].render()}' can't describe '{thing.word}'")
    return thing


def _without_table(places: Sequence[Place]) -> list[Place]:
    """Return the places without "on the table": everything is on the table."""
    return [place for place in places if not _is_table(place)]


def _is_table(place: Place) -> bool:
    return place.relation is Relation.ON and place.anchors[-1].head[-1] in TABLES
