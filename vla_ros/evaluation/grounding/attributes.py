"""Questions about what a thing is: present ones to be found, absent ones to be refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from vla_ros.evaluation.grounding.questions import Answer, Question
from vla_ros.evaluation.grounding.things import Thing, Things
from vla_ros.evaluation.grounding.words import (
    CATEGORIES,
    GENERIC_NOUNS,
    Words,
    is_clear,
    means_nothing,
    named,
)
from vla_ros.sim.held_out import HELD_OUT_PAIRS
from vla_ros.sim.materials import COLORS, color_words
from vla_ros.sim.objects import CATALOGUE

NOUNS = tuple(sorted({noun for kind in CATALOGUE.values() for noun in kind.nouns}))
COLOR_WORDS = tuple(sorted({word for color in COLORS for word in color_words(color)}))
UNKNOWN_NOUNS = (
    "teapot", "giraffe", "umbrella", "toaster", "violin", "keyboard", "helmet", "candle", "wallet",
    "flurb", "wug", "blicket", "zorple", "dax", "snorkel", "trumpet", "pillow", "ladder",
)  # fmt: skip
"""Nouns of nothing in the catalogue, real ones and made-up ones."""

_PLAINEST_ODDS = 0.6

Item = TypeVar("Item")


def present(things: Things, rng: np.random.Generator) -> Iterator[Question]:
    """Yield questions about one thing alone, by its attributes."""
    for thing in (thing for thing in things.values() if thing.clear):
        noun, color = _word(thing.nouns, rng), _word(thing.colors, rng)
        held_out = (thing.colors[0], thing.nouns[0]) in HELD_OUT_PAIRS
        yield from _find(
            "held_out" if held_out else "found/color_noun", Words(noun, color), thing, things
        )
        yield from _find("found/noun", Words(noun), thing, things)
        yield from _find("found/color_thing", Words(_one(GENERIC_NOUNS, rng), color), thing, things)
        for category in thing.categories:
            if category in CATEGORIES:
                yield from _find("found/category", Words(category), thing, things)


def shared(things: Things) -> Iterator[Question]:
    """Yield questions that mean several things of one kind alike, which a robot must ask about."""
    for words in shared_words(things):
        yield Question("asked_back", words.text(), Answer.ASK, named(words, things))


def absent(things: Things, rng: np.random.Generator) -> Iterator[Question]:
    """Yield questions about what is not there.

    The kinds "hard" are those on which people differ too: other words for what is there, and
    colours that are near to its own.
    """
    color = _one(COLOR_WORDS, rng)
    for noun in NOUNS:
        yield from _refuse("absent_noun", Words(noun), things)
    for noun in UNKNOWN_NOUNS:
        yield from _refuse(
            "unknown_word", Words(noun, color if rng.random() < 0.4 else None), things
        )
    for thing in (thing for thing in things.values() if thing.clear):
        own = _word(thing.colors, rng)
        for noun in NOUNS:
            yield from _refuse("wrong_noun", Words(noun, own), things)
        for other in COLOR_WORDS:
            yield from _refuse("wrong_color", Words(_word(thing.nouns, rng), other), things)


def shared_words(things: Things) -> list[Words]:
    """Return the words that mean several things of one kind, all of them seen clearly."""
    found: dict[Words, None] = {}
    for thing in things.values():
        for noun in thing.nouns:
            for words in (Words(noun), *(Words(noun, color) for color in thing.colors)):
                meant = named(words, things)
                if len(meant) > 1 and len({things[name].kind for name in meant}) == 1:
                    found[words] = None
    return [words for words in found if is_clear(words, things)]


def own_words(thing: Thing, things: Things) -> Words | None:
    """Return the plainest words that mean a thing alone, or None where there are none."""
    for color in (*thing.colors, None):
        for noun in thing.nouns:
            words = Words(noun, color)
            if named(words, things) == (thing.name,) and is_clear(words, things):
                return words
    return None


def _find(kind: str, words: Words, thing: Thing, things: Things) -> Iterator[Question]:
    if named(words, things) == (thing.name,) and is_clear(words, things):
        yield Question(kind, words.text(), Answer.FIND, (thing.name,))


def _refuse(kind: str, words: Words, things: Things) -> Iterator[Question]:
    if named(words, things):
        return
    if not means_nothing(words, things):
        yield Question("hard/other_word", words.text(), Answer.REFUSE)
    elif any(words.is_near(thing) for thing in things.values()):
        yield Question("hard/near_color", words.text(), Answer.REFUSE)
    else:
        yield Question(f"refused/{kind}", words.text(), Answer.REFUSE)


def _word(words: Sequence[str], rng: np.random.Generator) -> str:
    """Return the plainest word, or now and then another one."""
    if len(words) == 1 or rng.random() < _PLAINEST_ODDS:
        return words[0]
    return _one(words[1:], rng)


def _one(options: Sequence[Item], rng: np.random.Generator) -> Item:
    return options[int(rng.integers(len(options)))]
