"""Faults: what each does to a world, what is wrong in handling them, and the table itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from control_rig import SAFETY

from vla_ros.errors import ConfigError, TerminationReason
from vla_ros.evaluation.faults.faulty_environment import FaultyEnvironment
from vla_ros.evaluation.faults.link import Cut
from vla_ros.evaluation.faults.table import FAULTS, fault_named
from vla_ros.evaluation.faults.verdict import (
    Handling,
    complaints,
    told_outcome,
    watchdog_s,
    with_unbroken,
)
from vla_ros.evaluation.faults.watch import ArmWatch
from vla_ros.evaluation.suites import load_suite
from vla_ros.types import CameraFrame, GateStatus, Outcome, RobotState, SafeCommand

SECOND = 1_000_000_000
PERIOD_S = 0.01


class StillWorld:
    """An environment that does what it is told at once; it moves at `speed_rad_s`."""

    def __init__(self) -> None:
        self.ns, self.positions_rad, self.speed_rad_s = 5 * SECOND, np.zeros(3), 0.0
        self.camera_names = ("front",)

    @property
    def time_ns(self) -> int:
        return self.ns

    def set_joint_targets(self, positions_rad) -> None:
        self.positions_rad = np.array(positions_rad)

    def step(self, duration_s: float) -> None:
        self.ns += round(duration_s * 1e9)

    def robot_state(self) -> RobotState:
        speeds = np.full(3, self.speed_rad_s)
        return RobotState(("a", "b", "c"), self.positions_rad, speeds, np.eye(4), 1.0, self.ns)

    def render(self, camera: str) -> CameraFrame:
        rgb = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
        depth_m = np.arange(1, 9, dtype=np.float32).reshape(2, 4)
        return CameraFrame(rgb, depth_m, np.eye(3), "optical", self.ns)


class Network:
    """A link that only remembers what was done to it."""

    def __init__(self) -> None:
        self.done: list[Cut | None] = []

    def cut(self, way: Cut) -> None:
        self.done.append(way)

    def restore(self) -> None:
        self.done.append(None)


@pytest.fixture
def world() -> FaultyEnvironment:
    return FaultyEnvironment(StillWorld())


def test_an_unbroken_world_is_the_real_one(world):
    frame, real = world.render("front"), world.real.render("front")
    np.testing.assert_array_equal(frame.rgb, real.rgb)
    np.testing.assert_array_equal(frame.depth_m, real.depth_m)
    assert frame.stamp_ns == world.time_ns == world.robot_state().stamp_ns
    world.set_joint_targets(np.ones(3))
    assert world.real.positions_rad.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("fault", "age_s"), [("camera_stops", 2.0), ("camera_lags", 1.0), ("camera_black", 0.0)]
)
def test_pictures_are_as_old_as_the_fault_makes_them(world, fault, age_s):
    world.strike(fault)
    world.step(2.0)
    assert (world.time_ns - world.render("front").stamp_ns) / SECOND == age_s
    world.mend()
    assert world.render("front").stamp_ns == world.time_ns


def test_pictures_break_as_said(world):
    real = world.real.render("front")

    def broken(fault: str) -> CameraFrame:
        world.strike(fault)
        return world.render("front")

    assert not broken("camera_black").rgb.any()
    turned = broken("camera_upside_down")
    np.testing.assert_array_equal(turned.rgb[0, 0], real.rgb[-1, -1])
    assert turned.depth_m[0, 0] == real.depth_m[-1, -1]
    np.testing.assert_array_equal(broken("depth_wrong_unit").depth_m, real.depth_m * 1000)
    assert np.isnan(broken("depth_nan").depth_m).all()
    assert broken("picture_wrong_shape").rgb.shape == (1, 2, 3)


def test_joint_states_break_as_said(world):
    world.strike("joint_states_stop")
    struck_ns = world.time_ns
    world.step(1.0)
    assert world.robot_state().stamp_ns == struck_ns < world.time_ns
    world.strike("joint_states_nan")
    assert np.isnan(world.robot_state().joint_positions_rad).all()
    world.strike("joint_states_wrong_shape")
    assert world.robot_state().joint_positions_rad.shape == (2,)
    world.mend()
    assert world.robot_state().stamp_ns == world.time_ns


def test_a_stopped_controller_obeys_no_more(world):
    world.strike("controller_stops")
    world.set_joint_targets(np.ones(3))
    assert not world.real.positions_rad.any()


@pytest.mark.parametrize("way", Cut)
def test_a_network_is_cut_as_said_and_mended(way):
    network = Network()
    world = FaultyEnvironment(StillWorld(), network)
    world.strike(next(name for name, fault in FAULTS.items() if fault.cut is way))
    world.mend()
    world.strike("camera_black")
    assert network.done == [way, None]


@pytest.mark.parametrize(("fault", "jump_s"), [("clock_jumps_ahead", 3), ("clock_jumps_back", -3)])
def test_a_clock_jumps_once_and_stays_there(world, fault, jump_s):
    before_ns = world.time_ns
    world.strike(fault)
    assert world.time_ns - before_ns == jump_s * SECOND
    world.mend()
    assert world.time_ns - before_ns == jump_s * SECOND
    assert world.robot_state().stamp_ns == world.time_ns == world.render("front").stamp_ns > 0


def test_the_watch_strikes_once_and_tells_when_the_arm_rested(world):
    watch = ArmWatch(world, "controller_stops", 5 * SECOND + 50_000_000, None)
    hold = SafeCommand(None, None, None, 0, GateStatus.HOLDING, "blocked: 0.31 rad")
    for tick in range(30):
        world.real.speed_rad_s = 0.4 if tick < 12 else 0.0
        world.step(PERIOD_S)
        watch.tick(hold)
        hold = replace(hold, reason=f"blocked: 0.{tick} rad")
    assert watch.struck_ns == 5 * SECOND + 50_000_000
    assert watch.strike() == watch.struck_ns, "it breaks once"
    assert watch.rest_s(watch.struck_ns) == pytest.approx(0.07)
    assert watch.rest_s(world.real.time_ns) == 0.0
    assert len(watch.said) == 1, "the same words are kept once"
    assert watch.fastest_rad_s.max() == pytest.approx(0.4)


GOOD = Handling(("The joint state is old.",), False, False, 0.1, 0.6, "")
JOINTS = fault_named("joint_states_stop")


def test_a_fault_that_is_held_named_and_survived_is_handled_well():
    assert complaints(JOINTS, GOOD, 0.3) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"claimed": True}, "is not"),
        ({"said": ("Something failed.",)}, "not named"),
        ({"rest_s": 0.4}, "moved for 0.40 s"),
        ({"fastest_share": 1.6}, "160%"),
        ({"next_failure": "'go home': it did not"}, "go home"),
        ({"meanwhile": "something was found"}, "while it was broken something"),
    ],
)
def test_each_way_to_handle_a_fault_wrongly_is_told(change, words):
    wrong = complaints(JOINTS, replace(GOOD, **change), 0.3)
    assert len(wrong) == 1 and words in wrong[0]


def test_what_hinders_nothing_need_not_be_named():
    unnoticed = replace(GOOD, said=("Done.",), ended_well=True, claimed=True, rest_s=9.0)
    assert complaints(fault_named("camera_stops"), unnoticed, 0.3) == []
    assert complaints(JOINTS, unnoticed, 0.3), "but an arm that nothing is heard of must rest"


FAILED = Outcome(TerminationReason.VERIFICATION_FAILED, "It looks like another thing now.")


@pytest.mark.parametrize("change", [{"said": (FAILED.message,)}, {"fastest_share": 1.6}])
@pytest.mark.parametrize(
    ("reason", "fastest_share", "is_right"),
    [
        (TerminationReason.VERIFICATION_FAILED, 1.7, True),
        (TerminationReason.SUCCEEDED, 0.9, False),
    ],
)
def test_what_happens_without_the_fault_too_is_not_its_doing(
    change, reason, fastest_share, is_right
):
    handling = replace(GOOD, **change)
    assert len(complaints(JOINTS, handling, 0.3)) == 1
    unbroken = (Outcome(reason, ""), fastest_share)
    compared = with_unbroken(JOINTS, handling, FAILED, lambda: unbroken)
    assert (complaints(JOINTS, compared, 0.3) == []) == is_right


def test_what_was_right_is_not_tried_again_without_the_fault():
    assert with_unbroken(JOINTS, GOOD, FAILED, pytest.fail) == GOOD


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("camera_lags", "the newest request is 0.260 s old; at most 0.250 s is allowed"),
        ("camera_lags", "The gripper holds the cube."),
        ("clock_jumps_back", "The plate is stale, and later it is old."),
        ("depth_wrong_unit", "The drawer is united with the unite."),
        ("joint_states_nan", "There is no banana."),
        ("network_silent", "'ground' did not reply."),
    ],
)
def test_words_that_happen_to_stand_in_other_sentences_name_nothing(fault, said):
    assert not fault_named(fault).is_named_in(said)


def test_what_was_wrong_is_told_before_what_was_said():
    outcome = Outcome(TerminationReason.SUCCEEDED, "Done.", 1, {"looks": 2.0})
    told = told_outcome(outcome, ["it moved"], GOOD, 3 * SECOND)
    assert told.message == "it moved; Done."
    assert told.figures["struck_s"] == 3.0 and told.figures["looks"] == 2.0


def test_the_gate_waits_as_long_for_requests_as_it_may_and_less_for_joint_states():
    safety = SAFETY.with_changes({"request_timeout_s": 0.4, "state_timeout_s": 0.2})
    waits_s = {name: watchdog_s(fault_named(name), safety) for name in FAULTS}
    assert waits_s["task_killed"] - waits_s["joint_states_stop"] == pytest.approx(0.2)
    assert waits_s["controller_stops"] == waits_s["joint_states_stop"] > 0.2


def test_every_fault_of_the_suites_is_in_the_table_and_the_other_way_round():
    suites = {
        "faults": {n for n, f in FAULTS.items() if f.in_process and f.cut is None},
        "faults_graph": {n for n, f in FAULTS.items() if not f.in_process},
        "faults_network": {n for n, f in FAULTS.items() if f.cut is not None},
    }
    for suite, names in suites.items():
        assert set(load_suite(suite).tasks) == names
    assert set.union(*suites.values()) == set(FAULTS)
    assert JOINTS.is_named_in("The Joint State is late") and not JOINTS.is_named_in("It failed")


def test_an_unknown_fault_says_which_there_are():
    with pytest.raises(ConfigError, match="camera_black"):
        fault_named("gremlins")
