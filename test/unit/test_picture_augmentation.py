"""Crops move the boxes with the picture."""

import numpy as np
import pytest

from vla_ros.training.picture_augmentation import random_camera, random_view


@pytest.mark.parametrize("seed", range(20))
def test_boxes_follow_the_picture(seed):
    rng = np.random.default_rng(seed)
    picture = np.zeros((240, 320, 3), np.uint8)
    picture[100:140, 150:200] = 255
    view = random_view((240, 320), np.array([150.0, 100.0, 200.0, 140.0]), (160, 208), rng)
    boxes, kept = view.boxes(np.array([[150.0, 100.0, 200.0, 140.0]]))
    shown = view.picture(picture)
    rows, columns = np.nonzero(shown[..., 0] > 180)
    if not kept[0]:
        return
    seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    np.testing.assert_allclose(boxes[0], seen, atol=1.5)


def test_a_box_cut_off_is_not_kept():
    rng = np.random.default_rng(0)
    view = random_view((240, 320), None, (240, 320), rng)
    _, kept = view.boxes(np.array([[-300.0, -300.0, 20.0, 20.0], [150.0, 100.0, 180.0, 140.0]]))
    assert kept.tolist() == [False, True]


def test_cameras_differ_but_colours_stay():
    red = np.full((32, 32, 3), (200, 30, 30), np.uint8)
    for seed in range(50):
        seen = random_camera(red, np.random.default_rng(seed)).reshape(-1, 3).mean(axis=0)
        assert seen[0] > 1.5 * seen[1:].max()
