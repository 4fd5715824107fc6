"""Words that say nothing of the task, taken out; every way to say "then", made one."""

from __future__ import annotations

from collections.abc import Sequence

from vla_ros.language import lexicon as lex
from vla_ros.language.reader import Reader


def without_fillers(words: Sequence[str]) -> list[str]:
    """Return the words without politeness and the like, and with one word for each "then"."""
    reader, kept = Reader(words), list[str]()
    while not reader.done:
        found = reader.accept_phrase(lex.THEN)
        if found is not None:
            kept.extend(("then",) if found[1] else found[0])
        elif reader.accept_phrase(lex.FILLERS) is None:
            kept.append(reader.peek())
            reader.position += 1
    return kept
