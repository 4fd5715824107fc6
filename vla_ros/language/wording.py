"""Word lists written as text, so that a table stays readable."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


def phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the phrases of a text, which are divided by "|"."""
    return tuple(tuple(phrase.split()) for phrase in text.split("|"))
