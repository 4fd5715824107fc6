"""What a clause asks for, before "it" and "one" are replaced by what they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vla_ros.language.noun_phrase import NounPhrase, Place, Pronoun
from vla_ros.types import Query, Relation, Skill

Thing = NounPhrase | Pronoun


@dataclass(frozen=True, slots=True)
class Step:
    """One action on one kind of thing.

    Attributes:
        skill: As in Task.
        thing: What to act on, or None.
        relation: As in Task.
        anchors: What the relation refers to: none, one, or two for BETWEEN.
        question: As in Task.
        query: As in Task.
    """

    skill: Skill
    thing: Thing | None = None
    relation: Relation | None = None
    anchors: tuple[Thing, ...] = ()
    question: str | None = None
    query: Query | None = None


@dataclass(frozen=True, slots=True)
class PronounPlace:
    """Where something should go, with respect to something named before ("in it")."""

    relation: Relation | None
    pronoun: Pronoun


@dataclass(frozen=True, slots=True)
class Conjunct:
    """One thing of a list, with what follows it.

    Attributes:
        thing: What was named.
        places: Places that follow; which of them is the destination is not decided yet.
        goal: A destination named by a pronoun, or None.
        direction: A direction to move it in, or None.
        down: Whether "down" was said.
    """

    thing: Thing
    places: Sequence[Place] = ()
    goal: PronounPlace | None = None
    direction: Relation | None = None
    down: bool = False
