"""The followed pose: limits of speed, acceleration and jerk by finite differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vla_ros.control.tracking import PoseTracker, TrackingLimits
from vla_ros.geometry import pose, rotation_distance_rad

DT = 0.01
LIMITS = TrackingLimits(0.3, 1.0, 40.0, 1.0, 5.0)
places = st.tuples(*[st.floats(-0.4, 0.4)] * 3).map(np.array)
turns = st.tuples(*[st.floats(-3.0, 3.0)] * 3).map(np.array)
legs = st.lists(st.tuples(places, turns, st.integers(1, 60)), min_size=1, max_size=4)


def follow(plan, start=None):
    tracker = PoseTracker(LIMITS, DT)
    T = np.eye(4) if start is None else start
    tracker.start(T, np.zeros(6))
    poses = [T] * 4
    for place, turn, count in plan:
        goal = pose(place, Rotation.from_rotvec(turn))
        poses += [tracker.step(goal, DT) for _ in range(count)]
    return np.array(poses)


@given(legs)
@settings(max_examples=30, deadline=None)
def test_speed_acceleration_and_jerk_keep_their_limits(plan):
    poses = follow(plan)
    velocity = np.diff(poses[:, :3, 3], axis=0) / DT
    acceleration = np.diff(velocity, axis=0) / DT
    jerk = np.diff(acceleration, axis=0) / DT
    turns = Rotation.from_matrix(poses[:, :3, :3])
    turning = (turns[1:] * turns[:-1].inv()).as_rotvec() / DT
    assert np.linalg.norm(velocity, axis=1).max() <= LIMITS.speed_m_s * (1 + 1e-9)
    assert np.linalg.norm(acceleration, axis=1).max() <= LIMITS.acceleration_m_s2 * (1 + 1e-6)
    assert np.linalg.norm(jerk, axis=1).max() <= LIMITS.jerk_m_s3 * (1 + 1e-6)
    # The mean of rotations is that of vectors only up to the square of the window's angle.
    assert np.linalg.norm(turning, axis=1).max() <= LIMITS.turn_speed_rad_s * 1.002


@given(legs)
@settings(max_examples=8, deadline=None)
def test_the_path_stays_in_the_box_of_the_requests(plan):
    poses = follow(plan)
    corners = np.array([np.zeros(3), *(place for place, _, _ in plan)])
    # A goal that changes in flight is overshot sideways by no more than the way to stop.
    slack = 0.0 if len(plan) == 1 else LIMITS.speed_m_s**2 / LIMITS.acceleration_m_s2
    assert np.all(poses[:, :3, 3] >= corners.min(axis=0) - slack - 1e-9)
    assert np.all(poses[:, :3, 3] <= corners.max(axis=0) + slack + 1e-9)


@given(places, turns)
@settings(max_examples=8, deadline=None)
def test_it_arrives_and_stays(place, turn):
    goal = pose(place, Rotation.from_rotvec(turn))
    last = follow([(place, turn, 400)])[-2:]
    np.testing.assert_allclose(last[:, :3, 3], [place, place], atol=1e-6)
    assert rotation_distance_rad(last[1], goal) < 1e-5


def test_it_goes_on_from_a_moving_start():
    tracker = PoseTracker(LIMITS, DT)
    twist = np.array([0.2, 0.0, 0.0, 0.0, 0.0, 0.5])
    tracker.start(np.eye(4), twist)
    T = tracker.step(pose(np.array([1.0, 0.0, 0.0])), DT)
    assert T[0, 3] / DT == pytest.approx(0.2, abs=0.01)
    assert Rotation.from_matrix(T[:3, :3]).as_rotvec()[2] / DT == pytest.approx(0.5, abs=0.05)
