import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.sim.controllers import (
    ErrorCode,
    GripperController,
    Progress,
    Refused,
    Tolerances,
    TrajectoryController,
    Waypoints,
)

NAMES = ("a", "b")
S = 1_000_000_000
HOME = np.array([0.0, 1.0])


def to(*positions, times=(1.0,), names=NAMES, velocities=None, start_ns=0) -> Waypoints:
    return Waypoints(
        names,
        tuple(round(t * S) for t in times),
        np.array(positions, dtype=float),
        None if velocities is None else np.array(velocities, dtype=float),
        None,
        start_ns,
    )


def test_holds_until_told():
    position, velocity = TrajectoryController(NAMES, HOME).desired(5 * S)
    np.testing.assert_array_equal(position, HOME)
    np.testing.assert_array_equal(velocity, [0.0, 0.0])


def test_positions_alone_are_joined_by_straight_lines():
    controller = TrajectoryController(NAMES, HOME)
    controller.accept(to([1.0, 1.0], [1.0, 3.0], times=(1.0, 2.0)), 10 * S)
    for at_s, expected in [(10.5, [0.5, 1.0]), (11.0, [1.0, 1.0]), (11.25, [1.0, 1.5]),
                           (13.0, [1.0, 3.0])]:  # fmt: skip
        np.testing.assert_allclose(controller.desired(round(at_s * S))[0], expected)


@given(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0), st.floats(0.0, 1.0))
def test_velocities_are_met(target, speed, at_s):
    controller = TrajectoryController(NAMES, HOME)
    controller.accept(to([target, 1.0], velocities=[[speed, 0.0]]), 0)
    # The cubic through (0, 0, v0=0) and (1, target, v1=speed), written out by hand.
    expected = (3 * target - speed) * at_s**2 + (speed - 2 * target) * at_s**3
    at_ns = int(at_s * S)
    assert controller.desired(at_ns)[0][0] == pytest.approx(expected, abs=1e-6)
    end = controller.desired(S)
    assert (end[0][0], end[1][0]) == (pytest.approx(target), pytest.approx(speed))


