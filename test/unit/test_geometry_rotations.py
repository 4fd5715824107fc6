"""Quaternions, rotations and rotation vectors, against scipy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vla_ros.geometry import quaternion_of, rotation_by, rotation_of, rotation_vector

vectors = st.tuples(*[st.floats(-6.0, 6.0)] * 3).map(np.array)
small = st.tuples(*[st.floats(-1e-7, 1e-7)] * 3).map(np.array)
half_turns = st.sampled_from([(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.6, 0.8, 0), (0, -0.6, 0.8)]).map(
    lambda axis: np.pi * np.array(axis)
)


@given(st.one_of(vectors, small, half_turns))
def test_they_are_scipys(vector):
    oracle = Rotation.from_rotvec(vector)
    R = rotation_by(vector)
    np.testing.assert_allclose(R, oracle.as_matrix(), atol=1e-12)
    quaternion = quaternion_of(R)
    assert quaternion[3] >= 0.0 and np.linalg.norm(quaternion) == pytest.approx(1.0, abs=1e-12)
    sign = np.sign(quaternion @ oracle.as_quat())
    np.testing.assert_allclose(sign * quaternion, oracle.as_quat(), atol=1e-7)
    np.testing.assert_allclose(rotation_of(3.0 * quaternion), R, atol=1e-12)
    back = rotation_vector(R)
    assert np.linalg.norm(back) <= np.pi + 1e-12
    np.testing.assert_allclose(rotation_by(back), R, atol=1e-7)


def test_no_quaternion_is_refused():
    for wrong in (np.zeros(4), np.full(4, np.nan)):
        with pytest.raises(ValueError, match="is no rotation"):
            rotation_of(wrong)
