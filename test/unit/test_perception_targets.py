import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from perception_scenes import (
    T_BASE_CAMERA,
    Ball,
    Bowl,
    Box,
    Cylinder,
    Floor,
    K,
    box_of,
    cast,
    lying,
    pose_z,
)

from vla_ros.errors import GroundingError, NoDepthError
from vla_ros.params import PerceptionParams
from vla_ros.perception.targets import target_from_detection
from vla_ros.perception.view import view_of
from vla_ros.types import CameraFrame, Detection

PARAMS = PerceptionParams()
FEW = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
X, Y, YAW = st.floats(0.34, 0.64), st.floats(-0.26, 0.26), st.floats(-3.1, 3.1)


def frame_of(depth):
    return CameraFrame(np.zeros((*depth.shape, 3), np.uint8), depth, K, "optical", 7)


def lift(shapes, index=1, *, box=None, depth=None, mask=None, params=PARAMS):
    cast_depth, owner = cast(shapes)
    depth = cast_depth if depth is None else depth
    box = box_of(owner == index) if box is None else np.asarray(box, float)
    view = view_of(frame_of(depth), T_BASE_CAMERA, params, "front")
    return target_from_detection(Detection("thing", box, 0.9, mask), view, params)


def assert_at(target, center, extent, center_m=0.003, extent_m=0.006):
    np.testing.assert_allclose(target.T_base_object[:3, 3], center, atol=center_m)
    np.testing.assert_allclose(target.extent_m, extent, atol=extent_m)


@FEW
@given(X, Y, YAW, st.floats(0.03, 0.06))
def test_cube(x, y, yaw, side):
    target = lift([Floor(), Box(pose_z([x, y, side / 2], yaw), [side] * 3)])
    assert_at(target, [x, y, side / 2], [side] * 3)


@FEW
@given(X, Y, YAW, st.floats(0.06, 0.12), st.floats(0.03, 0.045), st.floats(0.03, 0.12))
def test_box_with_its_yaw(x, y, yaw, length, width, height):
    target = lift([Floor(), Box(pose_z([x, y, height / 2], yaw), [length, width, height])])
    assert_at(target, [x, y, height / 2], [length, width, height])
    axis = target.T_base_object[:2, 0]
    assert abs(axis @ [np.cos(yaw), np.sin(yaw)]) > np.cos(np.deg2rad(4.0))


@FEW
@given(X, Y, st.floats(0.02, 0.035), st.floats(0.05, 0.14))
def test_can(x, y, radius, height):
    target = lift([Floor(), Cylinder(pose_z([x, y, height / 2]), radius, height)])
    assert_at(target, [x, y, height / 2], [2 * radius, 2 * radius, height])


@FEW
@given(X, Y, st.floats(0.02, 0.04))
def test_ball_whose_back_is_hidden(x, y, radius):
    target = lift([Floor(), Ball([x, y, radius], radius)])
    assert_at(target, [x, y, radius], [2 * radius] * 3)


@FEW
@given(X, Y, YAW, st.floats(0.015, 0.03), st.floats(0.09, 0.15))
def test_lying_cylinder(x, y, yaw, radius, length):
    target = lift([Floor(), Cylinder(lying([x, y, radius], yaw), radius, length)])
    assert_at(target, [x, y, radius], [length, 2 * radius, 2 * radius], 0.006, 0.012)


@pytest.mark.parametrize("jitter", [(-3, -3, 3, 3), (2, 2, -2, -2), (3, 3, 3, 3)])
def test_an_inexact_box(jitter):
    shapes = [Floor(), Box(pose_z([0.5, 0.1, 0.025], 0.4), [0.05] * 3)]
    box = box_of(cast(shapes)[1] == 1) + np.array(jitter)
    assert_at(lift(shapes, box=box), [0.5, 0.1, 0.025], [0.05] * 3, 0.006, 0.014)


def test_scattered_missing_depth():
    shapes = [Floor(), Cylinder(pose_z([0.5, 0.0, 0.05]), 0.03, 0.1)]
    depth, owner = cast(shapes)
    holes = np.random.default_rng(0).random(depth.shape) < 0.3
    depth[holes] = np.nan
    target = lift(shapes, box=box_of(owner == 1), depth=depth)
    assert_at(target, [0.5, 0.0, 0.05], [0.06, 0.06, 0.1], 0.004, 0.008)


def test_noisy_depth():
    shapes = [Floor(), Box(pose_z([0.5, 0.0, 0.03], 0.5), [0.08, 0.05, 0.06])]
    depth, owner = cast(shapes)
    depth += np.random.default_rng(1).normal(0.0, 0.002, depth.shape).astype(np.float32)
    target = lift(shapes, box=box_of(owner == 1), depth=depth)
    assert_at(target, [0.5, 0.0, 0.03], [0.08, 0.05, 0.06], 0.004, 0.008)


