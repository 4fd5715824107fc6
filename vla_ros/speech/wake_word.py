"""The word by which the robot is called, at the beginning of what was heard."""

from __future__ import annotations

import re

from vla_ros.speech.nearest import difference
from vla_ros.speech.sounds import sounds_of

_CALLS = ("hey", "hello", "okay", "ok", "hi")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_MOST_CHANGED = 0.3
"""Of the wake word's sounds, in what still counts as the wake word."""


def without_wake_word(text: str, wake_word: str) -> str | None:
    """Return what follows the wake word; None where a text does not begin with it.

    "Robot, pick up the cube" is "pick up the cube", "row but pick up the cube" too; "hey robot"
    is an empty text.
    """
    words = list(_WORD.finditer(text))
    while words and words[0].group().lower() in _CALLS:
        words.pop(0)
    wake = sounds_of(wake_word.lower().split())
    if not wake:
        return None
    for count in range(1, len(wake_word.split()) + 2):
        called = [word.group().lower() for word in words[:count]]
        if len(called) == count and difference(wake, sounds_of(called)) <= _MOST_CHANGED * len(
            wake
        ):
            return text[words[count - 1].end() :].lstrip(" ,.!:")
    return None
