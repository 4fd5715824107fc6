"""How alike words sound, by the sounds they are made of where a dictionary has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.util import find_spec


@cache
def likeness(first: str, second: str) -> float:
    """Return 1 for words that sound the same down to 0 for nothing in common.

    It is one minus the edit distance of their sounds over the longer one's length; of their
    letters where one of them is in no dictionary.
    """
    sounds = _sounds(first), _sounds(second)
    a, b = (first, second) if None in sounds else sounds
    assert a is not None and b is not None
    return 1.0 - _distance(a, b) / max(len(a), len(b), 1)


def like(word: str, words: Iterable[str], least: float) -> list[tuple[str, float]]:
    """Return the words that sound at least so much like one, the most alike first."""
    found = [(other, likeness(word, other)) for other in words]
    return sorted((pair for pair in found if pair[1] >= least), key=lambda pair: -pair[1])


def _sounds(word: str) -> Sequence[str] | None:
    """Return the sounds of a word, None where they are not known."""
    if find_spec("pocketsphinx") is None:
        return None
    from vla_ros.speech.sphinx_model import pronounced

    phones = pronounced(word)
    return None if phones is None else tuple(phones.split())


def _distance(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the least number of insertions, deletions and replacements (Levenshtein)."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        previous, row[0] = row[0], i
        for j, b in enumerate(second, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]
