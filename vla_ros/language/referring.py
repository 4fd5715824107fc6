"""Referring phrases as trees: what a thing is called, and how it is told from others."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.language.lexicon import Superlative, strip_article
from vla_ros.language.noun_phrase import NounPhrase
from vla_ros.language.places import read_noun
from vla_ros.language.reader import Reader, tokenize
from vla_ros.language.verdicts import NeedsAnswer, NotUnderstood
from vla_ros.types import Relation

__all__ = [
    "ROBOT",
    "ReferringExpression",
    "Superlative",
    "anchor_phrases",
    "atoms",
    "parse_anchors",
    "parse_referring",
]

MAX_CHARACTERS = 200
ROBOT = "robot"
"""Head of an anchor that means the robot's base rather than something to look for."""


@dataclass(frozen=True, slots=True)
class ReferringExpression:
    """A thing as it was referred to.

    To resolve one: find everything that the head names, leave out what an excluded phrase names,
    keep what stands in the relation to the anchors, then sort by the superlative (leftmost first)
    and take the ordinal's.

    Attributes:
        head: Simple phrase without article, singular ("red cube").
        superlative: What to sort the candidates by, or None.
        ordinal: Which of the sorted candidates, from 1 ("second block from the left": LEFTMOST, 2).
        relation: Where it is with respect to the anchors, or None.
        anchors: One expression, two for BETWEEN (equal for "between the two cans": distinct things
            are meant). Without a relation, and with NEAREST or FARTHEST: what the distance is
            measured to. The anchor may be the robot itself, with the head ROBOT.
        excluded: Simple phrases that must not name it ("red cube" in "cube that is not red").
    """

    head: str
    superlative: Superlative | None = None
    ordinal: int = 1
    relation: Relation | None = None
    anchors: tuple[ReferringExpression, ...] = ()
    excluded: tuple[str, ...] = ()


def parse_referring(phrase: str) -> ReferringExpression:
    """Return the tree of a phrase such as "the can behind the mug"; never raises.

    A phrase that cannot be parsed becomes the head as it is, shortened to MAX_CHARACTERS.
    """
    text = phrase[:MAX_CHARACTERS]
    nouns = read_nouns(text)
    if len(nouns) != 1:
        return ReferringExpression(strip_article(" ".join(text.split())))
    return expression_of(nouns[0])


def parse_anchors(phrase: str) -> tuple[ReferringExpression, ...]:
    """Return the trees of a destination phrase: two for "can and the bowl", else one."""
    nouns = read_nouns(phrase[: 2 * MAX_CHARACTERS])
    if not nouns:
        return (parse_referring(phrase),)
    if len(nouns) == 1 and nouns[0].count == 2:
        return (expression_of(nouns[0]),) * 2
    return tuple(expression_of(noun) for noun in nouns)


def anchor_phrases(phrase: str) -> tuple[str, ...]:
    """Return the two phrases, without article, that "the can and the bowl" joins, else the phrase.

    An "and" within one of them joins nothing: "the can between the box and the cup and the plate".
    """
    words = phrase[: 2 * MAX_CHARACTERS].split()
    for index in (i for i, word in enumerate(words) if word == "and"):
        parts = " ".join(words[:index]), " ".join(words[index + 1 :])
        if all(len(read_nouns(part)) == 1 for part in parts):
            return strip_article(parts[0]), strip_article(parts[1])
    return (phrase,)


def read_nouns(text: str) -> tuple[NounPhrase, ...]:
    """Return the one or two noun phrases joined by "and" that a text is, or nothing."""
    reader = Reader(tokenize(text))
    try:
        nouns = [read_noun(reader)]
        if reader.accept("and"):
            nouns.append(read_noun(reader))
        reader.require_done()
    except (NotUnderstood, NeedsAnswer):
        return ()
    return tuple(nouns)


def expression_of(noun: NounPhrase) -> ReferringExpression:
    """Return the tree of a noun phrase that the grammar has read."""
    head = " ".join(noun.head)
    excluded = tuple(f"{adjective} {head}" for adjective in noun.excluded)
    anchors: tuple[ReferringExpression, ...] = ()
    relation: Relation | None = None
    if noun.place is not None:
        relation = noun.place.relation
        anchors = tuple(expression_of(anchor) for anchor in noun.place.anchors)
    elif noun.reference is not None:
        anchors = (expression_of(noun.reference),)
    return ReferringExpression(head, noun.superlative, noun.ordinal, relation, anchors, excluded)


def atoms(expression: ReferringExpression) -> tuple[str, ...]:
    """Return the simple phrases a detector must be asked for, each once, the head first."""
    found: dict[str, None] = {expression.head: None} if expression.head != ROBOT else {}
    found.update(dict.fromkeys(expression.excluded))
    for anchor in expression.anchors:
        found.update(dict.fromkeys(atoms(anchor)))
    return tuple(found)
