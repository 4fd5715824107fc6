"""A camera that goes on sending is believed only where what it sends can be true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perception_scenes import T_BASE_CAMERA, Box, Floor, K, cast, pose_z

from vla_ros.errors import GroundingError, NoDepthError
from vla_ros.params import PerceptionParams
from vla_ros.perception.health import require_picture
from vla_ros.perception.view import view_of
from vla_ros.types import CameraFrame

PARAMS = PerceptionParams()
DEPTH, _ = cast([Floor(), Box(pose_z([0.5, 0.0, 0.03], 0.2), [0.06, 0.06, 0.06])])
TEXTURE = np.random.default_rng(1).integers(0, 256, (*DEPTH.shape, 3), dtype=np.uint8)
FRAME = CameraFrame(TEXTURE, DEPTH, K, "optical", 1)


def test_an_ordinary_picture_is_believed():
    require_picture(FRAME, "front")
    assert abs(view_of(FRAME, T_BASE_CAMERA, PARAMS, "front").table.height_m) < 0.003


@pytest.mark.parametrize(
    ("rgb", "words"),
    [
        (np.zeros_like(TEXTURE), "black"),
        (TEXTURE // 32, "black"),
        (np.full_like(TEXTURE, 255), "the same all over"),
    ],
    ids=["off", "covered", "overexposed"],
)
def test_a_picture_that_shows_nothing_is_refused(rgb, words):
    with pytest.raises(GroundingError, match=f"'front'.*{words}"):
        require_picture(replace(FRAME, rgb=rgb), "front")


def test_a_dark_picture_with_a_lamp_in_it_is_believed():
    rgb = np.zeros_like(TEXTURE)
    rgb[:40, :40] = TEXTURE[:40, :40]
    require_picture(replace(FRAME, rgb=rgb), "front")


def test_depth_of_another_size_is_refused():
    with pytest.raises(GroundingError, match="px"):
        require_picture(replace(FRAME, depth_m=DEPTH[::2, ::2]), "front")


def test_depth_out_of_reach_is_missing():
    near = replace(PARAMS, depth_min_m=0.5, depth_max_m=1.0, min_table_share=0.0)
    surface = view_of(FRAME, T_BASE_CAMERA, near, "front").whole()
    np.testing.assert_array_equal(surface.measured, (DEPTH >= 0.5) & (DEPTH <= 1.0))


@given(st.integers(0, 200), st.integers(0, 150), st.integers(1, 119), st.integers(1, 89))
@settings(max_examples=20, deadline=None)
def test_a_window_of_a_view_is_a_part_of_the_whole(x0, y0, width, height):
    view = view_of(FRAME, T_BASE_CAMERA, PARAMS, "front")
    part, whole = view.window((x0, y0, x0 + width, y0 + height)), view.whole()
    there = slice(y0, y0 + height), slice(x0, x0 + width)
    np.testing.assert_allclose(part.points_m, whole.points_m[there], atol=1e-12)
    np.testing.assert_allclose(part.normals, whole.normals[there], atol=1e-9)
    assert part.origin_px == (x0, y0) and part.shape == (height, width)


@pytest.mark.parametrize("scale", [1000.0, 0.001])
def test_depth_in_a_wrong_unit_is_refused(scale):
    with pytest.raises(NoDepthError, match="unit"):
        view_of(replace(FRAME, depth_m=DEPTH * np.float32(scale)), T_BASE_CAMERA, PARAMS, "front")


@pytest.mark.parametrize("turned", [DEPTH[::-1, ::-1], DEPTH[::-1]], ids=["upside down", "flipped"])
def test_a_camera_that_was_turned_over_is_refused(turned):
    frame = replace(FRAME, depth_m=np.ascontiguousarray(turned))
    with pytest.raises(GroundingError, match=r"'front'.*turned"):
        view_of(frame, T_BASE_CAMERA, PARAMS, "front")
    view_of(frame, T_BASE_CAMERA, replace(PARAMS, min_table_share=0.0), "front")


def test_a_camera_that_was_lifted_is_refused():
    T_raised = np.array(T_BASE_CAMERA)
    T_raised[2, 3] += 0.08
    with pytest.raises(GroundingError, match="moved"):
        view_of(FRAME, T_raised, PARAMS, "front")
