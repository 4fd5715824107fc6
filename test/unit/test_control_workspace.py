"""Where the tool may be: clipping, depths and what makes a workspace invalid."""

from dataclasses import replace

import numpy as np
import pytest
from control_rig import ROBOT, SAFETY
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vla_ros.control.workspace import Workspace
from vla_ros.errors import SafetyError
from vla_ros.geometry import pose, tool_down

LOW, HIGH = np.array(SAFETY.workspace_min_m), np.array(SAFETY.workspace_max_m)
POST = (0.45, -0.05, 0.0, 0.55, 0.05, 0.3)
PLAIN = Workspace(SAFETY, ROBOT)
WITH_POST = Workspace(replace(SAFETY, keep_out_m=POST), ROBOT)

positions = st.tuples(*[st.floats(-2.0, 2.0)] * 3).map(np.array)
tilts = st.tuples(st.floats(-3.1, 3.1), st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))


def pose_of(position, tilt):
    return pose(position, Rotation.from_euler("ZYX", tilt) * Rotation.from_euler("x", np.pi))


def fingertips(T):
    """The tool's point and the outer corners of the open fingers, in the base frame."""
    depth, half = ROBOT.finger_depth_m, ROBOT.gripper_max_width_m / 2
    corners = np.array([[0, y, z, 1] for y in (-half, 0, half) for z in (0, depth)])
    return (T @ corners.T)[:3].T


@given(positions, tilts)
@settings(max_examples=100, deadline=None)
def test_what_is_clipped_is_inside_above_the_table_and_nearest(position, tilt):
    T = pose_of(position, tilt)
    clipped, reason = PLAIN.clip(T)
    place = clipped[:3, 3]
    assert np.all((place >= LOW) & (place <= HIGH))
    assert PLAIN.depths(clipped).max() <= 0.0
    assert fingertips(clipped)[:, 2].min() >= SAFETY.table_height_m + SAFETY.table_clearance_m
    np.testing.assert_array_equal(clipped[:3, :3], T[:3, :3])
    np.testing.assert_allclose(place[:2], np.clip(position, LOW, HIGH)[:2], atol=1.1e-3)
    inside = np.all((position >= LOW) & (position <= HIGH))
    if inside and fingertips(T)[:, 2].min() >= 0.003:
        assert reason == "" and np.abs(place - position).max() <= 1.1e-3
    if not inside:
        assert reason


@given(positions, tilts)
@settings(max_examples=100, deadline=None)
def test_keep_out_boxes_are_left_by_a_side_that_is_allowed(position, tilt):
    try:
        clipped, _ = WITH_POST.clip(pose_of(position, tilt))
    except SafetyError:
        return
    post = np.array(POST).reshape(2, 3)
    point = clipped[:3, 3]
    tip = point + ROBOT.finger_depth_m * clipped[:3, 2]
    for place in (point, tip):
        assert not np.all((post[0] < place) & (place < post[1]))
    assert WITH_POST.depths(clipped).max() <= 0.0


def test_reasons_carry_the_values():
    _, reason = PLAIN.clip(tool_down(np.array([0.9, 0.0, -0.05]), 0.0))
    assert "x 0.900 -> 0.749 m" in reason and "0.200 to 0.750" in reason
    assert "z -0.050" in reason and "fingertips off the table" in reason
    clipped, reason = WITH_POST.clip(tool_down(np.array([0.5, 0.04, 0.1]), 0.0))
    assert "keep-out box 0" in reason and clipped[1, 3] > 0.05


def test_depths_name_what_is_in_the_way():
    T = tool_down(np.array([0.5, 0.0, 0.28]), 0.0)
    depths = WITH_POST.depths(T)
    assert depths.shape == (8,)
    # The fingertips reach 12 mm lower than the tool, 32 mm below the top of the post.
    assert depths[7] == pytest.approx(0.032)
    assert WITH_POST.name(7) == "keep-out box 0"
    assert WITH_POST.name(6) == "the table"
    assert WITH_POST.name(0) == "the workspace's lowest x, 0.200 m"
    assert WITH_POST.name(4) == "the workspace's highest y, 0.450 m"


def test_no_way_out_is_refused():
    walls = Workspace(replace(SAFETY, keep_out_m=(0.1, -0.5, -0.1, 0.9, 0.5, 0.9)), ROBOT)
    with pytest.raises(SafetyError, match="in keep-out box 0, and no way out"):
        walls.clip(tool_down(np.array([0.5, 0.0, 0.3]), 0.0))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"workspace_min_m": ()}, "no workspace box.*measure"),
        ({"workspace_max_m": (0.7, 0.4)}, "no workspace box"),
        ({"workspace_max_m": (0.1, 0.4, 0.7)}, r"no room along \['x'\]"),
        ({"table_height_m": 0.8}, "below the table"),
        ({"keep_out_m": (0.1, 0.2, 0.3)}, "has 3 numbers"),
        ({"keep_out_m": (0.5, 0.0, 0.0, 0.4, 0.1, 0.1)}, "box 0 goes from"),
    ],
)
def test_a_workspace_that_is_none_is_refused(changes, words):
    with pytest.raises(SafetyError, match=words):
        Workspace(replace(SAFETY, **changes), ROBOT)
