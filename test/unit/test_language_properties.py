"""What holds for every text: an answer of one kind, and no harm from case or politeness."""

import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_language_instructions import CASES

from vla_ros.language import lexicon
from vla_ros.language.rule_parser import RuleParser
from vla_ros.language.verbs import SINGLE_VERBS
from vla_ros.types import Skill

VOCABULARY = sorted(
    set(SINGLE_VERBS)
    | lexicon.CLOSED
    | lexicon.ADJECTIVES
    | set(lexicon.NUMBERS)
    | set(lexicon.SUPERLATIVES)
    | set(lexicon.ORDINALS)
    | {
        "cube",
        "cubes",
        "can",
        "mug",
        "bowl",
        "of",
        ",",
        ".",
        "?",
        "then",
        "'s",
        "&",
        "-",
        "1",
        "me",
    }
)
WRAPPERS = [
    "please {}",
    "{} please",
    "could you {}",
    "robot, {}",
    "I'd like you to {}",
    "Would you please {} for me?",
    "ok, now {}",
    "{}, thank you",
    "  {}  !!",
]


def one_answer(text: str) -> None:
    understood = RuleParser().parse(text)
    given_answers = [bool(understood.tasks), bool(understood.refusal), bool(understood.question)]
    assert sum(given_answers) == 1, understood
    for task in understood.tasks:
        assert task.object != "" and task.destination != ""
        assert task.object is None or len(task.object) <= 500


@given(st.text(max_size=200))
@example("\x00")
@example("\ud800".encode("utf-8", "replace").decode())
def test_any_text_gets_one_answer(text):
    one_answer(text)


@settings(max_examples=600)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=25))
def test_known_words_in_any_order_get_one_answer(words):
    one_answer(" ".join(words))


@settings(max_examples=300)
@given(st.sampled_from(CASES), st.integers(0, 30), st.sampled_from(VOCABULARY))
def test_an_instruction_with_a_stray_word_gets_one_answer(case, index, stray):
    words = case[0].split()
    one_answer(" ".join([*words[:index], stray, *words[index:]]))


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_case_does_not_matter(text, expected):
    for variant in (text.upper(), text.lower(), text.title().replace("'S", "'s")):
        assert RuleParser().parse(variant).tasks == expected


ASKING = ("would", "do ", "don't", "can ", "could", "how", "what", "robot", "hey", "first")
PLAIN = [
    (text, expected)
    for text, expected in CASES
    if text[0] in string.ascii_lowercase
    and "?" not in text
    and "." not in text
    and not text.startswith(ASKING)
]


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_politeness_does_not_matter(wrapper):
    for text, expected in PLAIN:
        understood = RuleParser().parse(wrapper.format(text))
        assert understood.tasks == expected, (wrapper.format(text), understood)


@pytest.mark.parametrize(
    "text",
    [
        "in the bowl " * 40,
        "put the cube " + "in the bowl " * 38,
        "pick up " + "the red and " * 40,
        "please " * 70,
        "and " * 120,
        "the " * 120,
        "pick up the cube " + "that is " * 55,
        "put the cube between " * 23,
        "," * 500,
        "a" * 500,
        "pick up the " + "big " * 110,
    ],
)
def test_repetition_gets_one_answer(text):
    one_answer(text[:500])


def test_stop_wins_over_length():
    assert RuleParser().parse("stop " * 10_000).tasks[0].skill is Skill.STOP
