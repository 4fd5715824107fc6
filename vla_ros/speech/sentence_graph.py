"""A grammar's sentences as one graph of sounds, without loops.

A slot is a place in a sentence that is filled with one of several phrases: a colour, a name, a
verb. A rule with few phrases becomes one slot; a rule with many is taken apart.

Source: Java Speech Grammar Format, Sun Microsystems, 1998 (sequences, alternatives, weights,
optional groups).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from vla_ros.speech.grammar import Rules
from vla_ros.speech.sounds import sounds_of

FREE = -1
"""The sound of an arc that takes none."""
_MOST_PHRASES = 120
_TOKEN = re.compile(r"/[\d.]+/|<\w+>|\[|\]|[\w']+")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a sentence.

    Attributes:
        begin: Node before it.
        phrases: What may stand there; '' where it may be left out.
        sounds: Of each phrase.
    """

    begin: int
    phrases: tuple[str, ...]
    sounds: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class SentenceGraph:
    """Nodes are numbered so that every arc leads to a higher one; 0 is the beginning.

    Attributes:
        sources: (A,) node that each arc leaves; arcs are sorted by the node they lead to.
        targets: (A,) node that each arc leads to.
        sounds: (A,) sound of each arc, FREE for none.
        filled: Of an arc that ends a phrase, the numbers of its slot and phrase.
        slots: By number.
        ends: Nodes in which one kind of sentence ends each.
    """

    sources: np.ndarray
    targets: np.ndarray
    sounds: np.ndarray
    filled: tuple[tuple[int, int] | None, ...]
    slots: tuple[Slot, ...]
    ends: tuple[int, ...]


def sentence_graph(rules: Rules, sentence: Sequence[str]) -> SentenceGraph:
    """Return the graph of sentences made of rules in a row; one of them is taken apart.

    Args:
        rules: Alternatives by name.
        sentence: Names of rules, such as opening, act, closing. Each alternative of the second
            one, and of the rules that are its alternatives, is a kind of sentence of its own.
    """
    opening, act, closing = sentence
    builder = _Builder(rules)
    begun = builder.rule(opening, 0)
    ends = []
    for kind in _kinds(rules, act):
        ends.append(builder.rule(closing, builder.sequence(kind, begun)))
    return builder.graph(ends)


def _kinds(rules: Rules, name: str) -> Iterable[str]:
    for alternative in rules[name]:
        tokens = _tokens(alternative)
        if len(tokens) == 1 and tokens[0].startswith("<"):
            yield from rules[tokens[0].strip("<>")]
        else:
            yield alternative


class _Builder:
    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._arcs: list[tuple[int, int, int, tuple[int, int] | None]] = []
        self._slots: list[Slot] = []
        self._nodes = 1

    def graph(self, ends: Sequence[int]) -> SentenceGraph:
        arcs = sorted(self._arcs, key=lambda arc: arc[1])
        sources, targets, heard = (np.array([arc[i] for arc in arcs], int) for i in range(3))
        return SentenceGraph(
            sources, targets, heard, tuple(arc[3] for arc in arcs), tuple(self._slots), tuple(ends)
        )

    def rule(self, name: str, begin: int) -> int:
        """Add a rule's alternatives after a node; return the node in which all of them end."""
        phrases = _phrases(self._rules, self._rules[name])
        if phrases is not None:
            return self._slot(phrases, begin)
        ends = [self.sequence(alternative, begin) for alternative in self._rules[name]]
        return self._joined(ends)

    def sequence(self, alternative: str, begin: int) -> int:
        """Add what stands in a row after a node; return the node in which it ends."""
        tokens = _tokens(alternative)
        at, node = 0, begin
        while at < len(tokens):
            if tokens[at] == "[":
                close = _closing(tokens, at)
                group = " ".join(tokens[at + 1 : close])
                phrases = _phrases(self._rules, [group])
                node = (
                    self._slot(("", *phrases), node)
                    if phrases is not None
                    else self._joined([node, self.sequence(group, node)])
                )
                at = close + 1
                continue
            token = tokens[at]
            node = (
                self.rule(token[1:-1], node)
                if token.startswith("<")
                else self._slot((token,), node)
            )
            at += 1
        return node

    def _slot(self, phrases: Sequence[str], begin: int) -> int:
        phrases = tuple(dict.fromkeys(phrases))
        number = len(self._slots)
        heard_as = tuple(sounds_of(phrase.split()) for phrase in phrases)
        self._slots.append(Slot(begin, phrases, heard_as))
        last = []
        for which, heard in enumerate(heard_as):
            node = begin
            for sound in heard[:-1]:
                node = self._arc(node, self._new_node(), sound)
            last.append((node, heard[-1] if heard else FREE, (number, which)))
        end = self._new_node()
        for node, sound, filled in last:
            self._arcs.append((node, end, sound, filled))
        return end

    def _joined(self, ends: Sequence[int]) -> int:
        end = self._new_node()
        for node in ends:
            self._arc(node, end, FREE)
        return end

    def _new_node(self) -> int:
        self._nodes += 1
        return self._nodes - 1

    def _arc(self, source: int, target: int, sound: int) -> int:
        self._arcs.append((source, target, sound, None))
        return target


def _phrases(rules: Rules, alternatives: Iterable[str]) -> tuple[str, ...] | None:
    """Return every phrase that alternatives stand for, None where they are too many."""
    found: list[str] = []
    for alternative in alternatives:
        parts: list[Sequence[str]] = []
        tokens = _tokens(alternative)
        at = 0
        while at < len(tokens):
            step = 1
            options: Sequence[str] | None = (tokens[at],)
            if tokens[at] == "[":
                close = _closing(tokens, at)
                inner = _phrases(rules, [" ".join(tokens[at + 1 : close])])
                options = None if inner is None else ("", *inner)
                step = close + 1 - at
            elif tokens[at].startswith("<"):
                options = _phrases(rules, rules[tokens[at][1:-1]])
            if options is None:
                return None
            parts.append(options)
            at += step
        if len(found) + np.prod([len(part) for part in parts]) > _MOST_PHRASES:
            return None
        found += (" ".join(" ".join(words).split()) for words in product(*parts))
    return tuple(found)


def _tokens(alternative: str) -> list[str]:
    """Return words, references and brackets; weights and <NULL> say nothing here."""
    found = _TOKEN.findall(alternative)
    return [token for token in found if not token.startswith("/") and token != "<NULL>"]


def _closing(tokens: Sequence[str], at: int) -> int:
    depth = 0
    for index in range(at, len(tokens)):
        depth += (tokens[index] == "[") - (tokens[index] == "]")
        if depth == 0:
            return index
    raise ValueError(f"a bracket is not closed in {' '.join(tokens)}")
