"""Built worlds obey physics: nothing flies off, tunnels or falls over; scenes can be re-dressed."""

from dataclasses import replace

import mujoco
import numpy as np
import pytest

from vla_ros.errors import SimulationError
from vla_ros.sim.objects import kind_named
from vla_ros.sim.scenes import SceneOptions, sample_scene
from vla_ros.sim.world import FRONT_CAMERA, OVERVIEW_CAMERA, build_world, relight, repaint


@pytest.mark.parametrize("seed", range(6))
def test_everything_stays_where_it_stands(seed):
    scene = sample_scene(seed, SceneOptions(count=(7, 10), drawer_probability=0.5))
    model = build_world(scene).compile()
    data = mujoco.MjData(model)
    for _ in range(500):
        mujoco.mj_step(model, data)
    assert data.time == pytest.approx(1.0)
    assert np.all(np.isfinite(data.qpos))
    for thing in scene.objects:
        body = data.body(thing.name)
        assert np.linalg.norm(body.xpos - thing.position_m) < 5e-3, thing
        assert body.xmat[8] > np.cos(np.deg2rad(5.0)), thing
        assert kind_named(thing.kind).fixed or np.abs(data.joint(thing.name).qvel).max() < 0.05


def test_objects_that_are_dropped_lie_on_the_table():
    scene = sample_scene(3, SceneOptions(count=(6, 8), drawer_probability=0.0))
    model = build_world(scene).compile()
    data = mujoco.MjData(model)
    for thing in scene.objects:
        data.joint(thing.name).qpos[2] += 0.05
    for _ in range(750):
        mujoco.mj_step(model, data)
    for thing in scene.objects:
        height = data.body(thing.name).xpos[2]
        assert 0.3 * min(thing.size_m) < height < 0.6 * max(thing.size_m), thing


def test_masses_and_poses_are_those_of_the_scene():
    scene = sample_scene(5)
    model = build_world(scene).compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    for thing in scene.objects:
        turn = data.body(thing.name).xmat.reshape(3, 3)
        np.testing.assert_allclose(data.body(thing.name).xpos, thing.position_m, atol=1e-9)
        assert np.arctan2(turn[1, 0], turn[0, 0]) == pytest.approx(thing.yaw_rad)
        mass = model.body(thing.name).mass[0]
        assert mass == pytest.approx(kind_named(thing.kind).mass_of(thing.size_m))


def test_repainting_changes_the_object_s_colour_and_nothing_else():
    scene = sample_scene(2)
    model = build_world(scene).compile()
    before = model.geom_rgba.copy()
    first = replace(scene.objects[0], rgb=(0.1, 0.2, 0.3))
    repaint(model, replace(scene, objects=(first, *scene.objects[1:])))
    changed = np.flatnonzero(np.any(model.geom_rgba != before, axis=1))
    assert len(changed) > 0
    for geom in changed:
        assert model.geom(geom).name.startswith(first.name)
        np.testing.assert_allclose(model.geom_rgba[geom, :3], first.rgb, atol=1e-6)


def test_relighting_equals_building_with_that_light():
    scene, other = sample_scene(2), sample_scene(9)
    model = build_world(scene).compile()
    relight(model, replace(scene, surroundings=other.surroundings))
    built = build_world(replace(scene, surroundings=other.surroundings)).compile()
    for name in ("light_pos", "light_dir", "light_diffuse", "cam_pos", "cam_fovy"):
        np.testing.assert_allclose(getattr(model, name), getattr(built, name), atol=1e-6)
    np.testing.assert_allclose(
        np.abs(np.sum(model.cam_quat * built.cam_quat, axis=1)), 1.0, atol=1e-6
    )
    cameras = {model.camera(k).name for k in range(model.ncam)}
    assert {FRONT_CAMERA, OVERVIEW_CAMERA} <= cameras


def test_an_unknown_kind_is_an_error():
    scene = sample_scene(0)
    ghost = replace(scene.objects[0], kind="ghost")
    with pytest.raises(SimulationError, match="ghost"):
        build_world(replace(scene, objects=(ghost,)))
