"""Whatever goes wrong is named, the arm comes to rest, and what comes next works where it can."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from tabletop_rig import CUBE, TEXT

from vla_ros.errors import ConfigError, ModelError, TerminationReason
from vla_ros.evaluation.in_process_runner import InProcessRunner
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.suites import Suite
from vla_ros.graph import robot_file
from vla_ros.registry import create_grounder
from vla_ros.types import GateStatus

LOOK_AND_MOVE = "point at the red cube"


def works(rig) -> bool:
    """Carry out something short that needs eyes and a moving arm."""
    rig.environment.mend()
    outcome = rig.run(LOOK_AND_MOVE)
    assert outcome.success, outcome.message
    return rig.at_rest()


def fail_during(rig, stage: str, fault: str) -> None:
    """Switch a fault on as soon as the arm moves in a stage."""

    def on_tick(moment) -> None:
        if moment.stage == stage and moment.tool_m_s > 0.05:
            setattr(rig.environment, fault, True)
            rig.on_tick = lambda _: None

    rig.on_tick = on_tick


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        ("pick up the purple elephant", "NOT_FOUND", "purple elephant"),
        ("put the red cube in the purple elephant", "NOT_FOUND", "purple elephant"),
        ("", "REFUSED", "empty"),
        (" \n\t", "REFUSED", "empty"),
        (("pick up the red cube " * 500)[:10_000], "REFUSED", "10000"),
        ("x" * 10_000, "REFUSED", "10000"),
        ("colourless green ideas sleep furiously", "REFUSED", "I can"),
    ],
    ids=["object", "container", "empty", "blank", "long", "long word", "nonsense"],
)
def test_what_cannot_be_done_is_said_and_nothing_moves(rig, text, reason, words):
    outcome = rig.run(text)
    assert outcome.reason is TerminationReason[reason], outcome
    assert words in outcome.message.replace(",", "")
    assert outcome.message.endswith((".", "?")) and len(outcome.message) < 300
    assert not rig.gate.armed and rig.at_rest()
    assert all(moment.still for moment in rig.moments)


def test_depth_of_zeros_is_named_and_the_next_look_works(rig):
    rig.environment.no_depth = True
    outcome = rig.run(TEXT)
    assert outcome.reason is TerminationReason.NO_DEPTH, outcome
    assert "depth" in outcome.message
    assert rig.at_rest() and not rig.gate.armed
    assert works(rig)


def test_depth_lost_while_carrying_keeps_hold_of_the_object_and_goes_home(rig):
    fail_during(rig, "lift", "no_depth")
    outcome = rig.run("pick up the red cube")
    assert outcome.reason is TerminationReason.NO_DEPTH, outcome
    assert "holds" in outcome.message
    assert rig.at_rest() and rig.holds(CUBE)


def test_joint_states_of_nan_hold_the_arm_and_end_the_task(rig):
    fail_during(rig, "approach", "nan_joints")
    outcome = rig.run(TEXT)
    assert outcome.reason is TerminationReason.JOINT_STATES_STALE, outcome
    assert "nan" in outcome.message and "arm_joint_1" in outcome.message
    assert rig.at_rest()
    report = rig.robot.gate()
    assert report.status is GateStatus.HOLDING and "nan" in report.reason
    assert np.isfinite(report.joint_positions_rad).all()
    assert works(rig)


def test_with_joint_states_of_nan_from_the_start_it_cannot_be_armed(rig):
    rig.environment.nan_joints = True
    outcome = rig.run("go home")
    assert outcome.reason in (
        TerminationReason.JOINT_STATES_STALE,
        TerminationReason.SAFETY_REFUSED,
    ), outcome
    assert "nan" in outcome.message
    assert rig.at_rest() and not rig.gate.armed


@pytest.mark.parametrize("stage", ["approach", "transport"])
def test_a_controller_that_does_not_move_is_noticed(rig, stage):
    fail_during(rig, stage, "deaf")
    held_at_end = stage == "transport"
    outcome = rig.run(TEXT)
    assert outcome.reason is TerminationReason.CONTROLLER_NOT_MOVING, outcome
    assert "controller" in outcome.message
    assert rig.at_rest()
    assert rig.holds(CUBE) == held_at_end
    rig.environment.mend()
    outcome = rig.run("go home")
    assert outcome.success, outcome.message
    assert rig.holds(CUBE) == held_at_end


def test_a_missing_model_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"lacks .*model\.onnx"):
        create_grounder(str(tmp_path))
    with pytest.raises(ConfigError, match="no grounding model 'elephant'"):
        create_grounder("elephant")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("joint_names", None),
        ("table_height_m", None),
        ("gripper_joint_open", "wide"),
        ("max_tool_speed_m_s", float("nan")),
        ("stop_joint_acceleration_rad_s2", [1.0, 2.0]),
        ("command_interface", "telepathy"),
        ("robot_description", "arm/no_such.urdf"),
    ],
)
def test_a_wrong_robot_file_is_named_with_its_field(tmp_path, field, value):
    content = yaml.safe_load(robot_file("default").read_text())
    values = content["/**"]["ros__parameters"]
    if value is None:
        del values[field]
    else:
        values[field] = value
    path = tmp_path / "robot.yaml"
    path.write_text(yaml.safe_dump(content))
    suite = Suite("one", "one", ("home",), 60.0)
    with pytest.raises(ConfigError, match=str(value) if field == "robot_description" else field):
        InProcessRunner(RunnerSpec(suite, "oracle", True, str(path)))


@pytest.mark.parametrize("content", ["", "[1, 2]", "/**: {}", "/**: {ros__parameters: 3}", "\x00"])
def test_a_file_that_is_no_robot_file_is_named(tmp_path, content):
    path = tmp_path / "robot.yaml"
    path.write_text(content)
    suite = Suite("one", "one", ("home",), 60.0)
    with pytest.raises(ConfigError, match=str(path)):
        InProcessRunner(RunnerSpec(suite, "oracle", True, str(path)))
