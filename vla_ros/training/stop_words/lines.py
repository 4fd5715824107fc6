"""What is said for training: calls of the stop words, and speech that holds none of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pydoc_data.topics import topics

import numpy as np

from vla_ros.speech.nearest import difference
from vla_ros.speech.sounds import sounds
from vla_ros.speech.sphinx_model import pronunciations
from vla_ros.speech.stop_network import STOP_WORDS
from vla_ros.speech.vocabulary import DEFAULT_COLORS, DEFAULT_NOUNS

_BEFORE = ("robot", "please", "no", "now", "hey", "okay", "and", "just", "you must")
_AFTER = (
    "now", "now", "it", "please", "right there", "right now", "moving", "at once", "the arm",
    "the robot", "robot", "there", "that", "everything",
)  # fmt: skip
_VERBS = (
    "pick up", "put", "push", "place", "grab", "move", "slide", "stack", "lift", "give me", "take",
    "open", "close", "point at", "look at", "find", "drop", "turn", "set", "lay", "stack",
    "set down",
)  # fmt: skip
_KINDLY_BEFORE = (
    "please",
    "robot,",
    "robot, please",
    "can you",
    "could you please",
    "would you",
    "now",
)
_KINDLY_AFTER = (", please", "please", "for me", "for me, please", "now", "right now", "robot")
_SHORT = (
    "please", "yes", "no", "okay", "yes please", "no thanks", "thank you", "go home",
    "go home please", "come back", "never mind", "the left one", "the right one", "both of them",
    "robot", "go on", "continue", "wait", "hello", "the first one", "that one please",
    "what do you see", "go home, please", "please go home", "robot, go home", "home", "now go home",
    "hold it", "hold on", "help", "on top, please", "three, please", "both, please", "once more",
)  # fmt: skip
_JOINTS = ("in", "on", "next to", "left of", "behind", "and", "or", "to", "from", "with", "under")
_NEAR = 1.7
_FEWEST_LETTERS, _MOST_LETTERS = 2, 10
_LONGEST_PASSAGE = 9


@dataclass(frozen=True, slots=True)
class Line:
    """Something to say.

    Attributes:
        text: The words.
        label: 0 where it holds no stop word, else the word's number in STOP_WORDS plus 1.
        after: Share of the text's sounds that follow the stop word.
    """

    text: str
    label: int = 0
    after: float = 0.0


def calls(rng: np.random.Generator, count: int) -> list[Line]:
    """Return calls of each stop word in turn: alone, twice over, or in a phrase."""
    lines = []
    for number in range(count):
        label = number % len(STOP_WORDS) + 1
        word = STOP_WORDS[label - 1]
        chance = rng.random()
        after = 0.0
        if chance < 0.4:
            text = word + ("", "!", ".", "?")[int(rng.integers(4))]
        elif chance < 0.62:
            text = f"{_one(_BEFORE, rng)}{(' ', ', ')[int(rng.integers(2))]}{word}"
        elif chance < 0.92:
            following = _one(_AFTER, rng)
            text = f"{word} {following}{('', '!')[int(rng.integers(2))]}"
            after = _length(following) / (_length(word) + _length(following))
        else:
            text = f"{word}, {word}"
        lines.append(Line(text, label, after))
    return lines


def after_calls(rng: np.random.Generator, count: int) -> list[Line]:
    """Return what may follow a stop word in the same breath."""
    return [Line(_one(_AFTER, rng)) for _ in range(count)]


def other_speech(rng: np.random.Generator, count: int) -> list[Line]:
    """Return speech without a stop word.

    Words of the dictionary by chance, prose, words that sound like a stop word, commands with all
    the politeness that goes with them ("please" is much like "freeze"), and short replies.
    """
    words, near = _words()
    makers = (
        lambda: " ".join(_one(words, rng) for _ in range(int(rng.integers(1, 8)))),
        lambda: _passage(rng),
        lambda: _one(near, rng),
        lambda: f"{_one(words, rng)} {_one(near, rng)} {_one(words, rng)}",
        lambda: _command(rng),
        lambda: _one(_SHORT, rng),
    )
    odds = (0.1, 0.2, 0.15, 0.15, 0.28, 0.12)
    return [Line(makers[int(rng.choice(len(makers), p=odds))]()) for _ in range(count)]


def near_words() -> list[str]:
    """Return the dictionary's words that sound much like a stop word and hold none."""
    return _words()[1]


def _command(rng: np.random.Generator) -> str:
    first, second = (f"{_one(DEFAULT_COLORS, rng)} {_one(DEFAULT_NOUNS, rng)}" for _ in range(2))
    place = f" {_one(_JOINTS, rng)} the {second}" if rng.random() < 0.7 else ""
    command = f"{_one(_VERBS, rng)} the {first}{place}"
    if rng.random() < 0.5:
        command = f"{_one(_KINDLY_BEFORE, rng)} {command}"
    if rng.random() < 0.5:
        after = _one(_KINDLY_AFTER, rng)
        command += after if after.startswith(",") else f" {after}"
    return command


def _passage(rng: np.random.Generator) -> str:
    """Return some words of prose in a row."""
    words = _prose()
    first = int(rng.integers(len(words) - _LONGEST_PASSAGE))
    passage = words[first : first + int(rng.integers(3, _LONGEST_PASSAGE))]
    return " ".join(word for word in passage if not _is_stop(word))


@cache
def _prose() -> list[str]:
    """Return the plain words of the longest English text that every Python brings along."""
    text = " ".join(topics[name] for name in sorted(topics))
    known = pronunciations()
    return [word for word in re.findall("[a-z]+", text.lower()) if word in known]


def _length(text: str) -> int:
    """Return the number of sounds of some words, about as long as each other."""
    return sum(len(pronunciations()[word].split()) for word in text.split())


def _is_stop(word: str) -> bool:
    phones = pronunciations()[word].split()
    return any(_holds(phones, pronunciations()[stop].split()) for stop in STOP_WORDS)


@cache
def _words() -> tuple[list[str], list[str]]:
    """Return the dictionary's plain words, and those of them that are near to a stop word."""
    words, near = [], []
    for word in pronunciations():
        plain = word.isalpha() and _FEWEST_LETTERS <= len(word) <= _MOST_LETTERS
        if not plain or _is_stop(word):
            continue
        words.append(word)
        if any(difference(sounds(stop), sounds(word)) <= _NEAR for stop in STOP_WORDS):
            near.append(word)
    return words, near


def _holds(phones: Sequence[str], stop: Sequence[str]) -> bool:
    """Return whether a word's sounds hold a stop word's ("stopped", "malt halt")."""
    size = len(stop)
    return any(list(phones[k : k + size]) == list(stop) for k in range(len(phones) - size + 1))


def _one(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]
