"""Whole instructions on a fake robot: what is said at the end must be what happened."""

from dataclasses import replace

import numpy as np
import pytest
from action_fakes import FACTS, PIPELINE, SKILLS, T_HOME, FakeRobot, bowl, box

from vla_ros.action.skill_head import SkillHead
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.pipeline import run_instruction
from vla_ros.types import (
    GateStatus,
    Instruction,
    Outcome,
    Parse,
    Relation,
    Skill,
    Task,
)

PUT = Task(Skill.PUT_IN, "red cube", "white bowl", Relation.IN)
PICK = Task(Skill.PICK, "red cube")


class Said:
    """A parser that understood already."""

    def __init__(self, parse: Parse) -> None:
        self.answer = parse

    def parse(self, text, scene=()):
        del text, scene
        return self.answer


def run(robot: FakeRobot, *tasks: Task, params=PIPELINE, on_feedback=lambda f: None) -> Outcome:
    return run_instruction(
        Instruction("do it", "test", 0),
        robot,
        Said(Parse(tasks=tasks)),
        SkillHead(SKILLS, FACTS, T_HOME),
        params,
        FACTS,
        on_feedback,
    )


def scene(**faults) -> FakeRobot:
    return FakeRobot([box("red cube", 0.5, 0.1), bowl("white bowl", 0.45, -0.2)], **faults)


def test_put_in_succeeds_and_is_measured():
    robot = scene()
    feedback = []
    outcome = run(robot, PUT, on_feedback=feedback.append)
    assert outcome.success
    assert outcome.message == "The red cube is in the white bowl."
    assert outcome.retries == 0
    assert outcome.figures["attempts"] == 1.0
    assert outcome.figures["looks"] == 2.0
    assert outcome.figures["duration_s"] == pytest.approx(robot.time_ns * 1e-9, abs=0.01)
    assert outcome.figures["path_length_m"] > 0.8
    progress = [f.progress for f in feedback]
    assert progress == sorted(progress)
    assert progress[0] >= 0.0 and progress[-1] <= 1.0
    assert {"approach", "grasp", "transport", "verify"} <= {f.stage for f in feedback}


def test_what_the_fingers_hide_need_not_be_found_again():
    class HidesWhatItHolds(FakeRobot):
        def look(self, phrases):
            self.blind = {self.held.name} if self.held else set()
            return super().look(phrases)

    robot = HidesWhatItHolds([box("red cube", 0.5, 0.1), bowl("white bowl", 0.45, -0.2)])
    said = []
    outcome = run(robot, PICK, PUT, on_feedback=lambda f: said.append(f.sentence))
    assert outcome.success, outcome.message
    assert {"looking for the red cube", "looking for the white bowl"} <= set(said)
    assert "setting the red cube down" in said
    assert not any("thing" in sentence for sentence in said)


def test_refusals_and_questions_move_nothing():
    robot = scene()
    for parse, reason in [
        (Parse(refusal="I cannot dance"), TerminationReason.REFUSED),
        (Parse(question="Where to?"), TerminationReason.AMBIGUOUS),
        (Parse(), TerminationReason.REFUSED),
    ]:
        outcome = run_instruction(
            Instruction("x", "test", 0),
            robot,
            Said(parse),
            SkillHead(SKILLS, FACTS, T_HOME),
            PIPELINE,
            FACTS,
            lambda f: None,
        )
        assert outcome.reason is reason
    assert not robot.armed and not robot.looks


def test_what_is_not_there_is_not_found_and_nothing_moves():
    robot = scene()
    outcome = run(robot, replace(PUT, object="yellow duck"))
    assert outcome.reason is TerminationReason.NOT_FOUND
    assert outcome.message == "There is no yellow duck."
    assert not robot.openings_sent


def test_two_of_a_name_are_asked_about():
    robot = FakeRobot([box("red cube", 0.5, 0.2), box("big red cube", 0.5, -0.2)])
    outcome = run(robot, PICK)
    assert outcome.reason is TerminationReason.AMBIGUOUS
    assert outcome.message == "I see two red cubes: do you mean the left one or the right one?"
    assert not robot.openings_sent


def test_a_missed_grasp_is_tried_again():
    robot = scene(slippery=1)
    outcome = run(robot, PUT)
    assert outcome.success
    assert outcome.retries == 1


