import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vla_ros.errors import NoDepthError
from vla_ros.perception.depth import depth_in_metres, measured_share, require_depth


@settings(deadline=None)
@given(arrays(np.uint16, (4, 6), elements=st.integers(100, 9000)))
def test_millimetres_become_metres(raw):
    np.testing.assert_allclose(depth_in_metres(raw, "16UC1"), raw / 1000.0, atol=1e-6)


def test_zero_is_missing_in_both_encodings():
    millimetres = np.array([[0, 800], [900, 0]], np.uint16)
    metres = np.array([[0.0, 0.8], [0.9, np.inf]], np.float32)
    for depth in (depth_in_metres(millimetres, "16UC1"), depth_in_metres(metres, "32FC1")):
        np.testing.assert_array_equal(np.isnan(depth), [[True, False], [False, True]])


def test_negative_metres_are_missing():
    depth = depth_in_metres(np.array([[-1.0, 1.0]], np.float32), "32FC1")
    assert np.isnan(depth[0, 0])


def test_the_input_is_left_alone():
    raw = np.array([[0.0, 1.0]], np.float32)
    depth_in_metres(raw, "32FC1")[0, 1] = 7.0
    np.testing.assert_array_equal(raw, [[0.0, 1.0]])


def test_millimetres_in_a_float_topic_are_named():
    with pytest.raises(NoDepthError, match="looks like millimetres"):
        depth_in_metres(np.full((4, 4), 812.0, np.float32), "32FC1")


def test_metres_in_an_integer_topic_are_named():
    with pytest.raises(NoDepthError, match="looks like metres"):
        depth_in_metres(np.array([[1, 1], [0, 2]], np.uint16), "16UC1")


@pytest.mark.parametrize(
    ("raw", "encoding", "words"),
    [
        (np.zeros((2, 2), np.uint8), "rgb8", "not a depth encoding"),
        (np.zeros((2, 2), np.uint8), "16UC1", "must be uint16"),
        (np.zeros((2, 2), np.float64), "32FC1", "must be float32"),
        (np.zeros((2, 2, 3), np.uint16), "16UC1", r"must be \(H, W\)"),
    ],
)
def test_wrong_arrays_are_refused(raw, encoding, words):
    with pytest.raises(NoDepthError, match=words):
        depth_in_metres(raw, encoding)


def test_depth_of_all_zeros_is_noticed():
    depth = depth_in_metres(np.zeros((4, 4), np.uint16), "16UC1")
    assert measured_share(depth) == 0.0
    with pytest.raises(NoDepthError, match="zero or missing"):
        require_depth(depth)


def test_no_depth_and_too_little_depth_are_told_apart():
    with pytest.raises(NoDepthError, match="gives no depth"):
        require_depth(None)
    sparse = np.full((10, 10), np.nan, np.float32)
    sparse[0, :5] = 1.0
    with pytest.raises(NoDepthError, match="only 5%"):
        require_depth(sparse, 0.1)
    assert require_depth(sparse, 0.05) is sparse
