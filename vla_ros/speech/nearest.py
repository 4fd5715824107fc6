"""The sentences of a grammar that sound most like what was heard.

The way through the grammar's graph whose sounds differ least from the heard ones is found exactly,
by dynamic programming over the graph's nodes and the heard sounds; further sentences put other
phrases into the slots of that way, the likest first.

Source: E. W. Myers and W. Miller, "Approximate matching of regular expressions", Bulletin of
Mathematical Biology 51 (1989).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vla_ros.speech.sentence_graph import FREE, SentenceGraph
from vla_ros.speech.sounds import ADDED, missed, replaced, sounds_of

_MARGIN = 4.0
"""Sentences that differ by so much more than the nearest one are not looked at."""
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class NearSentence:
    """A sentence of the grammar.

    Attributes:
        text: Its words.
        cost: How much its sounds differ from the heard ones; about the number of wrong sounds.
    """

    text: str
    cost: float


@dataclass(frozen=True, slots=True)
class _Filled:
    """A slot on a way through the graph: its phrase, and which of the heard sounds it took."""

    slot: int
    phrase: int
    begin: int
    end: int


class NearestSentences:
    """Finds the sentences of one graph that are nearest to heard words."""

    def __init__(self, graph: SentenceGraph) -> None:
        self._graph = graph
        self._first_arc = np.searchsorted(graph.targets, np.arange(graph.targets[-1] + 2))
        self._levels = _levels(graph)
        self._skip = np.array([0.0 if s == FREE else missed()[s] for s in graph.sounds])

    def find(self, words: Sequence[str], most: int) -> list[NearSentence]:
        """Return the nearest sentences, the nearest first.

        Args:
            words: What was heard, in lower case.
            most: How many to return at most.
        """
        heard = sounds_of(words)
        costs = self._costs(heard)
        nearest = min(float(costs[end, -1]) for end in self._graph.ends)
        found: dict[str, float] = {}
        for end in self._graph.ends:
            if costs[end, -1] > nearest + _MARGIN:
                continue
            way = self._way(costs, heard, end)
            for count, near in enumerate(self._variants(way, heard, float(costs[end, -1]))):
                if count >= most or near.cost > nearest + _MARGIN:
                    break
                found[near.text] = min(near.cost, found.get(near.text, np.inf))
        ordered = sorted(found.items(), key=lambda pair: pair[1])
        return [NearSentence(text, cost) for text, cost in ordered[:most]]

    def _costs(self, heard: Sequence[int]) -> np.ndarray:
        """Return (nodes, heard + 1) least costs of reaching a node with so many sounds heard."""
        graph = self._graph
        steps = ADDED * np.arange(len(heard) + 1)
        costs = np.full((len(self._first_arc) - 1, len(heard) + 1), np.inf)
        costs[0] = steps
        table = np.vstack([replaced()[:, list(heard)], np.full(len(heard), np.inf)])  # last: FREE
        for arcs, nodes, firsts in self._levels:
            before = costs[graph.sources[arcs]]
            reached = before + self._skip[arcs, None]
            heard_too = before[:, :-1] + table[graph.sounds[arcs]]
            np.minimum(reached[:, 1:], heard_too, out=reached[:, 1:])
            best = np.minimum.reduceat(reached, firsts, axis=0)
            costs[nodes] = np.minimum.accumulate(best - steps, axis=1) + steps
        return costs

    def _way(self, costs: np.ndarray, heard: Sequence[int], end: int) -> list[_Filled]:
        """Return the slots on the best way to an end."""
        graph, way = self._graph, []
        node, at = end, len(heard)
        filled: tuple[int, int] | None = None
        ended = at
        while node:
            arc, taken = self._step_back(costs, heard, node, at)
            if arc is None:
                at -= 1
                continue
            if graph.filled[arc] is not None:
                filled, ended = graph.filled[arc], at
            node, at = int(graph.sources[arc]), at - taken
            if filled is not None and node == graph.slots[filled[0]].begin:
                way.append(_Filled(*filled, at, ended))
                filled = None
        return way[::-1]

    def _step_back(
        self, costs: np.ndarray, heard: Sequence[int], node: int, at: int
    ) -> tuple[int | None, int]:
        """Return the arc by which a node was reached and how many sounds it took, or None."""
        for arc in range(self._first_arc[node], self._first_arc[node + 1]):
            source, sound = self._graph.sources[arc], self._graph.sounds[arc]
            if at and sound != FREE:
                cost = costs[source, at - 1] + replaced()[sound, heard[at - 1]]
                if abs(cost - costs[node, at]) < _SAME:
                    return arc, 1
            if abs(costs[source, at] + self._skip[arc] - costs[node, at]) < _SAME:
                return arc, 0
        return None, 0

    def _variants(
        self, way: Sequence[_Filled], heard: Sequence[int], cost: float
    ) -> Iterator[NearSentence]:
        """Yield the sentences that fill a way's slots, the nearest first."""
        options = [self._options(filled, tuple(heard[filled.begin : filled.end])) for filled in way]
        first = (0,) * len(way)
        waiting = [(cost, first)]
        seen = {first}
        while waiting:
            cost, chosen = heapq.heappop(waiting)
            phrases = (options[i][at][1] for i, at in enumerate(chosen))
            yield NearSentence(" ".join(" ".join(phrases).split()), cost)
            for i, at in enumerate(chosen):
                further = (*chosen[:i], at + 1, *chosen[i + 1 :])
                if at + 1 < len(options[i]) and further not in seen:
                    seen.add(further)
                    dearer = options[i][at + 1][0] - options[i][at][0]
                    heapq.heappush(waiting, (cost + dearer, further))

    def _options(self, filled: _Filled, heard: tuple[int, ...]) -> list[tuple[float, str]]:
        """Return a slot's phrases with what each differs from those sounds, the chosen one first.

        Costs are above the chosen one's; another that is even nearer alone counts as as near.
        """
        slot = self._graph.slots[filled.slot]
        costs = [difference(said, heard) for said in slot.sounds]
        least = costs[filled.phrase]
        others = [
            (max(0.0, cost - least), phrase)
            for cost, phrase in zip(costs, slot.phrases, strict=True)
            if phrase != slot.phrases[filled.phrase]
        ]
        return [(0.0, slot.phrases[filled.phrase]), *sorted(others)]


@lru_cache(maxsize=100_000)
def difference(said: tuple[int, ...], heard: tuple[int, ...]) -> float:
    """Return the least cost of hearing some sounds for others."""
    table, skipped = replaced(), missed()
    row = [ADDED * i for i in range(len(heard) + 1)]
    for sound in said:
        previous, row[0] = row[0], row[0] + float(skipped[sound])
        for i, other in enumerate(heard, start=1):
            previous, row[i] = (
                row[i],
                min(
                    previous + float(table[sound, other]),
                    row[i] + float(skipped[sound]),
                    row[i - 1] + ADDED,
                ),
            )
    return row[-1]


def _levels(graph: SentenceGraph) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return arcs in groups that depend only on earlier groups.

    Of each group its arcs, the nodes they lead to, and where the arcs of each node begin.
    """
    depth = np.zeros(graph.targets[-1] + 1, int)
    for source, target in zip(graph.sources, graph.targets, strict=True):
        depth[target] = max(depth[target], depth[source] + 1)
    levels = []
    for level in range(1, depth.max() + 1):
        arcs = np.flatnonzero(depth[graph.targets] == level)
        nodes, firsts = np.unique(graph.targets[arcs], return_index=True)
        levels.append((arcs, nodes, firsts))
    return levels
