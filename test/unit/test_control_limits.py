"""How the joints stop: along a straight line, in time, whatever the ticks are."""

from dataclasses import replace

import numpy as np
import pytest
from control_rig import SAFETY
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_ros.control.kinematics import JointLimits
from vla_ros.control.limits import JointEnvelope
from vla_ros.errors import ConfigError

DESCRIBED = JointLimits(np.full(3, -1.0), np.array([1.0, 2.0, np.inf]), np.array([2.0, 2.0, 0.3]))
PARAMS = replace(
    SAFETY,
    max_joint_acceleration_rad_s2=(5.0,),
    stop_joint_acceleration_rad_s2=(20.0, 30.0, 2.0),
    stop_time_s=0.05,
    joint_margin_rad=0.02,
)
ENVELOPE = JointEnvelope.combine(DESCRIBED, PARAMS)
speeds = st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3).map(
    lambda shares: np.array(shares) * ENVELOPE.speed_rad_s
)
ticks = st.lists(st.floats(0.0005, 0.03), min_size=120, max_size=120)


def test_the_tighter_limit_counts():
    np.testing.assert_allclose(ENVELOPE.lower_rad, [-0.98] * 3)
    np.testing.assert_allclose(ENVELOPE.upper_rad, [0.98, 1.98, np.inf])
    # A stop is never gentler than ordinary motion; no joint is faster than it can stop in 0.05 s.
    np.testing.assert_allclose(ENVELOPE.stop_rad_s2, [20.0, 30.0, 5.0])
    np.testing.assert_allclose(ENVELOPE.speed_rad_s, [1.0, 1.5, 0.25])
    tight = replace(PARAMS, joint_lower_rad=(-0.5, -3.0, -0.1), max_joint_speed_rad_s=(0.2,))
    envelope = JointEnvelope.combine(DESCRIBED, tight)
    np.testing.assert_allclose(envelope.lower_rad, [-0.48, -0.98, -0.08])
    np.testing.assert_allclose(envelope.speed_rad_s, [0.2] * 3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"joint_lower_rad": (0.0, 0.0)}, "joint_lower_rad has 2 values for 3 joints"),
        ({"joint_lower_rad": (0.0, 1.98, 0.0)}, "joint 1 has no room"),
        ({"max_joint_acceleration_rad_s2": ()}, "need one value"),
    ],
)
def test_lists_that_do_not_fit_are_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        JointEnvelope.combine(DESCRIBED, replace(PARAMS, **changes))


@given(speeds, ticks)
@settings(max_examples=40, deadline=None)
def test_a_stop_keeps_to_its_line_its_limit_and_its_time(velocity, durations):
    q, passed = np.zeros(3), 0.0
    end = ENVELOPE.brake_end(q, velocity)
    before = velocity
    for dt_s in durations:
        now = ENVELOPE.braked(before, dt_s)
        assert np.all(np.abs(now - before) <= ENVELOPE.stop_rad_s2 * dt_s + 1e-12)
        q, passed, before = q + now * dt_s, passed + dt_s, now
        # On the segment from the start to the end: the same share of it for every joint.
        moving = np.abs(end) > 1e-9
        shares = q[moving] / end[moving]
        assert shares.size == 0 or (np.ptp(shares) < 1e-6 and -1e-9 <= shares[0] <= 1 + 1e-6)
        if passed >= PARAMS.stop_time_s:
            assert not np.any(now)
    assert np.all(np.abs(end) <= np.abs(velocity) * PARAMS.stop_time_s / 2 + 1e-12)


@given(speeds, st.floats(0.0, 0.1))
@settings(max_examples=50, deadline=None)
def test_coasting_is_the_integral_of_the_deceleration(velocity, duration_s):
    q, left = ENVELOPE.coast(np.zeros(3), velocity, duration_s)
    total = ENVELOPE.time_to_rest_s(velocity)
    times = np.linspace(0.0, duration_s, 20001)
    scale = np.clip(1.0 - times / total, 0.0, 1.0) if total > 0 else np.zeros_like(times)
    np.testing.assert_allclose(q, velocity * np.trapezoid(scale, times), atol=1e-6)
    np.testing.assert_allclose(left, velocity * scale[-1], atol=1e-9)


@given(
    st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3),
    st.lists(st.floats(0.001, 0.02), min_size=4, max_size=4),
    st.lists(st.integers(-1, 1), min_size=3, max_size=3),
)
@settings(max_examples=30, deadline=None)
def test_pushing_against_a_limit_never_passes_it(shares, durations, push):
    upper = np.array([0.98, 1.98, 5.0])
    q, push = ENVELOPE.lower_rad + np.array(shares) * (upper - ENVELOPE.lower_rad), np.array(push)
    velocity = np.zeros(3)
    for step in range(160):
        dt_s = durations[step % len(durations)]
        low, high = ENVELOPE.velocity_bounds(q, velocity, dt_s)
        assert np.all(low <= high)
        chosen = np.where(push > 0, high, np.where(push < 0, low, np.clip(0.0, low, high)))
        assert np.all(np.abs(chosen) <= ENVELOPE.speed_rad_s + 1e-12)
        change = np.abs(chosen - velocity)
        assert np.all(change <= ENVELOPE.acceleration_rad_s2 * dt_s + 1e-9)
        q, velocity = q + chosen * dt_s, chosen
        end = ENVELOPE.brake_end(q, velocity)
        assert np.all((ENVELOPE.lower_rad - 1e-9 <= end) & (end <= ENVELOPE.upper_rad + 1e-9))
