"""Sounds of words, sentences as a graph, and the sentences nearest to what was heard."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_ros.speech.grammar import command_rules
from vla_ros.speech.nearest import NearestSentences, difference
from vla_ros.speech.sentence_graph import sentence_graph
from vla_ros.speech.sounds import ADDED, PHONES, missed, replaced, sounds, sounds_of
from vla_ros.speech.vocabulary import Vocabulary

RULES = {
    "opening": ("/8/ <NULL>", "/1/ please"),
    "act": ("/2/ <take>", "go home"),
    "take": ("pick up <thing>", "<grabbing> <thing> and <grabbing> it"),
    "grabbing": ("/4/ grab", "lift"),
    "thing": ("the [<color>] <name>",),
    "color": ("red", "gray"),
    "name": ("cup", "tape roll"),
    "closing": ("<NULL>", "for me"),
}
"""A grammar small enough to write all its sentences down."""
THINGS = [
    f"the {c} {n}".replace("  ", " ") for c in ("", "red", "gray") for n in ("cup", "tape roll")
]
ACTS = [
    *(f"pick up {thing}" for thing in THINGS),
    *(f"{a} {t} and {b} it" for a in ("grab", "lift") for t in THINGS for b in ("grab", "lift")),
    "go home",
]
SENTENCES = [
    " ".join(f"{before} {act} {after}".split())
    for before, act, after in itertools.product(("", "please"), ACTS, ("", "for me"))
]


@pytest.fixture(scope="module")
def small():
    return NearestSentences(sentence_graph(RULES, ("opening", "act", "closing")))


def plain_distance(said, heard):
    """The textbook recursion, written down anew over a full table."""
    table = np.zeros((len(said) + 1, len(heard) + 1))
    for i, j in itertools.product(range(len(said) + 1), range(len(heard) + 1)):
        if i or j:
            ways = []
            if i:
                ways.append(table[i - 1, j] + missed()[said[i - 1]])
            if j:
                ways.append(table[i, j - 1] + ADDED)
            if i and j:
                ways.append(table[i - 1, j - 1] + replaced()[said[i - 1], heard[j - 1]])
            table[i, j] = min(ways)
    return table[-1, -1]


@pytest.mark.parametrize("sentence", SENTENCES[:: len(SENTENCES) // 12])
def test_a_sentence_of_the_grammar_is_nearest_to_itself(small, sentence):
    nearest = small.find(sentence.split(), 3)[0]
    assert (nearest.text, nearest.cost) == (sentence, pytest.approx(0.0))


@pytest.mark.parametrize(
    "heard",
    ["pick a the read cop", "go to rome", "grab the great tapper roll and left it", "leaf the cup",
     "peas lift the gray cup and crab it for me", "the", "four me"],
)  # fmt: skip
def test_the_nearest_sentence_is_found_as_by_trying_all(small, heard):
    costs = {s: plain_distance(sounds_of(s.split()), sounds_of(heard.split())) for s in SENTENCES}
    nearest = small.find(heard.split(), 5)
    assert nearest[0].cost == pytest.approx(min(costs.values()))
    assert costs[nearest[0].text] == pytest.approx(nearest[0].cost)
    for near in nearest:
        assert near.cost >= costs[near.text] - 1e-9


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, len(PHONES) - 1), max_size=9),
       st.lists(st.integers(0, len(PHONES) - 1), max_size=9))  # fmt: skip
def test_the_difference_of_sounds_is_the_textbooks(said, heard):
    assert difference(tuple(said), tuple(heard)) == pytest.approx(plain_distance(said, heard))


def test_variants_come_in_order_and_differ(small):
    found = small.find(["pick", "up", "the", "gray", "cap"], 8)
    assert [near.cost for near in found] == sorted(near.cost for near in found)
    assert len({near.text for near in found}) == len(found) > 3


def test_the_whole_command_language_becomes_a_graph():
    graph = sentence_graph(command_rules(Vocabulary()), ("opening", "act", "closing"))
    assert (graph.sources < graph.targets).all()
    words = {word for slot in graph.slots for phrase in slot.phrases for word in phrase.split()}
    assert {"tumbler", "yellow", "nudge", "leftmost", "halt"} <= words
    assert not any(re.search(r"[<>\[\]/]", word) for word in words)


def test_words_without_a_dictionary_are_read_by_spelling():
    same = ["tumblr", "qube", "bananna", "shicken"]
    like = ["tumbler", "cube", "banana", "chicken"]
    for strange, known in zip(same, like, strict=True):
        assert difference(sounds(known), sounds(strange)) < 0.35 * len(sounds(known))


def test_costs_of_sounds_are_those_of_a_measure():
    costs = replaced()
    assert (np.diag(costs) == 0).all() and (costs == costs.T).all()
    assert ((costs > 0) | np.eye(len(PHONES), dtype=bool)).all() and costs.max() == 1.0
    voiced, unlike = costs[PHONES.index("B"), PHONES.index("P")], costs[0, PHONES.index("P")]
    assert voiced < unlike
