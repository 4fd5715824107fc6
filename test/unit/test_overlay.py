import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perception_scenes import T_BASE_CAMERA, K

from vla_ros.types import Detection, Target
from vla_ros.visualization.overlay import PALETTE, CameraModel, box_corners, draw_overlay

CAMERA = CameraModel(K, T_BASE_CAMERA)


def picture(width=320, height=240):
    return np.full((height, width, 3), 90, np.uint8)


def target(position=(0.5, 0.0, 0.03), phrase="red cube", mask=None):
    T = np.eye(4)
    T[:3, 3] = position
    return Target(phrase, np.array([140.0, 100, 170, 130]), T, np.full(3, 0.06), 0.9, mask)


def changed(before, after):
    return np.any(before != after, axis=2)


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (96, 64)])
def test_a_new_picture_of_the_same_shape(size):
    before = picture(*size)
    kept = before.copy()
    after = draw_overlay(
        before,
        detections=[Detection("can", np.array([10.0, 20, 50, 60]), 0.8)],
        targets=[target()],
        obstacles=[target((0.6, 0.1, 0.02))],
        camera=CAMERA,
        T_base_tool=np.eye(4),
        stage="approach",
    )
    assert after.shape == before.shape and after.dtype == np.uint8
    assert after is not before and changed(before, after).any()
    np.testing.assert_array_equal(before, kept)


def test_nothing_to_draw_changes_nothing():
    np.testing.assert_array_equal(draw_overlay(picture()), picture())


def test_a_read_only_picture_is_fine():
    before = picture()
    before.flags.writeable = False
    assert draw_overlay(before, stage="look").flags.writeable


def test_the_wireframe_is_where_the_box_projects():
    after = draw_overlay(picture(), targets=[target(phrase="")], camera=CAMERA)
    corner = box_corners(target())[0]
    in_camera = np.linalg.inv(T_BASE_CAMERA) @ [*corner, 1.0]
    u, v = (K @ in_camera[:3])[:2] / in_camera[2]
    row, column = round(v), round(u)
    near = changed(picture(), after)[row - 2 : row + 3, column - 2 : column + 3]
    assert near.any()


def test_corners_are_those_of_the_box():
    corners = box_corners(target((0.5, 0.1, 0.03)))
    assert len(np.unique(np.round(corners, 6), axis=0)) == 8
    np.testing.assert_allclose(corners.mean(axis=0), [0.5, 0.1, 0.03])
    np.testing.assert_allclose(np.ptp(corners, axis=0), 0.06)


def test_a_mask_is_tinted_and_nothing_else():
    mask = np.zeros((240, 320), bool)
    mask[200:230, 250:300] = True
    detection = Detection("can", np.array([250.0, 200, 300, 230]), 0.8, mask)
    difference = changed(picture(), draw_overlay(picture(), detections=[detection]))
    assert difference[mask].all()
    assert not difference[:150].any()


def test_labels_at_the_edges_stay_inside_and_apart():
    boxes = [[0, 0, 20, 10], [300, 0, 320, 20], [300, 225, 320, 240], [0, 230, 30, 240]]
    detections = [Detection(f"thing {n}", np.array(box, float), 0.5) for n, box in enumerate(boxes)]
    after = draw_overlay(picture(), detections=detections, stage="look")
    for n in range(4):
        filled = np.all(after == PALETTE[n], axis=2)
        assert filled.sum() > 200  # its label's background


@settings(max_examples=25, deadline=None)
@given(
    st.text(max_size=80),
    st.lists(st.floats(-500, 900), min_size=4, max_size=4),
    st.sampled_from([(320, 240), (640, 480), (33, 21)]),
)
def test_any_text_and_any_box_can_be_drawn(text, box, size):
    before = picture(*size)
    detection = Detection(text, np.array(box), 0.5)
    assert draw_overlay(before, detections=[detection], stage=text).shape == before.shape


def test_what_is_not_finite_or_behind_the_camera_is_left_out():
    detection = Detection("can", np.array([np.nan, 0, 10, 10]), 0.5)
    np.testing.assert_array_equal(draw_overlay(picture(), detections=[detection]), picture())
    behind = np.eye(4)
    behind[:3, 3] = [3.0, 0.0, 0.75]
    after = draw_overlay(picture(), camera=CAMERA, T_base_tool=behind)
    np.testing.assert_array_equal(after, picture())
