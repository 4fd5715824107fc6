"""Answers say what a look shows: what is true of hand-made scenes, and nothing beyond it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vla_ros.action.answers import answer
from vla_ros.action.query_phrases import question_phrases
from vla_ros.language.rule_parser import RuleParser
from vla_ros.params import PipelineParams
from vla_ros.types import Grounding, Look, Target

PARAMS = PipelineParams()
# The viewer looks along -x, as with the default robot: left is -y, the front is +x.
VIEWER_YAW_RAD = np.pi


def thing(name: str, x: float, y: float, size=(0.05, 0.05, 0.05), under_m: float = 0.0) -> Target:
    T = np.eye(4)
    T[:3, 3] = [x, y, under_m + size[2] / 2.0]
    return Target(name, np.zeros(4), T, np.array(size), 0.9)


BOWL = (0.15, 0.15, 0.06)
SCENE = {
    "red cube": thing("red cube", 0.5, 0.0),
    "blue mug": thing("blue mug", 0.35, 0.2, (0.08, 0.08, 0.1)),
    "white bowl": thing("white bowl", 0.62, -0.2, BOWL),
    "yellow apple": thing("yellow apple", 0.62, -0.2, (0.06, 0.06, 0.06), under_m=0.01),
    "green can": thing("green can", 0.4, -0.1, (0.06, 0.06, 0.11)),
    "red can": thing("red can", 0.5, 0.25, (0.06, 0.06, 0.11)),
}


def look_at(phrases, scene, unnamed=0) -> Look:
    """Find simple phrases by the end of the name, or by both colour and noun."""
    groundings = {}
    for phrase in phrases:
        found = tuple(
            replace(target, phrase=phrase)
            for name, target in scene.items()
            if name == phrase or name.split()[-1] == phrase
        )
        groundings[phrase] = Grounding(phrase, found, "" if found else f"there is no {phrase}")
    others = tuple(thing("", 0.3, 0.3) for _ in range(unnamed))
    return Look(groundings, others, 0)


def said(question: str, scene=SCENE, unnamed=0):
    (task,) = RuleParser().parse(question).tasks
    look = look_at(question_phrases(task, PARAMS), scene, unnamed)
    return answer(task, look, PARAMS, VIEWER_YAW_RAD)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how many cans are there?", "there are two cans"),
        ("how many cubes do you see?", "there is one cube"),
        ("how many hammers are there?", "I see no hammer"),
        ("is there a mug?", "yes, I see one mug, at the back right"),
        ("is there a banana?", "no, I see no banana"),
        ("are there three cans?", "no, there are two cans"),
        ("what colour is the mug?", "the mug is blue"),
        ("what color are the cans", "I see two cans: one green and one red"),
        ("is the mug blue?", "yes, the mug is blue"),
        ("is the mug red?", "no, the mug is blue"),
        ("where is the mug?", "the mug is at the back right"),
        ("where is the apple?", "the apple is in the bowl, at the front left"),
        ("where is the pear?", "I see no pear"),
        ("what is in the bowl?", "I see one apple in the bowl"),
        ("is the bowl empty?", "no, there is one apple in the bowl"),
        ("is the mug empty?", "yes, I see nothing that I know in the mug"),
        ("is the apple in the bowl?", "yes, the apple is in the bowl"),
        ("is the cube in the bowl?", "no, the cube is not in the bowl but in the middle"),
        ("are the cans in the bowl?", "no, none of the two cans are in the bowl"),
        ("is the cube in the basket?", "no, I see no basket"),
        ("how tall is the mug?", "the mug is about 10 cm high"),
        ("how big is the cube?", "the cube is about 5 by 5 cm wide and 5 cm high"),
    ],
)
def test_the_answer_is_what_the_scene_shows(question, expected):
    given = said(question)
    assert given.answered
    assert given.sentence == expected


def test_the_table_is_told_in_full():
    assert said("what is on the table?").sentence == (
        "I see one cube, two cans, one mug, one bowl and one apple"
    )
    assert (
        "and one more thing that I have no name for" in said("what do you see?", unnamed=1).sentence
    )
    assert said("what is on the table?", {}).sentence == "I see nothing on the table"
    assert said("how many things are there?", unnamed=2).sentence.startswith(
        "there are eight things"
    )


@pytest.mark.parametrize(
    "question",
    [
        "is the mug open?",
        "is the bowl full?",
        "what material is the mug made of?",
        "what shape is the cube?",
    ],
)
def test_what_it_cannot_know_it_says(question):
    given = said(question)
    assert not given.answered
    assert "can't tell" in given.sentence


def test_a_colour_that_nothing_finds_is_not_guessed():
    scene = {"shiny mug": SCENE["blue mug"]}
    given = said("what colour is the mug?", scene)
    assert not given.answered
    assert given.sentence == "I can't tell what color the mug is"


def test_of_two_bowls_it_asks_which():
    scene = {**SCENE, "blue bowl": thing("blue bowl", 0.4, 0.2, BOWL)}
    for question in ("what is in the bowl?", "is the bowl empty?"):
        given = said(question, scene)
        assert not given.answered
        assert given.sentence.endswith("do you mean the left one or the right one?")


def test_it_says_what_it_is_about():
    assert {t.phrase for t in said("how many cans are there?").targets} == {"can"}
    assert len(said("what is on the table?").targets) == 6
