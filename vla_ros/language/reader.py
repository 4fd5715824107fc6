"""Words, and a cursor that reads them by phrases."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from vla_ros.language.verdicts import NotUnderstood

Value = TypeVar("Value")

_EXPANSIONS = {
    "dont": "do not",
    "don't": "do not",
    "doesn't": "does not",
    "can't": "can not",
    "cant": "can not",
    "cannot": "can not",
    "won't": "will not",
    "isn't": "is not",
    "aren't": "are not",
    "shouldn't": "should not",
    "mustn't": "must not",
    "i'd": "i would",
    "i'm": "i am",
    "you'd": "you would",
    "let's": "let us",
    "lets": "let us",
    "it's": "it is",
    "that's": "that is",
    "what's": "what is",
    "whats": "what is",
    "where's": "where is",
    "wheres": "where is",
    "which's": "which is",
    "there's": "there is",
    "they're": "they are",
    "pickup": "pick up",
    "colour": "color",
    "colours": "colors",
    "coloured": "colored",
    "grey": "gray",
    "centre": "center",
    "favour": "favor",
    "pls": "please",
    "plz": "please",
    "&": "and",
    "ok": "okay",
}
_JOINED = {("left", "most"): "leftmost", ("right", "most"): "rightmost"}
_SENTENCE_ENDS = ".!?;"
_BREAKS = ",:"
_SILENT = ("So", "Sk", "Pd", "Pi", "Pf")


class PhraseTable(Generic[Value]):
    """Values by phrase, looked up by the longest phrase that fits."""

    def __init__(self, entries: Mapping[tuple[str, ...], Value]) -> None:
        self._entries = dict(entries)
        self._longest = max(map(len, self._entries))

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self._entries)

    def match(self, words: Sequence[str], start: int) -> tuple[int, Value] | None:
        """Return the length and value of the longest phrase that begins at a word, if any."""
        for length in range(min(self._longest, len(words) - start), 0, -1):
            phrase = tuple(words[start : start + length])
            if phrase in self._entries:
                return length, self._entries[phrase]
        return None


def tokenize(text: str) -> list[str]:
    """Return the words and marks of a text: lower case, contractions spelt out, "." and ",".

    Everything that ends a sentence becomes ".", other pauses ",". Quotes, emoji and invisible
    characters are left out; any other sign is a word of its own, for the grammar to refuse.
    """
    normal = (
        unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'").replace("\u2018", "'")
    )
    spaced = "".join(
        character if _is_in_number(normal, index) else _spaced(character)
        for index, character in enumerate(normal)
    )
    words: list[str] = []
    for raw in spaced.split():
        word = raw.strip("'")
        if word:
            words.extend(_EXPANSIONS.get(word, word).split())
    return list(_joined(words))


def _is_in_number(text: str, index: int) -> bool:
    """Whether a sign belongs to a number, as in "-1" and "1.5"."""
    before, after = text[max(index - 1, 0) : index], text[index + 1 : index + 2]
    if text[index] == "-":
        return after.isdecimal() and not before.isalnum()
    return text[index] in ".," and before.isdecimal() and after.isdecimal()


def _spaced(character: str) -> str:
    if character.isalnum() or character == "'":
        return character
    if character in _SENTENCE_ENDS:
        return " . "
    if character in _BREAKS:
        return " , "
    if character in '-_"“”„«»*`–' or unicodedata.category(character)[0] in "CMZ":  # noqa: RUF001
        return " "
    if unicodedata.category(character) in ("So", "Sk"):
        return " "
    return f" {character} "


def _joined(words: Sequence[str]) -> Iterator[str]:
    index = 0
    while index < len(words):
        pair = tuple(words[index : index + 2])
        if pair in _JOINED:
            yield _JOINED[pair]
            index += 2
        else:
            yield words[index]
            index += 1


class Reader:
    """A cursor over words."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self.position = 0

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.position >= len(self.words)

    @property
    def rest(self) -> str:
        """What is left, up to the next mark, for messages."""
        left = self.words[self.position :]
        end = next((i for i, word in enumerate(left) if word in (".", ",")), len(left))
        return " ".join(left[: min(max(end, 1), 8)])

    def peek(self, offset: int = 0) -> str:
        """Return a coming word, or "" beyond the end."""
        index = self.position + offset
        return self.words[index] if index < len(self.words) else ""

    def at(self, *phrase: str) -> bool:
        """Whether these words come next."""
        return tuple(self.words[self.position : self.position + len(phrase)]) == phrase

    def accept(self, *phrase: str) -> bool:
        """Read these words if they come next."""
        if not self.at(*phrase):
            return False
        self.position += len(phrase)
        return True

    def accept_one_of(self, words: frozenset[str]) -> str:
        """Read the next word if it is one of these, and return it, or ""."""
        word = self.peek()
        if word not in words:
            return ""
        self.position += 1
        return word

    def accept_phrase(self, table: PhraseTable[Value]) -> tuple[tuple[str, ...], Value] | None:
        """Read the longest phrase of a table that comes next; return it with its value."""
        found = table.match(self.words, self.position)
        if found is None:
            return None
        length, value = found
        phrase = tuple(self.words[self.position : self.position + length])
        self.position += length
        return phrase, value

    def at_phrase(self, table: PhraseTable[Value]) -> bool:
        """Whether a phrase of a table comes next."""
        return table.match(self.words, self.position) is not None

    def require_done(self) -> None:
        """Refuse what is left, naming it.

        Raises:
            NotUnderstood: There are words left.
        """
        if not self.done:
            raise NotUnderstood(f"I don't understand '{self.rest}' here")
