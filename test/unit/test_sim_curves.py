"""The controllers' curves, against scipy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import BPoly

from vla_ros.sim.curves import KnotCurve

numbers = st.floats(-3.0, 3.0)


@settings(max_examples=60, deadline=None)
@given(
    duration_s=st.floats(0.01, 5.0),
    share=st.floats(0.0, 1.0),
    values=st.lists(numbers, min_size=12, max_size=12),
    derivatives=st.integers(1, 3),
)
def test_it_is_the_polynomial_that_scipy_finds(duration_s, share, values, derivatives):
    knots = np.array(values).reshape(2, 3, 2)[:, :derivatives]
    start, end = (list(rows) for rows in knots)
    oracle = BPoly.from_derivatives([0.0, duration_s], [start, end])
    at_s = share * duration_s
    position, velocity = KnotCurve(duration_s, start, end).at(at_s)
    np.testing.assert_allclose(position, oracle(at_s), atol=1e-8)
    np.testing.assert_allclose(velocity, oracle.derivative()(at_s), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("derivatives", [1, 2, 3])
def test_it_begins_and_ends_at_its_knots(derivatives):
    start = [np.array([0.1, -0.2])] * derivatives
    end = [np.array([0.4, 0.3])] * derivatives
    curve = KnotCurve(0.5, start, end)
    np.testing.assert_allclose(curve.at(0.0)[0], start[0], atol=1e-12)
    np.testing.assert_allclose(curve.at(0.5)[0], end[0], atol=1e-12)
