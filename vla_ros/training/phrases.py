"""Phrases about the objects of a picture, and which objects each of them names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from vla_ros.training.labelled_pictures import LabelledObject

GENERIC_NOUNS = ("thing", "object", "item", "one")
ARTICLES = ("the", "a", "an", "this", "that", "some")

PRESENT_KINDS = ("color_noun", "noun", "color_thing", "category", "color_category", "size_noun")
ABSENT_KINDS = ("wrong_noun", "wrong_color", "absent_noun", "absent_color", "unknown_word")

# How often each kind is asked about a training picture. Wrong nouns and wrong colours are frequent
# because refusing them is what a robot's safety and a person's trust depend on.
_TRAINING_ODDS = {
    "color_noun": 5.0,
    "noun": 3.0,
    "color_thing": 1.2,
    "category": 0.8,
    "color_category": 0.5,
    "size_noun": 1.2,
    "wrong_noun": 2.0,
    "wrong_color": 2.0,
    "absent_noun": 1.2,
    "absent_color": 0.5,
    "unknown_word": 0.5,
}
_ATTEMPTS = 12
_PLAINEST_NOUN_ODDS = 0.6
_ARTICLE_ODDS = 0.25
_PLURAL_ODDS = 0.06

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must all hold for an object to be named; None leaves that part out.

    Attributes:
        noun: A noun, category or generic noun.
        color: A colour or material word.
        size: A size word.
    """

    noun: str
    color: str | None = None
    size: str | None = None

    def text(self) -> str:
        """Return it as people say it."""
        return " ".join(word for word in (self.size, self.color, self.noun) if word)

    def names(self, thing: LabelledObject) -> bool:
        """Return whether it names an object."""
        return (
            (
                self.noun in GENERIC_NOUNS
                or self.noun in thing.nouns
                or self.noun in thing.categories
            )
            and (self.color is None or self.color in thing.colors)
            and (self.size is None or self.size in thing.sizes)
        )


@dataclass(frozen=True, slots=True)
class Query:
    """A phrase as it is asked.

    Attributes:
        text: With or without article.
        kind: One of PRESENT_KINDS or ABSENT_KINDS.
        phrase: What it means.
    """

    text: str
    kind: str
    phrase: Phrase


class PhraseMaker:
    """Makes phrases of each kind; knows every word of the catalogue, for what is absent."""

    def __init__(self, things: Iterable[LabelledObject]) -> None:
        """Collect the words of a set of objects."""
        nouns: set[str] = set()
        colors: set[str] = set()
        categories: set[str] = set()
        sizes: set[str] = set()
        for thing in things:
            nouns.update(thing.nouns)
            colors.update(thing.colors)
            categories.update(thing.categories)
            sizes.update(thing.sizes)
        self.nouns = sorted(nouns)
        self.colors = sorted(colors)
        self.categories = sorted(categories)
        self.sizes = sorted(sizes)

    def query(
        self, kind: str, things: Sequence[LabelledObject], rng: np.random.Generator
    ) -> Query | None:
        """Return a phrase of a kind about a picture's objects, or None where none fits."""
        for _ in range(_ATTEMPTS):
            phrase = self._phrase(kind, things, rng)
            if phrase is None:
                continue
            if any(phrase.names(thing) for thing in things) == (kind in PRESENT_KINDS):
                return Query(_as_people_say(phrase.text(), rng), kind, phrase)
        return None

    def training_queries(
        self,
        things: Sequence[LabelledObject],
        count: int,
        rng: np.random.Generator,
        sizes: bool,
    ) -> list[Query]:
        """Return phrases of mixed kinds about a picture's objects.

        Args:
            things: Objects that can be seen in the picture.
            count: How many phrases.
            rng: Decides.
            sizes: Whether size words mean something (the whole picture is shown, not a crop).
        """
        kinds = [k for k in _TRAINING_ODDS if sizes or k != "size_noun"]
        odds = np.array([_TRAINING_ODDS[kind] for kind in kinds])
        queries: list[Query] = []
        while len(queries) < count:
            kind = kinds[int(rng.choice(len(kinds), p=odds / odds.sum()))]
            query = self.query(kind, things, rng)
            if query is not None:
                queries.append(query)
        return queries

    def single_words(self, rng: np.random.Generator) -> list[Phrase]:
        """Return every noun, category and colour, each as a phrase of its own."""
        named = [Phrase(noun) for noun in sorted({*self.nouns, *self.categories})]
        generic = _pick(GENERIC_NOUNS, rng)
        return named + [Phrase(generic, color) for color in self.colors]

    def _phrase(
        self, kind: str, things: Sequence[LabelledObject], rng: np.random.Generator
    ) -> Phrase | None:
        if kind == "absent_noun":
            return Phrase(_pick(self.nouns + self.categories, rng))
        if kind == "absent_color":
            return Phrase(_pick(GENERIC_NOUNS, rng), _pick(self.colors, rng))
        if kind == "unknown_word":
            color = _pick(self.colors, rng) if rng.random() < 0.4 else None
            return Phrase(_made_up_word(rng), color)
        if not things:
            return None
        thing = _pick(things, rng)
        color = _pick(thing.colors, rng) if thing.colors else None
        if kind == "noun":
            return Phrase(_noun(thing, rng))
        if kind == "category":
            return Phrase(_pick(thing.categories, rng)) if thing.categories else None
        if kind == "size_noun":
            if not thing.sizes:
                return None
            said = color if rng.random() < 0.5 else None
            return Phrase(_noun(thing, rng), said, _pick(thing.sizes, rng))
        if color is None:
            return None
        if kind == "color_thing":
            return Phrase(_pick(GENERIC_NOUNS, rng), color)
        if kind == "color_category":
            return Phrase(_pick(thing.categories, rng), color) if thing.categories else None
        if kind == "wrong_noun":
            return Phrase(_pick(self.nouns, rng), color)
        if kind == "wrong_color":
            return Phrase(_noun(thing, rng), _pick(self.colors, rng))
        return Phrase(_noun(thing, rng), color)


def _noun(thing: LabelledObject, rng: np.random.Generator) -> str:
    if len(thing.nouns) == 1 or rng.random() < _PLAINEST_NOUN_ODDS:
        return thing.nouns[0]
    return _pick(thing.nouns[1:], rng)


def _pick(items: Sequence[Item], rng: np.random.Generator) -> Item:
    return items[int(rng.integers(len(items)))]


def _made_up_word(rng: np.random.Generator) -> str:
    return "".join(_pick("bcdfghjklmnprstvwxz", rng) for _ in range(8))


def plural(noun: str) -> str:
    """Return the regular plural of a noun."""
    if noun.endswith("fe"):
        return noun[:-2] + "ves"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def _as_people_say(text: str, rng: np.random.Generator) -> str:
    if rng.random() < _PLURAL_ODDS:
        return plural(text)
    return f"{_pick(ARTICLES, rng)} {text}" if rng.random() < _ARTICLE_ODDS else text
