"""Slips of one letter in verbs and colours, mended only where nothing else can be meant."""

from __future__ import annotations

from collections.abc import Iterable

from vla_ros.language.lexicon import COLORS
from vla_ros.language.wording import words

_LIKE_COLORS = words("sliver back block glue clue pin pine pint read reed rod blur")
_WHOLE_WORD_CHANGES_FROM = 6


def correct_color(word: str) -> str:
    """Return the colour that a word is a slip of, or the word as it is.

    A letter exchanged with its neighbour, left out or doubled; a wrong letter only in words of six
    letters or more. The first letter must be right, and no other colour may fit.
    """
    if word in COLORS or word in _LIKE_COLORS or len(word) < 3:
        return word
    return _only_match(word, COLORS, shortest_cut=4) or word


def correct_verb(word: str, verbs: Iterable[str]) -> str:
    """Return the only verb that an unknown word is a slip of, or the word as it is."""
    return (_only_match(word, verbs, shortest_cut=3) or word) if len(word) >= 3 else word


def _only_match(word: str, known: Iterable[str], *, shortest_cut: int) -> str | None:
    matches = [candidate for candidate in known if _is_slip(word, candidate, shortest_cut)]
    return matches[0] if len(matches) == 1 else None


def _is_slip(word: str, meant: str, shortest_cut: int) -> bool:
    """Whether one slip turns `meant` into `word`; cut words have at least so many letters."""
    if word[0] != meant[0] or len(meant) < 3:
        return False
    if len(word) == len(meant):
        return _is_exchange(word, meant) or (
            len(meant) >= _WHOLE_WORD_CHANGES_FROM
            and sum(a != b for a, b in zip(word, meant, strict=True)) == 1
        )
    if len(word) == len(meant) - 1 and len(word) >= shortest_cut:
        return any(word == meant[:i] + meant[i + 1 :] for i in range(len(meant)))
    return any(word == meant[:i] + meant[i] + meant[i:] for i in range(len(meant)))


def _is_exchange(word: str, meant: str) -> bool:
    differing = [i for i, (a, b) in enumerate(zip(word, meant, strict=True)) if a != b]
    return (
        len(differing) == 2
        and differing[1] == differing[0] + 1
        and word[differing[0]] == meant[differing[1]]
        and word[differing[1]] == meant[differing[0]]
    )
