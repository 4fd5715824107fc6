"""Noun phrases: what they are made of, and how places attach to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from vla_ros.language.inflection import plural
from vla_ros.language.lexicon import ADJECTIVES, COLORS, Superlative
from vla_ros.types import Relation

Count = int | Literal["all"]


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A word that stands for something named before ("it", "them")."""

    word: str


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A thing as it was named.

    Attributes:
        head: The simple phrase without article, in the singular ("red cube").
        before: Words that order it and stand before the head ("second", "largest").
        after: Words that order it and stand behind it ("from the left", "closest to").
        superlative: What singles it out, or None.
        ordinal: Its rank by that, from 1.
        excluded: Adjectives it must not have ("that is not red").
        count: How many, as in Task.
        place: Where it is, if that was said.
        reference: With `superlative` NEAREST or FARTHEST: what the distance is measured to.
    """

    head: tuple[str, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    superlative: Superlative | None = None
    ordinal: int = 1
    excluded: tuple[str, ...] = ()
    count: Count | None = None
    place: Place | None = None
    reference: NounPhrase | None = None

    @property
    def text(self) -> str:
        """The phrase without article, in its canonical form ("can behind the mug")."""
        return self.render()

    def render(self, *, explicit: bool = False, many: bool = False) -> str:
        """Write the phrase out.

        Args:
            explicit: Write places as relative clauses ("cube that is on the plate"), which attach
                to one noun only.
            many: Write the head in the plural.
        """
        head = self.head
        if many:
            noun = noun_index(head)
            head = (*head[:noun], plural(head[noun]), *head[noun + 1 :])
        parts = [*self.before, *head, *self.after]
        if self.reference is not None:
            parts.append("the " + self.reference.render(explicit=explicit))
        if self.excluded:
            parts.append(f"that {'are' if many else 'is'} not " + " or ".join(self.excluded))
        if self.place is not None:
            if explicit:
                parts.append("that are" if many else "that is")
            parts.append(self.place.render(explicit=explicit))
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is or should go.

    Attributes:
        words: The relation as said ("to the left of").
        relation: What it means; None for a mere "to".
        anchors: What it refers to: one phrase, or two for "between".
        of_noun: Whether it can only describe the noun before it ("that is on", "out of").
        motion: Whether it can only be where something should go ("into", "onto", "to").
    """

    words: tuple[str, ...]
    relation: Relation | None
    anchors: tuple[NounPhrase, ...]
    of_noun: bool = False
    motion: bool = False

    def render(self, *, explicit: bool = False) -> str:
        """Write the place out, each anchor with its article."""
        return f"{' '.join(self.words)} the {join_anchors(self.anchors, explicit=explicit)}"


def join_anchors(anchors: Sequence[NounPhrase], *, explicit: bool = False) -> str:
    """Write anchors as a destination phrase: "can and the bowl", or "two cans" for equal ones."""
    if len(anchors) == 2 and anchors[0] == anchors[1]:
        return "two " + anchors[0].render(explicit=explicit, many=True)
    return " and the ".join(anchor.render(explicit=explicit) for anchor in anchors)


def noun_index(head: Sequence[str]) -> int:
    """Return the index of the word that carries the number: the last, or that before "of"."""
    for index, word in enumerate(head):
        if word in ("of", "with") and index > 0:
            return index - 1
    return len(head) - 1


def noun_of(head: Sequence[str]) -> tuple[str, ...]:
    """Return a head without the adjectives before its noun."""
    start = 0
    while start < len(head) - 1 and head[start] in ADJECTIVES | COLORS:
        start += 1
    return tuple(head[start:])


def attach(noun: NounPhrase, places: Sequence[Place]) -> NounPhrase:
    """Return a noun with places, each describing the noun just before it.

    "can", "behind the mug", "on the plate" is the can behind the mug that is on the plate.
    """
    if not places:
        return noun
    first, *others = places
    anchors = (*first.anchors[:-1], attach(first.anchors[-1], others))
    if noun.place is not None:
        inner = noun.place.anchors
        return replace(
            noun,
            place=replace(noun.place, anchors=(*inner[:-1], attach(inner[-1], places))),
        )
    return replace(noun, place=replace(first, anchors=anchors))
