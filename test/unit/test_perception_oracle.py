from types import MappingProxyType

import numpy as np
import pytest
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
    pose_z,
)
from scipy.spatial.transform import Rotation

from vla_ros.errors import GroundingError
from vla_ros.perception.oracle import OracleGrounder, RandomGrounder, names
from vla_ros.perception.relations import overlap
from vla_ros.sim.environment import ObjectTruth
from vla_ros.types import CameraFrame

CUBE = ObjectTruth(
    "red_cube_1",
    "cube",
    "red",
    ("red cube", "red block", "cube", "block"),
    pose_z([0.5, 0.0, 0.025], 0.3),
    np.full(3, 0.05),
)
CAN = ObjectTruth(
    "green_can_1",
    "can",
    "green",
    ("green can", "can"),
    pose_z([0.62, 0.0, 0.06]),
    np.array([0.06, 0.06, 0.12]),
)
SHAPES = [Floor(), Box(CUBE.T_base_object, CUBE.extent_m), Cylinder(CAN.T_base_object, 0.03, 0.12)]


def picture(shapes=SHAPES, with_depth=True):
    depth, owner = cast(shapes)
    rgb = np.zeros((*depth.shape, 3), np.uint8)
    return CameraFrame(rgb, depth if with_depth else None, K, "optical", 1), owner


def oracle(*things, T_base_camera=T_BASE_CAMERA):
    truth = MappingProxyType({t.name: t for t in things})
    return OracleGrounder(lambda: truth, lambda: T_base_camera)


def test_phrases_name_objects():
    assert names("red cube", CUBE)
    assert names("Block", CUBE)
    assert names("red thing", CUBE)
    assert names("object", CUBE)
    assert not names("green cube", CUBE)
    assert not names("green thing", CUBE)
    assert not names("can", CUBE)
    assert not names("  ", CUBE)


@pytest.mark.parametrize("turn", [(0.0, 0.0), (0.6, 0.6), (0.8, 0.0)])
def test_a_ball_that_has_rolled_in_a_bowl_takes_nothing_of_the_bowl(turn):
    center, radius = np.array([0.5, 0.05, 0.035]), 0.028
    T_base_ball = pose_z(center)
    T_base_ball[:3, :3] = Rotation.from_euler("xy", turn).as_matrix()
    ball = ObjectTruth(
        "green_ball_1", "ball", "green", ("green ball",), T_base_ball, np.full(3, 2 * radius)
    )
    bowl = Bowl([0.5, 0.05, 0.095], 0.09, 0.06)
    frame, owner = picture([Floor(), Ball(center, radius), bowl])
    (found,) = oracle(ball).ground(frame, ["green ball"])
    assert overlap(found.box_px, box_of(owner == 1)) > 0.7


def test_the_box_is_that_of_the_visible_pixels():
    frame, owner = picture()
    found = oracle(CUBE, CAN).ground(frame, ["red cube", "can", "banana"])
    assert sorted(d.phrase for d in found) == ["can", "red cube"]
    for detection in found:
        index = 1 if detection.phrase == "red cube" else 2
        assert overlap(detection.box_px, box_of(owner == index)) > 0.75
        assert detection.score == 1.0


def test_what_is_hidden_is_not_answered():
    wall = Box(pose_z([0.7, 0.0, 0.2]), [0.02, 0.6, 0.4])
    frame, _ = picture([*SHAPES, wall])
    assert oracle(CUBE).ground(frame, ["red cube"]) == []


def test_without_depth_the_projected_box_serves():
    frame, owner = picture([Floor(), SHAPES[1]], with_depth=False)
    (found,) = oracle(CUBE).ground(frame, ["cube"])
    assert overlap(found.box_px, box_of(owner == 1)) > 0.75
    behind = T_BASE_CAMERA @ np.diag([1.0, -1.0, -1.0, 1.0])
    with pytest.raises(GroundingError, match="behind the camera"):
        oracle(CUBE, T_base_camera=behind).ground(frame, ["cube"])


def test_guesses_are_repeatable_and_inside_the_picture():
    frame, _ = picture()
    phrases = [f"phrase {n}" for n in range(200)]
    first = RandomGrounder(3).ground(frame, phrases)
    second = RandomGrounder(3).ground(frame, phrases)
    assert [d.phrase for d in first] == phrases
    boxes = np.array([d.box_px for d in first])
    np.testing.assert_array_equal(boxes, [d.box_px for d in second])
    assert np.all(boxes[:, :2] >= 0.0) and np.all(boxes[:, 2:] <= [320, 240])
    assert np.all(boxes[:, 2:] > boxes[:, :2])
    assert len(np.unique(boxes, axis=0)) == 200