def test_accelerations_are_met():
    controller = TrajectoryController(NAMES, HOME)
    waypoints = Waypoints(
        NAMES, (S,), np.array([[1.0, 1.0]]), np.zeros((1, 2)), np.zeros((1, 2)), 0
    )
    controller.accept(waypoints, 0)
    # Minimum-jerk from rest to rest: 10 t^3 - 15 t^4 + 6 t^5.
    assert controller.desired(S // 4)[0][0] == pytest.approx(0.103515625)


def test_a_new_trajectory_goes_on_from_where_the_arm_is_meant_to_be():
    controller = TrajectoryController(NAMES, HOME)
    controller.accept(to([1.0, 1.0], velocities=[[0.0, 0.0]]), 0)
    before = controller.desired(S // 2)
    controller.accept(to([0.0, 1.0], velocities=[[0.0, 0.0]]), S // 2)
    after = controller.desired(S // 2)
    np.testing.assert_allclose(after[0], before[0], atol=1e-9)
    np.testing.assert_allclose(after[1], before[1], atol=1e-9)
    np.testing.assert_allclose(controller.desired(2 * S)[0], [0.0, 1.0])


def test_columns_follow_names():
    controller = TrajectoryController(NAMES, HOME)
    controller.accept(to([5.0, 7.0], names=("b", "a")), 0)
    np.testing.assert_allclose(controller.desired(S)[0], [7.0, 5.0])


def test_a_start_in_the_past_skips_what_has_passed():
    controller = TrajectoryController(NAMES, HOME)
    waypoints = to([1.0, 1.0], [2.0, 1.0], times=(1.0, 2.0), start_ns=8 * S)
    controller.accept(waypoints, 9 * S + S // 2)
    np.testing.assert_allclose(controller.desired(10 * S)[0], [2.0, 1.0])


def test_a_start_in_the_future_is_waited_for():
    controller = TrajectoryController(NAMES, HOME)
    controller.accept(to(HOME, [1.0, 1.0], times=(0.0, 1.0), start_ns=10 * S), 8 * S)
    np.testing.assert_allclose(controller.desired(9 * S)[0], HOME)
    np.testing.assert_allclose(controller.desired(10 * S + S // 2)[0], [0.5, 1.0])


@pytest.mark.parametrize(
    ("waypoints", "code"),
    [
        (to([0.0], names=("a",)), ErrorCode.INVALID_JOINTS),
        (to([0.0, 0.0], names=("a", "c")), ErrorCode.INVALID_JOINTS),
        (to([0.0, 0.0], names=("a", "a")), ErrorCode.INVALID_JOINTS),
        (to([0.0, np.nan]), ErrorCode.INVALID_GOAL),
        (to([0.0, 0.0], velocities=[[np.inf, 0.0]]), ErrorCode.INVALID_GOAL),
        (to([0.0, 0.0], [0.0, 0.0], times=(1.0, 1.0)), ErrorCode.INVALID_GOAL),
        (to([0.0, 0.0], times=(-1.0,)), ErrorCode.INVALID_GOAL),
        (to([0.0, 0.0, 0.0]), ErrorCode.INVALID_GOAL),
        (Waypoints(NAMES, (), np.zeros((0, 2))), ErrorCode.INVALID_GOAL),
        (to([0.0, 0.0], start_ns=2 * S), ErrorCode.OLD_HEADER_TIMESTAMP),
    ],
)
def test_what_is_refused_changes_nothing(waypoints, code):
    controller = TrajectoryController(NAMES, HOME)
    controller.accept(to([1.0, 1.0], times=(20.0,)), 0)
    with pytest.raises(Refused) as refusal:
        controller.accept(waypoints, 10 * S)
    assert refusal.value.code is code
    np.testing.assert_allclose(controller.desired(10 * S)[0], [0.5, 1.0])


def test_hold_stops_at_once():
    controller = TrajectoryController(NAMES, HOME)
    controller.accept(to([1.0, 1.0]), 0)
    controller.hold(np.array([0.3, 1.0]))
    position, velocity = controller.desired(S // 2)
    np.testing.assert_array_equal(position, [0.3, 1.0])
    np.testing.assert_array_equal(velocity, [0.0, 0.0])


def test_goals_end_as_they_should():
    controller = TrajectoryController(NAMES, HOME)
    controller.accept(to([1.0, 1.0]), 0)
    off = np.array([1.05, 1.0])
    free = Tolerances()
    assert controller.progress(off, free, S, S // 2)[0] is Progress.RUNNING
    assert controller.progress(off, free, S, S)[0] is Progress.DONE
    path = Tolerances(path_rad=np.array([0.1, np.inf]))
    late = controller.progress(np.array([0.0, 9.0]), path, S, S // 2)
    assert late[:2] == (Progress.FAILED, ErrorCode.PATH_TOLERANCE_VIOLATED) and "a is" in late[2]
    goal = Tolerances(goal_rad=np.array([0.01, 0.01]), goal_time_ns=S)
    assert controller.progress(off, goal, S, S + S // 2)[0] is Progress.RUNNING
    missed = controller.progress(off, goal, S, 2 * S + 1)
    assert missed[:2] == (Progress.FAILED, ErrorCode.GOAL_TOLERANCE_VIOLATED)
    patient = Tolerances(goal_rad=np.array([0.01, 0.01]))
    assert controller.progress(off, patient, S, 99 * S)[0] is Progress.RUNNING


def test_gripper_reaches_stalls_and_refuses():
    gripper = GripperController(closed=0.0, open_=0.04)
    assert gripper.opening == 1.0
    gripper.accept(-1.0, 0)
    assert gripper.opening == 0.0
    assert gripper.progress(0.02, -0.1, S // 10) == (False, False)
    assert gripper.progress(0.015, 0.0, S // 2) == (False, False)
    assert gripper.progress(0.015, 0.0, S) == (False, True)
    assert gripper.progress(0.001, 0.0, S) == (True, False)
    with pytest.raises(Refused):
        gripper.accept(float("nan"), S)
    assert gripper.opening == 0.0


def test_gripper_whose_joint_closes_upwards():
    gripper = GripperController(closed=0.8, open_=0.0)
    gripper.accept(0.8, 0)
    assert gripper.opening == pytest.approx(0.0)
    gripper.accept(0.2, 0)
    assert gripper.opening == pytest.approx(0.75)