def test_after_the_last_retry_it_says_what_failed_and_the_arm_is_home_and_open():
    robot = scene(slippery=99)
    outcome = run(robot, PUT)
    assert outcome.reason is TerminationReason.GRASP_FAILED
    assert outcome.retries == PIPELINE.max_retries
    assert "closed on nothing at the red cube" in outcome.message
    np.testing.assert_allclose(robot.T_base_tool, T_HOME, atol=1e-6)
    assert robot.opening == 1.0


def test_what_is_dropped_is_picked_up_again():
    robot = scene(drops_at_m=0.1)
    original = robot._let_go

    def once():
        robot.drops_at_m = np.inf
        original()

    robot._let_go = once
    outcome = run(robot, PUT)
    assert outcome.success
    assert outcome.retries == 1


def test_success_is_not_claimed_where_the_thing_did_not_move():
    robot = scene()
    original, places = robot._let_go, [0.6, 0.35, 0.65]

    def rolls_out():
        thing = robot.held
        original()
        thing.position_m = np.array([places.pop(), 0.1, 0.025])

    robot._let_go = rolls_out
    outcome = run(robot, PUT)
    assert outcome.reason is TerminationReason.VERIFICATION_FAILED
    assert "is not in the white bowl" in outcome.message
    assert outcome.retries == PIPELINE.max_retries


def test_hidden_by_the_container_counts_only_when_it_was_held_until_there():
    robot = scene()
    original = robot._let_go

    def sinks():
        original()
        robot.blind.add("red cube")

    robot._let_go = sinks
    outcome = run(robot, PUT)
    assert outcome.success
    assert "let go over the white bowl" in outcome.message


def test_steps_follow_each_other_and_what_is_held_stays_held():
    robot = scene()
    outcome = run(robot, PICK, Task(Skill.PUT_IN, None, "white bowl", Relation.IN))
    assert outcome.success
    assert "; then " in outcome.message
    np.testing.assert_allclose(robot.named("red cube").position_m[:2], [0.45, -0.2], atol=0.01)


def test_a_failing_step_says_what_was_done_before():
    robot = scene()
    outcome = run(robot, PUT, replace(PICK, object="green can"))
    assert outcome.reason is TerminationReason.NOT_FOUND
    assert outcome.message == "The red cube is in the white bowl. But then: There is no green can."


def test_what_fell_beside_is_taken_by_its_name_the_next_time():
    robot = scene()
    original, spots = robot._let_go, [np.array([0.62, 0.05, 0.025])]

    def rolls_off_once():
        thing = robot.held
        original()
        if spots:
            thing.position_m = spots.pop()

    robot._let_go = rolls_off_once
    outcome = run(robot, PICK, Task(Skill.PUT_IN, None, "white bowl", Relation.IN))
    assert outcome.success, outcome.message
    assert outcome.retries == 1
    np.testing.assert_allclose(robot.named("red cube").position_m[:2], [0.45, -0.2], atol=0.01)


def test_what_was_acted_on_is_known_again_though_nobody_names_it_any_more():
    robot = scene()
    original, spots = robot._let_go, [np.array([0.62, 0.05, 0.025])]

    def rolls_off_once():
        thing = robot.held
        original()
        robot.nameless.add("red cube")
        if spots:
            thing.position_m = spots.pop()

    robot._let_go = rolls_off_once
    outcome = run(robot, PUT)
    assert outcome.success, outcome.message
    assert outcome.retries == 1


def test_where_the_wrong_thing_may_have_been_taken_it_is_said_and_nothing_more_is_done():
    robot = FakeRobot(
        [box("red cube", 0.5, 0.1), box("orange block", 0.6, -0.1), bowl("white bowl", 0.45, -0.2)]
    )
    original = robot._let_go

    def names_change():
        taken = robot.held
        original()
        other = robot.named("orange block")
        taken.name, other.name = other.name, taken.name

    robot._let_go = names_change
    outcome = run(robot, PUT)
    assert outcome.reason is TerminationReason.VERIFICATION_FAILED
    assert "looks more like the red cube" in outcome.message
    assert outcome.retries == 0


def test_put_down_is_seen_to_lie_there():
    robot = scene()
    assert run(robot, PICK, Task(Skill.RELEASE)).success
    assert robot.named("red cube").position_m[2] == pytest.approx(0.025)


