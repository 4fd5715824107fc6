"""Whether a text means "stop": all that the safety process needs to know of language.

Nothing beyond the standard library is imported, no regular expression is used, and only the
beginning of a text is read, so that the answer takes the same short time for any input. When in
doubt the answer is yes: stopping is safe, going on may not be.
"""

from __future__ import annotations

import unicodedata

from vla_ros.language.wording import words

_READ_CHARACTERS = 400
_APOSTROPHES = "'`\u2018\u2019"

_STOPS = words("stop halt freeze abort cancel whoa pause wait estop emergency")
_OPENERS = words(
    "please ok okay hey no oh robot now just can could would will you must should kindly the arm "
    "everything quick quickly immediately i said we to need want have do a and so hold on"
)
_HOLD_STILL = frozenset(
    (
        ("hold", "still"),
        ("stay", "still"),
        ("stay", "put"),
        ("stand", "still"),
        ("keep", "still"),
        ("e", "stop"),
        ("shut", "down"),
    )
)
_HOLD = (["hold", "it"], ["hold", "on"])
_NOT_FURTHER = words("move moving go continue proceed do stir budge carry keep anymore")
_NOUNS_AFTER_STOP = words("sign signs light lights watch button buttons")


def is_stop(text: str) -> bool:
    """Return whether a text, of any length and content, asks the robot to stop at once.

    True for "stop", "STOP!", "please stop it", "halt", "don't move", "emergency stop"; False where
    stop only names a thing ("pick up the stop sign") or is a later step ("..., then stop").
    """
    said = _words(text)
    if len(said) == 1 and _is_misspelt_stop(said[0]):
        return True
    for index, word in enumerate(said):
        following = said[index + 1] if index + 1 < len(said) else ""
        if word in _STOPS or _is_drawn_out_stop(word):
            return following not in _NOUNS_AFTER_STOP
        if (word, following) in _HOLD_STILL or said[index:] in _HOLD:
            return True
        if word in ("dont", "never") or (word == "do" and following == "not"):
            return _forbids_moving(said[index + (2 if word == "do" else 1) :])
        if word not in _OPENERS:
            return False
    return False


def _words(text: str) -> list[str]:
    """Return the first words in lower case, without accents, marks and apostrophes."""
    beginning = unicodedata.normalize("NFKD", text.lstrip()[: 8 * _READ_CHARACTERS])
    letters = (
        character if character.isalnum() else "" if character in _APOSTROPHES else " "
        for character in beginning[:_READ_CHARACTERS].lower()
        if not unicodedata.combining(character)
    )
    return "".join(letters).split()


def _forbids_moving(said: list[str]) -> bool:
    """Whether the words after "don't" forbid any motion: nothing, "move", "do anything" ..."""
    return not said or said[0] in _NOT_FURTHER


def _is_drawn_out_stop(word: str) -> bool:
    """Whether a word is "stop" with letters held down, as in "stoooop"."""
    squeezed = [
        letter for index, letter in enumerate(word) if index == 0 or letter != word[index - 1]
    ]
    return "".join(squeezed) == "stop"


def _is_misspelt_stop(word: str) -> bool:
    """Whether a lone word is "stop" with two neighbouring letters exchanged or one left out."""
    return word in ("tsop", "sotp", "stpo", "stp", "sop")
