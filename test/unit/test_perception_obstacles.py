import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from perception_scenes import T_BASE_CAMERA, Ball, Box, Cylinder, Floor, K, cast, pose_z

from vla_ros.params import PerceptionParams
from vla_ros.perception.obstacles import obstacles_on_table
from vla_ros.perception.robot_volume import behind_fingers, on_robot
from vla_ros.perception.view import view_of
from vla_ros.types import CameraFrame

PARAMS = PerceptionParams()
TOOL = np.array([[1.0, 0, 0, 0.5], [0, -1, 0, 0.0], [0, 0, -1, 0.1], [0, 0, 0, 1]])


def find(shapes, T_base_tool=None, named=(), params=PARAMS, noise_m=0.0):
    depth, _ = cast(shapes)
    depth += np.random.default_rng(0).normal(0.0, noise_m, depth.shape).astype(np.float32)
    frame = CameraFrame(np.zeros((240, 320, 3), np.uint8), depth, K, "optical", 1)
    view = view_of(frame, T_BASE_CAMERA, params, "front")
    return obstacles_on_table(view, T_base_tool, params, named)


def places(found):
    return sorted(tuple(float(v) for v in np.round(o.T_base_object[:2, 3], 2)) for o in found)


def test_everything_on_the_table_is_found():
    found = find(
        [
            Floor(),
            Box(pose_z([0.4, 0.1, 0.03], 0.4), [0.06, 0.06, 0.06]),
            Cylinder(pose_z([0.5, -0.2, 0.06]), 0.03, 0.12),
            Ball([0.6, 0.1, 0.03], 0.03),
        ]
    )
    assert places(found) == [(0.4, 0.1), (0.5, -0.2), (0.6, 0.1)]
    assert all(o.phrase == "" and o.mask.any() and o.camera == "front" for o in found)


def test_an_empty_table_is_empty_even_with_noise():
    assert find([Floor()]) == ()
    assert find([Floor()], noise_m=0.002) == ()


def test_named_things_are_left_out():
    shapes = [Floor(), Box(pose_z([0.4, 0.1, 0.03]), [0.06] * 3), Ball([0.6, -0.1, 0.03], 0.03)]
    first, second = find(shapes)
    assert places(find(shapes, named=[first])) == places([second])
    assert find(shapes, named=[first, second]) == ()


def test_what_is_outside_of_the_area_does_not_count():
    shapes = [Floor(), Box(pose_z([0.4, 0.3, 0.03]), [0.06] * 3)]
    assert find(shapes, params=PerceptionParams(view_area_m=(0.2, -0.2, 0.7, 0.2))) == ()


def test_the_robot_is_left_out():
    hand = Box(pose_z([0.5, 0.0, 0.2]), [0.08, 0.1, 0.1])
    fingers = [Box(pose_z([0.5, y, 0.13]), [0.02, 0.02, 0.06]) for y in (-0.04, 0.04)]
    cube = Box(pose_z([0.4, 0.25, 0.03]), [0.06] * 3)
    assert places(find([Floor(), hand, *fingers, cube], TOOL)) == [(0.4, 0.25)]


def test_an_arm_that_is_too_high_to_be_a_thing_is_left_out():
    arm = Cylinder(pose_z([0.4, 0.0, 0.3]), 0.05, 0.6)
    assert find([Floor(), arm]) == ()


def test_what_floats_is_no_obstacle_on_the_table():
    assert find([Floor(), Box(pose_z([0.45, 0.0, 0.2]), [0.06] * 3)]) == ()


def test_a_part_inside_a_larger_thing_is_a_part_of_it():
    tray = [Box(pose_z([0.5, y, 0.02]), [0.2, 0.01, 0.04]) for y in (-0.1, 0.1)] + [
        Box(pose_z([x, 0.0, 0.02]), [0.01, 0.2, 0.04]) for x in (0.4, 0.6)
    ]
    island = Box(pose_z([0.5, 0.0, 0.01]), [0.04, 0.04, 0.02])
    found = find([Floor(), *tray, island])
    assert places(found) == [(0.5, 0.0)]
    assert found[0].extent_m[0] > 0.19


@settings(deadline=None)
@given(st.floats(0.0, 0.24), st.floats(-0.06, 0.06))
def test_points_along_the_hand_are_on_the_robot(back, aside):
    assume(abs(back - 0.05) > 1e-9)
    point = TOOL[:3, 3] - back * TOOL[:3, 2] + aside * TOOL[:3, 1]
    assert on_robot(point, TOOL, PARAMS)
    assert behind_fingers(point, TOOL, PARAMS, 0.05) == (back > 0.05)


@pytest.mark.parametrize("point", [[0.5, 0.0, 0.0], [0.5, 0.2, 0.1], [0.9, 0.0, 0.1]])
def test_points_away_from_the_robot_are_not(point):
    assert not on_robot(np.array(point), TOOL, PARAMS)
    assert not on_robot(np.full(3, np.nan), TOOL, PARAMS)