def test_all_of_them_one_after_the_other():
    robot = FakeRobot(
        [box(f"{i} red cube", 0.4 + 0.1 * i, 0.2) for i in range(3)]
        + [bowl("white bowl", 0.45, -0.2)]
    )
    outcome = run(robot, replace(PUT, count="all"))
    assert outcome.success, outcome.message
    assert outcome.message == "Done with three red cubes."
    for i in range(3):
        away = robot.named(f"{i} red cube").position_m[:2] - [0.45, -0.2]
        assert np.hypot(*away) < 0.05


def test_fewer_than_asked_for_is_said():
    robot = scene()
    outcome = run(robot, replace(PUT, count=2))
    assert outcome.reason is TerminationReason.NOT_FOUND
    assert outcome.message == "I found only one red cube, not two."


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (GateStatus.STOPPED, TerminationReason.STOPPED),
        (GateStatus.ESTOPPED, TerminationReason.ESTOPPED),
        (GateStatus.DISARMED, TerminationReason.SAFETY_REFUSED),
        (GateStatus.REFUSED, TerminationReason.SAFETY_REFUSED),
    ],
)
@pytest.mark.parametrize("after_s", [0.5, 3.0, 7.0])
def test_the_gate_ends_it_at_any_stage_and_nothing_is_sent_after(status, reason, after_s):
    robot = scene(status=status, status_after_s=after_s)
    outcome = run(robot, PUT)
    assert outcome.reason is reason
    assert "because" in outcome.message
    assert robot.time_ns * 1e-9 < after_s + 1.0


def test_refusals_that_pass_are_borne():
    robot = scene(status=GateStatus.HOLDING)
    assert run(robot, PUT).success


@pytest.mark.parametrize("ending", [TerminationReason.CANCELED, TerminationReason.STOPPED])
def test_a_person_ends_it_at_once(ending):
    robot = scene(ends_s=4.0, ending=ending)
    outcome = run(robot, PUT)
    assert outcome.reason is ending
    assert robot.time_ns * 1e-9 < 4.2


def test_a_controller_that_does_not_move():
    outcome = run(scene(moves=False), PUT)
    assert outcome.reason is TerminationReason.CONTROLLER_NOT_MOVING
    assert outcome.retries == 0


def test_an_attempt_has_a_time_limit():
    outcome = run(scene(), PUT, params=replace(PIPELINE, task_timeout_s=5.0))
    assert outcome.reason is TerminationReason.TIMED_OUT
    assert outcome.figures["duration_s"] < 6.0


@pytest.mark.parametrize(
    "reason",
    [TerminationReason.CAMERA_STALE, TerminationReason.NO_DEPTH, TerminationReason.MODEL_ERROR],
)
def test_a_failing_look_ends_it_with_its_own_reason(reason):
    robot = scene()

    def fail(phrases):
        raise TaskFailed(reason, "no picture")

    robot.look = fail
    outcome = run(robot, PUT)
    assert outcome.reason is reason
    assert outcome.message == "No picture."


def test_a_gate_that_cannot_be_armed():
    robot = scene()

    def refuse():
        raise TaskFailed(TerminationReason.SAFETY_REFUSED, "no workspace box")

    robot.arm = refuse
    outcome = run(robot, PUT)
    assert outcome.reason is TerminationReason.SAFETY_REFUSED
    assert not robot.openings_sent


def test_questions_are_answered_without_moving():
    robot = FakeRobot([box("red cube", 0.7, 0.2), box("big red cube", 0.35, -0.2)])
    outcome = run(robot, Task(Skill.ASK, "red cube"))
    assert (
        outcome.message == "I see two red cubes: one at the front right and one at the back left."
    )
    outcome = run(robot, Task(Skill.ASK, "bowl"))
    assert outcome.message == "I see no bowl."
    params = replace(PIPELINE, known_phrases=("red cube", "bowl"))
    assert run(robot, Task(Skill.DESCRIBE), params=params).message == "I see two red cubes."
    assert not robot.armed


def test_stop_and_home():
    robot = scene()
    assert run(robot, Task(Skill.STOP)).success
    assert not robot.armed
    assert run(robot, Task(Skill.HOME)).message == "The arm is home."


def test_the_gripper_holds_one_thing_at_a_time():
    robot = FakeRobot([box("red cube", 0.5, 0.2), box("big red cube", 0.5, -0.2)])
    outcome = run(robot, replace(PICK, count=2))
    assert outcome.reason is TerminationReason.REFUSED
