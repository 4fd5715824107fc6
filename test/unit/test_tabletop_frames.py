"""Letterboxing, its inverse, and boxes from the network's output."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.backends import tabletop_frames as frames

CANVAS = (240, 320)


@given(height=st.integers(16, 2000), width=st.integers(16, 2000))
def test_a_letterboxed_picture_fits_and_keeps_its_shape(height, width):
    where = frames.fit((height, width), CANVAS)
    left, top = where.offset_px
    assert left >= 0 and top >= 0
    assert left + round(width * where.scale) <= CANVAS[1]
    assert top + round(height * where.scale) <= CANVAS[0]
    fills_width = abs(width * where.scale - CANVAS[1]) < 1.0
    fills_height = abs(height * where.scale - CANVAS[0]) < 1.0
    assert fills_width or fills_height


@given(
    height=st.integers(100, 1000),
    width=st.integers(100, 1000),
    corners=st.tuples(*[st.floats(0.0, 1.0)] * 4),
)
def test_undo_brings_boxes_back(height, width, corners):
    where = frames.fit((height, width), CANVAS)
    x0, x1 = sorted((corners[0] * width, corners[2] * width))
    y0, y1 = sorted((corners[1] * height, corners[3] * height))
    box = np.array([[x0, y0, x1, y1]])
    there = box * where.scale + np.array([*where.offset_px, *where.offset_px])
    np.testing.assert_allclose(where.undo(there), box, atol=1e-3 * max(height, width))


def test_a_bright_patch_is_where_undo_says():
    rgb = np.zeros((720, 1280, 3), np.uint8)
    rgb[100:300, 400:800] = 255
    picture, where = frames.letterbox(rgb, CANVAS)
    assert picture.shape == (*CANVAS, 3)
    left, top = where.offset_px
    inside = picture[top : CANVAS[0] - top, left:]
    rows, columns = np.nonzero(inside[..., 0] > 127)
    box = np.array(
        [[columns.min() + left, rows.min() + top, columns.max() + 1 + left, rows.max() + 1 + top]],
        float,
    )
    np.testing.assert_allclose(where.undo(box)[0], [400, 100, 800, 300], atol=1 / where.scale)


def test_a_picture_of_the_canvas_size_is_not_touched():
    rgb = np.random.default_rng(0).integers(0, 256, (*CANVAS, 3), dtype=np.uint8)
    picture, where = frames.letterbox(rgb, CANVAS)
    np.testing.assert_array_equal(picture, rgb)
    assert (where.scale, where.offset_px) == (1.0, (0, 0))


def test_overlap_of_known_boxes():
    shared = frames.overlap(
        np.array([0.0, 0.0, 10.0, 10.0]),
        np.array([[0.0, 0.0, 10.0, 10.0], [5.0, 0.0, 15.0, 10.0], [20.0, 20.0, 30.0, 30.0]]),
    )
    np.testing.assert_allclose(shared, [1.0, 1.0 / 3.0, 0.0])


def test_detections_keep_the_best_of_overlapping_boxes():
    where = frames.fit(CANVAS, CANVAS)
    boxes = np.array([[0.5, 0.5, 0.1, 0.1], [0.505, 0.5, 0.1, 0.1], [0.2, 0.2, 0.1, 0.2]])
    logits = np.array([[2.0, -9.0], [3.0, -9.0], [1.0, -9.0]])
    found = frames.detections(["red cube", "mug"], logits, boxes, where, 0.5, 0.5)
    assert [d.phrase for d in found] == ["red cube", "red cube"]
    assert [d.score for d in found] == pytest.approx([1 / (1 + np.exp(-3)), 1 / (1 + np.exp(-1))])
    np.testing.assert_allclose(found[1].box_px, [48, 24, 80, 72], atol=1e-4)


def test_boxes_are_clipped_to_the_picture():
    where = frames.fit(CANVAS, CANVAS)
    found = frames.detections(
        ["can"], np.array([[5.0]]), np.array([[0.0, 0.5, 0.2, 0.2]]), where, 0.5, 0.5
    )
    np.testing.assert_allclose(found[0].box_px, [0, 96, 32, 144], atol=1e-4)
