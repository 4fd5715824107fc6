"""The commands that what was heard may have been: as it is, and those that sound most like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from vla_ros.speech.grammar import command_rules
from vla_ros.speech.nearest import NearestSentences
from vla_ros.speech.sentence_graph import sentence_graph
from vla_ros.speech.sounds import sounds_of
from vla_ros.speech.vocabulary import Vocabulary
from vla_ros.types import Parse

_SENTENCE = ("opening", "act", "closing")
_NEAR = 24
_SAME_MEANING = 2
"""Wordings of one meaning that are looked at."""
_MOST_CHANGED = 0.25
"""Of the heard sounds; what differs more is not held for that command."""
_UNUSUAL = 0.05
"""As so much changed counts a command that was heard as it is but is none that people say most."""
_UNCLEAR = 0.2
"""And as so much one that is not clear: half a command, or one with a strange word, is mostly
another one misheard."""
_MOST_WORDS = 40


@dataclass(frozen=True, slots=True)
class Candidate:
    """A command that may have been said.

    Attributes:
        text: Its words, in lower case.
        changed: Share of the heard sounds that are others in it.
        parse: What it means.
    """

    text: str
    changed: float
    parse: Parse


def candidates(
    heard: Sequence[str],
    vocabulary: Vocabulary,
    parsed: Callable[[str], tuple[Parse, bool] | None],
    most: int,
) -> list[Candidate]:
    """Return commands, the nearest to any of the heard texts first.

    Args:
        heard: Texts in lower case, without marks, the likeliest first.
        vocabulary: What things are called.
        parsed: What a text means, and whether that is clear; None where it is no command on what
            is known here.
        most: How many to return at most.
    """
    nearest = _nearest(vocabulary)
    changed: dict[str, float] = {}
    for text in heard:
        words = text.split()[:_MOST_WORDS]
        count = max(1, len(sounds_of(words)))
        for near in nearest.find(words, _NEAR):
            share = near.cost / count
            if share <= min(_MOST_CHANGED, changed.get(near.text, _MOST_CHANGED)):
                changed[near.text] = share
        changed[text] = min(_UNUSUAL, changed.get(text, _UNUSUAL))
    found: list[Candidate] = []
    meanings: Counter[Parse] = Counter()
    for text, share in sorted(changed.items(), key=lambda pair: pair[1]):
        if len(found) == most:
            break
        parse, is_clear = parsed(text) or (None, False)
        if parse is not None and meanings[parse] < _SAME_MEANING:
            meanings[parse] += 1
            found.append(Candidate(text, share if is_clear else max(share, _UNCLEAR), parse))
    return sorted(found, key=lambda candidate: candidate.changed)


@lru_cache(maxsize=8)
def _nearest(vocabulary: Vocabulary) -> NearestSentences:
    return NearestSentences(sentence_graph(command_rules(vocabulary), _SENTENCE))
