"""What is unclear is asked back, and the answer continues the same instruction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from action_fakes import FACTS, PIPELINE, SKILLS, T_HOME, FakeRobot, bowl, box

from vla_ros.action.reporting import QUESTION
from vla_ros.action.skill_head import SkillHead
from vla_ros.errors import TerminationReason
from vla_ros.language.conversation import Conversation
from vla_ros.language.referring import atoms, parse_referring
from vla_ros.language.rule_parser import RuleParser
from vla_ros.params import PerceptionParams
from vla_ros.perception.referents import resolve
from vla_ros.pipeline import run_instruction
from vla_ros.types import Grounding, Instruction, Look, Outcome

SEEING = PerceptionParams(viewer_yaw_rad=FACTS.viewer_yaw_rad)
PUT = "put the red cube in the bowl"


class SeeingRobot(FakeRobot):
    """Resolves places and orders too, as the perceiver does."""

    def look(self, phrases) -> Look:
        trees = {phrase: parse_referring(phrase) for phrase in phrases}
        simple = [atom for tree in trees.values() for atom in atoms(tree)]
        plain = super().look(simple)
        self.looks[-1] = tuple(phrases)
        seen = {phrase: plain.groundings[phrase].targets for phrase in simple}
        groundings = {}
        for phrase, tree in trees.items():
            meant = resolve(tree, seen, SEEING)
            named = tuple(replace(target, phrase=phrase) for target in meant.targets)
            groundings[phrase] = Grounding(phrase, named, meant.reason)
        return Look(groundings, plain.obstacles, plain.stamp_ns)


class Person(Conversation):
    """Answers each question with the next of some answers; None: says nothing."""

    def __init__(self, *answers: str | None) -> None:
        super().__init__()
        self.answers, self.asked = list(answers), []

    def begin(self, question: str) -> None:
        super().begin(question)
        self.asked.append(question)
        said = self.answers.pop(0) if self.answers else None
        if said is not None:
            self.offer(said)


def two_cubes() -> SeeingRobot:
    """Return a table where the cube at -y is the viewer's left one."""
    left = -1.0 if np.cos(FACTS.viewer_yaw_rad) < 0 else 1.0
    return SeeingRobot(
        [
            box("small red cube", 0.45, 0.15 * left, (0.03, 0.03, 0.03)),
            box("big red cube", 0.45, -0.15 * left, (0.05, 0.05, 0.05)),
            bowl("white bowl", 0.6, 0.0),
        ]
    )


def run(robot, text, person, params=PIPELINE, told=None) -> Outcome:
    return run_instruction(
        Instruction(text, "test", 0),
        robot,
        RuleParser(),
        SkillHead(SKILLS, FACTS, T_HOME),
        params,
        FACTS,
        (told if told is not None else []).append,
        person,
    )


def in_bowl(robot) -> list[str]:
    bowl_xy = robot.named("white bowl").position_m[:2]
    return [
        t.name
        for t in robot.things
        if "cube" in t.name and np.hypot(*(t.position_m[:2] - bowl_xy)) < 0.05
    ]


@pytest.mark.parametrize(
    ("answers", "moved"),
    [
        (["the left one"], ["small red cube"]),
        (["the right one"], ["big red cube"]),
        (["the big one"], ["big red cube"]),
        (["er, what?", "the smallest"], ["small red cube"]),
        (["the one behind the bowl", "left"], ["small red cube"]),
    ],
)
def test_an_answer_continues_the_same_instruction(answers, moved):
    robot, person, told = two_cubes(), Person(*answers), []
    outcome = run(robot, PUT, person, told=told)
    assert outcome.success, outcome.message
    assert in_bowl(robot) == moved
    assert len(person.asked) == len(answers)
    assert "left one or the right one?" in person.asked[0]
    questions = [f.sentence for f in told if f.stage == QUESTION]
    assert questions == person.asked
    assert person.question == "", "no question stays open"


def test_an_answer_that_helped_nothing_says_why():
    robot, person = two_cubes(), Person("the one near the mug", "left")
    assert run(robot, PUT, person).success
    assert person.asked[1].startswith("There is no mug.")
    robot, person = two_cubes(), Person("bananas", "left")
    assert run(robot, PUT, person).success
    assert person.asked[1].startswith("I don't understand 'bananas'.")


