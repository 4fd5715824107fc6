"""Answers to "which one do you mean?" narrow the phrase that was unclear, or say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.language.conversation import Conversation
from vla_ros.language.dialogue import ReplyKind, completed, read_reply
from vla_ros.language.lexicon import Superlative
from vla_ros.language.referring import parse_referring
from vla_ros.types import Relation

CHOICES = [
    ("the left one", "left red cube"),
    ("left", "left red cube"),
    ("LEFT ONE!", "left red cube"),
    ("the one on the left", "red cube on the left"),
    ("on the left, please", "red cube on the left"),
    ("to the left", "left red cube"),
    ("no, the right one", "right red cube"),
    ("I mean the right one", "right red cube"),
    ("take the left one", "left red cube"),
    ("the leftmost", "leftmost red cube"),
    ("the rightmost red cube please", "rightmost red cube"),
    ("the left cube", "left red cube"),
    ("the front one", "front red cube"),
    ("the one in front", "front red cube"),
    ("the one in the back", "back red cube"),
    ("the one in front of the can", "red cube in front of the can"),
    ("the one near the mug", "red cube near the mug"),
    ("near the mug", "red cube near the mug"),
    ("the one closest to the mug", "red cube closest to the mug"),
    ("the nearest one", "nearest red cube"),
    ("the one on the plate", "red cube on the plate"),
    ("the one which is standing behind the plate", "red cube behind the plate"),
    ("the big one", "largest red cube"),
    ("um, the tall one", "tallest red cube"),
    ("the smallest", "smallest red cube"),
    ("the blue one", "blue cube"),
    ("the orange one", "orange cube"),
    ("the large blue one", "largest blue cube"),
    ("the first one", "left red cube"),
    ("the second one", "second red cube from the left"),
    ("second from the left", "second red cube from the left"),
    ("the last one", "right red cube"),
    ("the middle one", "second red cube from the left"),
    ("the one between them", "second red cube from the left"),
    ("any of them", "leftmost red cube"),
    ("I don't care", "leftmost red cube"),
]


@pytest.mark.parametrize(("text", "phrase"), CHOICES, ids=[text for text, _ in CHOICES])
def test_an_answer_narrows_the_phrase(text, phrase):
    reply = read_reply(text, "red cube", 3)
    assert (reply.kind, reply.phrase) == (ReplyKind.CHOICE, phrase)


def test_the_narrowed_phrase_means_what_was_said():
    left = parse_referring(read_reply("the left one", "red cube", 2).phrase)
    assert (left.head, left.superlative) == ("red cube", Superlative.LEFTMOST)
    near = parse_referring(read_reply("the one near the mug", "red cube", 2).phrase)
    assert (near.head, near.relation) == ("red cube", Relation.NEXT_TO)
    assert near.anchors[0].head == "mug"
    kept = parse_referring(read_reply("left", "can behind the mug", 2).phrase)
    assert (kept.relation, kept.superlative) == (Relation.BEHIND, Superlative.LEFTMOST)


def test_first_and_last_count_from_the_front_where_things_stand_behind_each_other():
    assert read_reply("the first one", "cube", 2, sideways=False).phrase == "front cube"
    assert read_reply("the last one", "cube", 2, sideways=False).phrase == "back cube"
    assert read_reply("the second one", "cube", 3, sideways=False).phrase == "second nearest cube"


@pytest.mark.parametrize(
    "text",
    ["never mind", "Forget it.", "none of them", "neither", "no", "no thanks", "leave it",
     "I changed my mind"],
)  # fmt: skip
def test_none_of_them_is_never_mind(text):
    assert read_reply(text, "red cube", 2).kind is ReplyKind.NEVER_MIND


@pytest.mark.parametrize("text", ["both", "all of them", "all three", "both of them, please"])
def test_all_of_them(text):
    assert read_reply(text, "red cube", 3).kind is ReplyKind.ALL


@pytest.mark.parametrize(
    "text",
    ["", "yes", "the mug", "that one", "the other one", "purple elephants", "?", "the middle one",
     "red cube", "the cube", "the left mug", "one"],
)  # fmt: skip
def test_what_does_not_say_which_is_not_guessed(text):
    assert read_reply(text, "red cube", 2).kind is ReplyKind.UNCLEAR


@given(st.text(max_size=400), st.integers(2, 9))
def test_any_text_is_read_without_error(text, count):
    reply = read_reply(text, "red cube", count)
    assert (reply.kind is ReplyKind.CHOICE) == bool(reply.phrase)
    if reply.phrase:
        assert parse_referring(reply.phrase).head.endswith("cube")


def test_only_an_open_question_takes_answers():
    talk = Conversation()
    assert not talk.offer("the left one") and talk.take() is None
    talk.begin("Which?")
    assert talk.question == "Which?"
    assert talk.offer("left") and talk.offer("right")
    assert talk.take() == "right" and talk.take() is None
    talk.offer("late")
    talk.begin("Again?")
    assert talk.take() is None, "what was said before a question does not answer it"
    talk.end()
    assert talk.question == "" and not talk.offer("too late")


@pytest.mark.parametrize(
    ("text", "reply", "about", "whole"),
    [
        ("Put the cube over there.", "in the bowl.", "over there", "Put the cube in the bowl."),
        ("push the cube", "to the left!", "", "push the cube to the left"),
        ("pick it up", "the red mug", "it", "pick the red mug up"),
        (
            "put some cubes with its lid on it",
            "a \\1 b",
            "some",
            "put a \\1 b cubes with its lid on it",
        ),
    ],
)
def test_an_answer_takes_the_place_of_the_words_it_is_about(text, reply, about, whole):
    assert completed(text, reply, about) == whole
