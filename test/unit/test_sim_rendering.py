"""Pictures agree with geometry: where things appear, how far they are, what casts a shadow."""

from dataclasses import replace

import mujoco
import numpy as np
import pytest

from vla_ros.errors import SimulationError
from vla_ros.sim.furnish import add_lights
from vla_ros.sim.rendering import (
    CameraRenderer,
    camera_intrinsics_px,
    intrinsics_px,
    optical_pose,
)
from vla_ros.sim.scenes import SceneOptions, sample_scene
from vla_ros.sim.shadows import lit_fraction, mixed
from vla_ros.sim.world import FRONT_CAMERA, build_world


@pytest.fixture(scope="module")
def world():
    scene = sample_scene(
        11, SceneOptions(count=(4, 4), required=(("cube", "red"), ("ball", "blue")))
    )
    model = build_world(scene).compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    with CameraRenderer(model) as renderer:
        yield scene, model, data, renderer


def seen_from(data, model, point):
    """Projects by hand: pixel (column, row) and depth of a point in the base frame."""
    T = optical_pose(data, FRONT_CAMERA)
    x, y, z = T[:3, :3].T @ (np.asarray(point) - T[:3, 3])
    k = camera_intrinsics_px(model, FRONT_CAMERA, 320, 240)
    return k[0, 0] * x / z + k[0, 2], k[1, 1] * y / z + k[1, 2], z


def test_intrinsics_span_the_field_of_view():
    k = intrinsics_px(np.deg2rad(90.0), 320, 240)
    assert k[0, 0] == pytest.approx(120.0)
    upper_edge = (-0.5 - k[1, 2]) / k[1, 1]
    assert upper_edge == pytest.approx(-1.0)
    assert (k[0, 2], k[1, 2]) == (159.5, 119.5)


def test_shapes_and_types(world):
    _, _, data, renderer = world
    rgb, depth = renderer.render(data, FRONT_CAMERA)
    assert rgb.shape == (240, 320, 3)
    assert rgb.dtype == np.uint8
    assert depth.shape == (240, 320)
    assert depth.dtype == np.float32
    assert 20.0 < rgb.mean() < 235.0


def test_depth_is_that_of_the_table_and_of_the_tops(world):
    scene, model, data, renderer = world
    _, depth = renderer.render(data, FRONT_CAMERA)
    segments = renderer.segment(data, FRONT_CAMERA, [o.name for o in scene.objects])
    for x in (0.32, 0.45, 0.60):
        for y in (-0.25, 0.0, 0.25):
            u, v, z = seen_from(data, model, (x, y, 0.0))
            u, v = round(u), round(v)
            if segments[v - 1 : v + 2, u - 1 : u + 2].max() < 0:
                assert depth[v, u] == pytest.approx(z, abs=6e-3)
    cube = next(o for o in scene.objects if o.kind == "cube")
    top = np.add(cube.position_m, (0.0, 0.0, cube.size_m[2] / 2.0))
    u, v, z = seen_from(data, model, top)
    assert depth[round(v), round(u)] == pytest.approx(z, abs=6e-3)


def test_objects_are_where_they_should_be_and_have_their_colour(world):
    scene, model, data, renderer = world
    rgb, _ = renderer.render(data, FRONT_CAMERA)
    segments = renderer.segment(data, FRONT_CAMERA, [o.name for o in scene.objects])
    for number, thing in enumerate(scene.objects):
        rows, columns = np.nonzero(segments == number)
        assert len(rows) > 40
        u, v, _ = seen_from(data, model, thing.position_m)
        assert abs(columns.mean() - u) < 8.0
        assert abs(rows.mean() - v) < 8.0
    cube = next(k for k, o in enumerate(scene.objects) if o.kind == "cube")
    ball = next(k for k, o in enumerate(scene.objects) if o.kind == "ball")
    red, _, blue = rgb[segments == cube].mean(axis=0)
    assert red > 2.0 * blue
    red, _, blue = rgb[segments == ball].mean(axis=0)
    assert blue > 2.0 * red


