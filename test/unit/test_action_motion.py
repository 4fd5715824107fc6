"""Motions keep to their limits; finite differences of the rows are the oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vla_ros.action.motion import MotionLimits, hold_rows, profile, row_pose, straight_rows
from vla_ros.geometry import pose, rotation_distance_rad, tool_down
from vla_ros.params import SkillParams

LIMITS = MotionLimits.of(SkillParams())
PERIOD_S = 0.002

places = st.tuples(*[st.floats(-0.6, 0.6)] * 3).map(np.array)
turns = st.tuples(*[st.floats(-1.5, 1.5)] * 3).map(lambda v: Rotation.from_rotvec(v))


@settings(max_examples=40, deadline=None)
@given(places, places, turns)
def test_no_limit_is_passed_anywhere(start, end, turn):
    T_from, T_to = pose(start), pose(end, turn)
    rows = straight_rows(T_from, T_to, (1.0, 0.0), LIMITS, PERIOD_S)
    xyz = np.vstack([start, start, start, rows[:, :3], end, end, end])
    speed = np.diff(xyz, axis=0) / PERIOD_S
    acceleration = np.diff(speed, axis=0) / PERIOD_S
    jerk = np.diff(acceleration, axis=0) / PERIOD_S
    assert np.linalg.norm(speed, axis=1).max() <= LIMITS.speed * 1.001
    assert np.linalg.norm(acceleration, axis=1).max() <= LIMITS.acceleration * 1.02 + 1e-6
    assert np.linalg.norm(jerk, axis=1).max() <= LIMITS.jerk * 1.1 + 1e-3
    quaternions = np.vstack([[0.0, 0.0, 0.0, 1.0], rows[:, 3:7]])
    steps = Rotation.from_quat(quaternions[:-1]).inv() * Rotation.from_quat(quaternions[1:])
    assert steps.magnitude().max() / PERIOD_S <= LIMITS.turn_speed * 1.001


@settings(max_examples=40, deadline=None)
@given(places, places, turns)
def test_it_ends_exactly_there_and_never_flips_the_quaternion(start, end, turn):
    T_to = pose(end, turn)
    rows = straight_rows(pose(start), T_to, (0.2, 0.9), LIMITS, 0.02)
    np.testing.assert_allclose(row_pose(rows[-1]), T_to, atol=1e-9)
    assert rows[-1, 7] == pytest.approx(0.9)
    assert (np.sum(rows[1:, 3:7] * rows[:-1, 3:7], axis=1) > 0.0).all()


def test_the_way_is_straight():
    start, end = np.array([0.3, -0.1, 0.4]), np.array([0.6, 0.2, 0.1])
    rows = straight_rows(tool_down(start, 0.2), tool_down(end, 1.0), (1.0, 1.0), LIMITS, 0.02)
    way = (end - start) / np.linalg.norm(end - start)
    offset = rows[:, :3] - start
    aside = offset - (offset @ way)[:, None] * way
    assert np.abs(aside).max() < 1e-12


def test_long_motions_cruise_at_the_speed_limit():
    course = profile(pose(np.zeros(3)), pose(np.array([1.0, 0.0, 0.0])), LIMITS)
    expected = 1.0 / LIMITS.speed
    assert expected < course.duration_s < expected + 1.0


def test_no_motion_is_one_row():
    T = tool_down(np.array([0.4, 0.0, 0.2]), 0.3)
    rows = straight_rows(T, T, (1.0, 1.0), LIMITS, 0.02)
    assert rows.shape == (1, 8)
    np.testing.assert_allclose(row_pose(rows[0]), T, atol=1e-9)


def test_hold_stays_while_the_gripper_moves():
    T = tool_down(np.array([0.4, 0.0, 0.2]), 0.3)
    rows = hold_rows(T, (1.0, 0.0), 0.1, 0.02)
    assert rows.shape == (5, 8)
    np.testing.assert_allclose(rows[:, 7], [0.8, 0.6, 0.4, 0.2, 0.0])
    assert all(rotation_distance_rad(row_pose(row), T) < 1e-9 for row in rows)
