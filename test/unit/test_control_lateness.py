"""What late ticks make of the time: nothing is lost, and no step is longer than on time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.control.lateness import share_out

PERIOD_S = 0.01


@given(st.floats(5e-4, 2.0), st.floats(0.002, 0.2))
def test_all_the_time_is_shared_out(elapsed_s, lead_s):
    parts = share_out(elapsed_s, PERIOD_S, lead_s)
    assert parts.coasted_s + parts.steps * parts.step_s == pytest.approx(elapsed_s)
    assert parts.coasted_s >= 0.0 and parts.steps >= 1
    assert parts.step_s <= 1.5 * PERIOD_S + 1e-7


@pytest.mark.parametrize(
    ("elapsed_s", "lead_s", "coasted_s", "step_s", "steps"),
    [
        (0.010, 0.015, 0.0, 0.010, 1),
        (0.015, 0.015, 0.0, 0.015, 1),
        (0.020, 0.015, 0.010, 0.010, 1),
        (0.020, 0.025, 0.0, 0.010, 2),
        (0.025, 0.025, 0.0, 0.0125, 2),
        (0.100, 0.025, 0.075, 0.0125, 2),
        (0.100, 0.002, 0.090, 0.010, 1),
    ],
)
def test_cases(elapsed_s, lead_s, coasted_s, step_s, steps):
    parts = share_out(elapsed_s, PERIOD_S, lead_s)
    assert parts.coasted_s == pytest.approx(coasted_s)
    assert (parts.step_s, parts.steps) == (pytest.approx(step_s), steps)