def test_both_are_put_away_one_after_the_other():
    robot = two_cubes()
    outcome = run(robot, PUT, Person("both of them"))
    assert outcome.success, outcome.message
    assert len(in_bowl(robot)) == 2


def test_a_place_can_be_asked_for_too():
    robot = SeeingRobot(
        [box("red cube", 0.6, 0.0), bowl("white bowl", 0.4, 0.2), bowl("blue bowl", 0.4, -0.2)]
    )
    outcome = run(robot, PUT, Person("the blue one"))
    assert outcome.success, outcome.message
    np.testing.assert_allclose(robot.named("red cube").position_m[:2], [0.4, -0.2], atol=0.02)


def test_what_was_answered_holds_for_later_steps():
    robot, person = two_cubes(), Person("the big one")
    outcome = run(robot, "pick up the red cube and then put it in the bowl", person)
    assert outcome.success, outcome.message
    assert in_bowl(robot) == ["big red cube"]
    assert len(person.asked) == 1


@pytest.mark.parametrize(
    ("answers", "reason", "words"),
    [
        (["never mind"], TerminationReason.CANCELED, "never mind"),
        (["go home"], TerminationReason.CANCELED, "something else"),
        (["stop"], TerminationReason.STOPPED, "stopped"),
        ([None], TerminationReason.AMBIGUOUS, "nobody answered within 30 s"),
        (["la"] * 9, TerminationReason.AMBIGUOUS, "still don't know which red cube"),
    ],
)
def test_without_a_helpful_answer_it_ends_and_nothing_moves(answers, reason, words):
    robot, person = two_cubes(), Person(*answers)
    outcome = run(robot, PUT, person)
    assert outcome.reason is reason
    assert words in outcome.message.lower() or words in outcome.message
    assert not robot.openings_sent and not robot.armed
    assert person.question == ""
    assert len(person.asked) <= PIPELINE.max_questions


def test_a_cancel_ends_the_wait_at_once():
    robot = two_cubes()
    robot.ends_s = 2.0
    outcome = run(robot, PUT, Person(None))
    assert outcome.reason is TerminationReason.CANCELED
    assert robot.time_ns * 1e-9 < 2.1


def test_nobody_is_asked_where_nobody_may_answer():
    for person, params in (
        (None, PIPELINE),
        (Person("left"), replace(PIPELINE, answer_timeout_s=0.0)),
    ):
        robot = two_cubes()
        outcome = run(robot, PUT, person, params)
        assert outcome.reason is TerminationReason.AMBIGUOUS
        assert outcome.message.endswith("the left one or the right one?")
        assert robot.time_ns * 1e-9 < 1.0


def test_the_arm_goes_home_when_a_later_step_gets_no_answer():
    robot = two_cubes()
    outcome = run(robot, "point at the bowl, then pick up the red cube", Person(None))
    assert outcome.reason is TerminationReason.AMBIGUOUS
    np.testing.assert_allclose(robot.T_base_tool, T_HOME, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "answers", "where"),
    [
        ("put the red cube there", ["in the white bowl"], [0.6, 0.0]),
        ("move the red cube", ["into the bowl"], [0.6, 0.0]),
        ("put it in the bowl, then pick up everything", ["never mind"], None),
        ("move the red cube", ["what?", "in the bowl please"], [0.6, 0.0]),
        ("put the red cube to the left", ["of the bowl"], [0.6, None]),
    ],
)
def test_what_an_instruction_leaves_open_is_asked_and_filled_in(text, answers, where):
    robot = SeeingRobot([box("red cube", 0.45, 0.15), bowl("white bowl", 0.6, 0.0)])
    person = Person(*answers)
    outcome = run(robot, text, person)
    assert len(person.asked) == len(answers)
    if where is None:
        assert outcome.reason is TerminationReason.CANCELED and not robot.armed
        return
    assert outcome.success, outcome.message
    x_m, y_m = robot.named("red cube").position_m[:2]
    assert abs(x_m - where[0]) < 0.03
    assert where[1] is None or abs(y_m - where[1]) < 0.03


def test_which_way_to_push_is_asked():
    robot, person = two_cubes(), Person("to the left", "the big one")
    outcome = run(robot, "push the red cube", person)
    assert person.asked[0] == "Which way should I push the red cube?"
    assert len(person.asked) == 2 and outcome.reason is not TerminationReason.AMBIGUOUS
