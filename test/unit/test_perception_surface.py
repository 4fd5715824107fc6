import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from perception_scenes import T_BASE_CAMERA, Box, Floor, K, cast, look_at, pose_z

from vla_ros.params import PerceptionParams
from vla_ros.perception.surface import connected, outline_points, seen_past, surface_from_depth
from vla_ros.perception.table import Table, level_points, table_among

PARAMS = PerceptionParams()


def surface_of(shapes, T_base_camera=T_BASE_CAMERA):
    depth, owner = cast(shapes, T_base_camera)
    return surface_from_depth(depth, K, T_base_camera), owner


def table_in(surface, params):
    return table_among(level_points(surface, params), params)


def test_points_lie_where_the_rays_hit():
    surface, owner = surface_of([Floor(), Box(pose_z([0.5, 0.0, 0.05]), [0.1, 0.1, 0.1])])
    np.testing.assert_allclose(surface.points_m[owner == 0][:, 2], 0.0, atol=1e-6)
    on_box = surface.points_m[owner == 1] - [0.5, 0.0, 0.05]
    np.testing.assert_allclose(np.abs(on_box).max(axis=1), 0.05, atol=1e-6)


def test_normals_of_a_plane_point_up():
    surface, _ = surface_of([Floor()])
    np.testing.assert_allclose(surface.normals[surface.measured][:, 2], 1.0, atol=1e-4)


@given(st.integers(0, 200), st.integers(0, 150), st.integers(1, 119), st.integers(1, 89))
@settings(max_examples=20, deadline=None)
def test_a_window_projects_like_the_whole(x0, y0, width, height):
    surface, _ = surface_of([Floor()])
    part = surface.window((x0, y0, x0 + width, y0 + height))
    nested = surface.window((x0, y0, 320, 240)).window((x0, y0, x0 + width, y0 + height))
    np.testing.assert_array_equal(part.points_m, nested.points_m)
    np.testing.assert_allclose(part.k_px, nested.k_px)
    assert part.shape == (height, width)
    row, column = height // 2, width // 2
    in_camera = np.linalg.inv(T_BASE_CAMERA) @ [*part.points_m[row, column], 1.0]
    uvw = part.k_px @ in_camera[:3]
    np.testing.assert_allclose(uvw[:2] / uvw[2], [column, row], atol=1e-3)


def test_what_hides_something_is_not_joined_to_it():
    surface, owner = surface_of(
        [
            Floor(),
            Box(pose_z([0.45, 0.0, 0.05]), [0.05, 0.05, 0.1]),
            Box(pose_z([0.58, 0.0, 0.05]), [0.05, 0.05, 0.1]),
        ]
    )
    labels = connected(surface, owner >= 1, 3.0, 0.006)
    assert len(np.unique(labels[owner >= 1])) == 2
    assert len(np.unique(labels[owner == 1])) == 1
    assert np.all(labels[owner == 0] == -1)


def test_nothing_kept_gives_no_labels():
    surface, owner = surface_of([Floor()])
    assert np.all(connected(surface, owner > 5, 3.0, 0.006) == -1)


def test_the_outline_lies_half_a_pixel_outside_the_last_pixels():
    yaw, half = 0.3, 0.04
    surface, owner = surface_of([Floor(), Box(pose_z([0.5, 0.0, 0.03], yaw), [0.08, 0.08, 0.06])])
    found = outline_points(surface, owner == 1)
    c, s = np.cos(yaw), np.sin(yaw)
    local = (found[:, :2] - [0.5, 0.0]) @ np.array([[c, -s], [s, c]])
    apart = np.abs(local).max(axis=1) - half
    assert abs(np.mean(apart)) < 0.0007
    assert np.quantile(np.abs(apart), 0.9) < 0.0035


def test_points_in_the_air_are_seen_past_and_points_inside_are_not():
    surface, owner = surface_of([Floor(), Box(pose_z([0.5, 0.0, 0.05]), [0.1, 0.1, 0.1])])
    points = np.array([[0.5, 0.3, 0.1], [0.5, 0.0, 0.05], [0.42, 0.0, 0.01], [0.5, 9.0, 0.1]])
    np.testing.assert_array_equal(
        seen_past(surface, owner == 1, points), [True, False, False, False]
    )


@given(st.floats(-0.015, 0.015))
@settings(max_examples=10, deadline=None)
def test_the_table_is_found_where_it_is(height):
    surface, _ = surface_of(
        [Floor(height), Box(pose_z([0.5, 0.0, height + 0.02]), [0.3, 0.2, 0.04])]
    )
    table = table_in(surface, PARAMS)
    assert abs(float(table.height_at(np.array([0.5, 0.0]))) - height) < 5e-4


def test_a_camera_pose_that_is_off_tilts_the_table_not_the_things():
    depth, owner = cast([Floor(), Box(pose_z([0.5, 0.1, 0.02]), [0.04] * 3)])
    off = look_at([1.25, 0.0, 0.75], [0.484, 0.004, 0.025])
    surface = surface_from_depth(depth, K, off)
    table = table_in(surface, PARAMS)
    on_table = table.height_above(surface.points_m[owner == 0])
    assert np.quantile(np.abs(on_table), 0.9) < 0.002
    assert not table.rises(surface.points_m[owner == 0], PARAMS.min_height_m).any()


def test_the_parameter_holds_where_no_table_is_seen():
    surface, _ = surface_of([Floor(0.2)])
    assert table_in(surface, PARAMS) == Table(0.0)
    assert table_in(surface, PerceptionParams(table_tolerance_m=0.0)) == Table(0.0)


def test_noise_is_measured_and_does_not_rise():
    depth, _ = cast([Floor()])
    depth += np.random.default_rng(0).normal(0.0, 0.003, depth.shape).astype(np.float32)
    surface = surface_from_depth(depth, K, T_BASE_CAMERA)
    table = table_in(surface, PARAMS)
    assert 0.0005 < table.noise_m < 0.003
    assert table.rises(surface.points_m, PARAMS.min_height_m).mean() < 0.01