def test_what_is_out_of_range_is_nan(world):
    _, model, data, _ = world
    with CameraRenderer(model, 80, 60, max_depth_m=1.0) as near:
        _, depth = near.render(data, FRONT_CAMERA)
    assert np.isnan(depth).any()
    assert np.nanmax(depth) < 1.0


def test_a_closed_renderer_says_so(world):
    _, model, data, _ = world
    renderer = CameraRenderer(model, 40, 30)
    renderer.close()
    renderer.close()
    with pytest.raises(SimulationError, match="closed"):
        renderer.render(data, FRONT_CAMERA)


def test_something_in_the_lamp_s_way_darkens_the_table_below():
    """One box floats between the lamp and a white table; its shadow lies on the line of light."""
    lighting = replace(
        sample_scene(0).surroundings.lighting,
        key_position_m=(0.45, -0.8, 1.6),
        key_rgb=(0.6, 0.6, 0.6),
        fill_rgb=(0.0, 0.0, 0.0),
        ambient_rgb=(0.3, 0.3, 0.3),
    )
    spec = mujoco.MjSpec()
    spec.stat.extent = 1.0
    box, plane = mujoco.mjtGeom.mjGEOM_BOX, mujoco.mjtGeom.mjGEOM_PLANE
    spec.worldbody.add_geom(type=plane, size=[1, 1, 0.1], rgba=[0.8, 0.8, 0.8, 1])
    floating = np.array([0.45, -0.2, 0.4])
    spec.worldbody.add_geom(type=box, size=[0.05, 0.05, 0.005], pos=floating)
    spec.worldbody.add_camera(name="above", pos=[0.45, 0.1, 1.5], fovy=50.0)
    add_lights(spec, lighting)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    with CameraRenderer(model, 200, 200) as renderer:
        rgb, _ = renderer.render(data, "above")
    lamp = np.asarray(lighting.key_position_m)
    shadow = lamp + (floating - lamp) * lamp[2] / (lamp[2] - floating[2])
    focal = camera_intrinsics_px(model, "above", 200, 200)[0, 0]

    def brightness(x: float, y: float) -> float:
        column = round(99.5 + focal * (x - 0.45) / 1.5)
        row = round(99.5 - focal * (y - 0.1) / 1.5)
        return float(rgb[row - 1 : row + 2, column - 1 : column + 2].mean())

    assert brightness(shadow[0], shadow[1]) < 0.7 * brightness(shadow[0] + 0.2, shadow[1])


def test_lit_fraction_of_a_wall_before_a_plane():
    """Camera and lamp at one place, looking the same way, see no shadow; a blocker makes one."""
    k = intrinsics_px(np.deg2rad(60.0), 40, 40)
    depth = np.full((40, 40), 1.0, np.float32)
    np.testing.assert_allclose(lit_fraction(depth, k, np.eye(4), depth, k, np.eye(4)), 1.0)
    blocked = depth.copy()
    blocked[:, 25:] = 0.5
    lit = lit_fraction(depth, k, np.eye(4), blocked, k, np.eye(4))
    assert lit[:, :20].min() == pytest.approx(1.0)
    assert lit[3:-3, 30:-3].max() == pytest.approx(0.0)


def test_mixing_takes_each_picture_where_it_counts():
    bright, dark = np.full((2, 2, 3), 200, np.uint8), np.full((2, 2, 3), 100, np.uint8)
    lit = np.array([[1.0, 0.0], [0.5, 0.25]], np.float32)
    expected = np.array([[200, 100], [150, 125]])
    np.testing.assert_array_equal(mixed(bright, dark, lit)[..., 0], expected)


def test_shadows_move_with_what_casts_them(world):
    """What the lamp saw is kept for pictures of one moment only."""
    _scene, model, data, renderer = world
    renderer.render(data, FRONT_CAMERA)
    before = data.qpos.copy()
    data.qpos[2] += 0.1  # the first thing is lifted
    mujoco.mj_forward(model, data)
    again = renderer.render(data, FRONT_CAMERA)[0]
    with CameraRenderer(model) as other:
        np.testing.assert_array_equal(again, other.render(data, FRONT_CAMERA)[0])
    data.qpos[:] = before
    mujoco.mj_forward(model, data)