def test_something_in_front_hides_the_middle():
    shapes = [
        Floor(),
        Cylinder(pose_z([0.45, 0.0, 0.06]), 0.045, 0.12),
        Box(pose_z([0.56, 0.0, 0.05]), [0.02, 0.02, 0.1]),
    ]
    target = lift(shapes)
    assert_at(target, [0.45, 0.0, 0.06], [0.09, 0.09, 0.12], 0.006, 0.01)
    assert not target.mask[cast(shapes)[1] == 2].any()


def test_a_neighbour_behind_in_the_same_box_is_left_out():
    shapes = [
        Floor(),
        Box(pose_z([0.55, 0.0, 0.02]), [0.04, 0.04, 0.04]),
        Box(pose_z([0.45, 0.03, 0.06]), [0.04, 0.06, 0.12]),
    ]
    assert_at(lift(shapes), [0.55, 0.0, 0.02], [0.04] * 3, 0.004, 0.008)


def test_a_cube_on_a_box_stands_on_the_box():
    shapes = [
        Floor(),
        Box(pose_z([0.5, 0.0, 0.09], 0.3), [0.04, 0.04, 0.04]),
        Box(pose_z([0.5, 0.0, 0.035]), [0.16, 0.16, 0.07]),
    ]
    target = lift(shapes)
    assert_at(target, [0.5, 0.0, 0.09], [0.04] * 3, 0.004, 0.008)


@FEW
@given(X, Y, YAW, st.floats(0.024, 0.034))
def test_a_cube_in_a_bowl_is_the_cube_alone(x, y, yaw, side):
    # The cube stands on a level spot of the bowl's inside.
    bowl = Bowl([x, y, 0.095], 0.09, 0.055)
    cube = Box(pose_z([x, y, 0.006 + side / 2], yaw), [side] * 3)
    target = lift([Floor(), cube, bowl])
    assert np.linalg.norm(target.T_base_object[:2, 3] - [x, y]) < 0.008
    assert target.T_base_object[2, 3] == pytest.approx(0.006 + side / 2, abs=0.01)
    assert np.all(target.extent_m < side * 1.45 + 0.006)


def test_a_mask_is_taken_before_the_box():
    shapes = [Floor(), Box(pose_z([0.5, 0.0, 0.02]), [0.04] * 3), Ball([0.5, 0.045, 0.02], 0.02)]
    _depth, owner = cast(shapes)
    both = box_of(owner >= 1)
    target = lift(shapes, box=both, mask=owner == 2)
    assert_at(target, [0.5, 0.045, 0.02], [0.04] * 3)
    assert target.mask[owner == 1].sum() == 0


def test_the_target_carries_what_it_came_from():
    target = lift([Floor(), Box(pose_z([0.5, 0.0, 0.06]), [0.12] * 3)])
    assert (target.phrase, target.score, target.camera, target.stamp_ns) == (
        "thing",
        0.9,
        "front",
        7,
    )
    assert 100 < len(target.points_m) <= 2000
    assert target.mask.shape == (240, 320)
    assert not target.points_m.flags.writeable


def test_the_box_may_reach_over_the_edge_of_the_picture():
    shapes = [Floor(), Box(pose_z([0.42, 0.41, 0.05]), [0.1, 0.1, 0.1])]
    depth, owner = cast(shapes)
    box = box_of(owner == 1)
    assert box[2] < 320
    beyond = box + np.array([0.0, 0.0, 2.0, 0.0])
    cut = np.array(depth)
    target = lift(shapes, box=beyond, depth=cut)
    assert np.linalg.norm(target.T_base_object[:2, 3] - [0.42, 0.41]) < 0.02


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ([400, 10, 450, 40], "outside the picture"),
        ([50, 50, 50, 90], "empty"),
        ([50, 90, 80, 60], "empty"),
        ([np.nan, 0, 10, 10], "finite"),
        ([20, 200, 40, 220], "above the table"),
    ],
)
def test_boxes_without_a_thing_are_refused(box, words):
    with pytest.raises(GroundingError, match=words):
        lift([Floor(), Box(pose_z([0.5, 0.0, 0.02]), [0.04] * 3)], box=box)


def test_no_depth_in_the_box():
    shapes = [Floor(), Box(pose_z([0.5, 0.0, 0.02]), [0.04] * 3)]
    depth, owner = cast(shapes)
    depth[owner == 1] = np.nan
    with pytest.raises(NoDepthError, match="no depth in its box"):
        lift(shapes, box=box_of(owner == 1), depth=depth)


def test_a_thing_off_the_table_is_refused():
    params = PerceptionParams(view_area_m=(0.3, -0.2, 0.6, 0.2))
    with pytest.raises(GroundingError, match="not on the table"):
        lift([Floor(), Box(pose_z([0.5, 0.35, 0.02]), [0.04] * 3)], params=params)


def test_a_tower_is_refused():
    with pytest.raises(GroundingError, match="above the table"):
        lift([Floor(), Box(pose_z([0.5, 0.0, 0.25]), [0.04, 0.04, 0.5])])


def test_depth_of_all_zeros_is_refused():
    with pytest.raises(NoDepthError, match="zero or missing"):
        lift([Floor()], box=[0, 0, 20, 20], depth=np.full((240, 320), np.nan, np.float32))
