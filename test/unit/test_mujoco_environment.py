"""The environment's promises: reproducible, at rest, in frames that agree with its pictures."""

import threading

import mujoco
import numpy as np
import pytest

from vla_ros.errors import SimulationError
from vla_ros.geometry import inverse, project, transform_points
from vla_ros.sim.mujoco_environment import MujocoEnvironment
from vla_ros.sim.rendering import CameraRenderer
from vla_ros.sim.scenes import SceneOptions

SEED = 4
WITH_A_DRAWER = SceneOptions(drawer_probability=1.0, count=(3, 4))


@pytest.fixture(scope="module")
def environment():
    with MujocoEnvironment() as made:
        yield made


@pytest.fixture
def fresh(environment):
    environment.reset(SEED)
    return environment


def test_the_same_seed_gives_the_same_world(environment):
    states = []
    for _ in range(2):
        environment.reset(SEED)
        environment.set_gripper_target(0.3)
        environment.step(0.5)
        states.append(environment.snapshot())
    np.testing.assert_array_equal(states[0].qpos, states[1].qpos)
    assert states[0].time_ns == states[1].time_ns == 500_000_000


def test_everything_is_at_rest_after_reset(fresh):
    before = fresh.truth()
    assert fresh.time_ns == 0
    fresh.step(1.0)
    for name, truth in fresh.truth().items():
        moved = truth.T_base_object[:3, 3] - before[name].T_base_object[:3, 3]
        assert np.linalg.norm(moved) < 2e-3, name


def test_truth_is_where_the_picture_shows_it(fresh):
    """Depth at the pixel of an object's centre is that of the object's near surface."""
    frame = fresh.render("front")
    T_camera_base = inverse(fresh.T_base_camera("front"))
    for truth in fresh.truth().values():
        centre = transform_points(T_camera_base, truth.T_base_object[None, :3, 3])
        column, row = np.round(project(centre, frame.k_px)[0]).astype(int)
        size = np.linalg.norm(truth.extent_m)
        assert abs(float(frame.depth_m[row, column]) - centre[0, 2]) < size, truth.name


def test_pictures_have_the_promised_form(fresh):
    for camera in fresh.camera_names:
        frame = fresh.render(camera)
        assert frame.rgb.shape == (240, 320, 3)
        assert frame.rgb.dtype == np.uint8
        assert frame.depth_m.shape == (240, 320)
        assert frame.depth_m.dtype == np.float32
        assert frame.frame_id == f"{camera}_camera_optical_frame"
        assert frame.rgb.std() > 5.0


def test_at_home_the_arm_hides_nothing_of_the_work_area(fresh):
    snapshot = fresh.snapshot()
    state = mujoco.MjData(snapshot.model)
    state.qpos[:] = snapshot.qpos
    mujoco.mj_forward(snapshot.model, state)
    k_px = fresh.render("front").k_px
    fresh.close()
    with CameraRenderer(snapshot.model, 320, 240) as renderer:
        arm = renderer.segment(state, "front", ["base_link"]) == 0
    assert arm.any()
    grid = np.stack(
        np.meshgrid(np.linspace(0.30, 0.66, 25), np.linspace(-0.30, 0.30, 25), (0.0, 0.06, 0.12)),
        axis=-1,
    ).reshape(-1, 3)
    pixels = project(transform_points(inverse(fresh.T_base_camera("front")), grid), k_px)
    columns, rows = np.round(pixels).astype(int).T
    seen = (columns >= 0) & (columns < 320) & (rows >= 0) & (rows < 240)
    assert not arm[rows[seen], columns[seen]].any()


def test_the_wrist_camera_moves_with_the_tool(fresh):
    T_before = inverse(fresh.robot_state().T_base_tool) @ fresh.T_base_camera("wrist")
    target = fresh.robot_state().joint_positions_rad + 0.2
    fresh.set_joint_targets(target)
    fresh.step(1.0)
    T_after = inverse(fresh.robot_state().T_base_tool) @ fresh.T_base_camera("wrist")
    np.testing.assert_allclose(T_before, T_after, atol=1e-6)
    assert T_before[0, 3] > 0.05, "it looks past the fingers from the front"
    assert T_before[2, 2] > 0.9, "it looks along the approach direction"


def test_a_snapshot_is_drawn_as_it_was_while_physics_goes_on(fresh):
    reference = fresh.render("front").rgb
    taken = fresh.snapshot()
    fresh.set_joint_targets(fresh.robot_state().joint_positions_rad + 0.3)
    steps = threading.Thread(target=lambda: [fresh.step(0.01) for _ in range(60)])
    steps.start()
    during = fresh.render("front", taken).rgb
    steps.join()
    np.testing.assert_array_equal(during, reference)
    assert np.abs(fresh.render("front").rgb.astype(int) - reference).max() > 50


def test_a_drawer_says_how_far_it_is_open():
    environment = MujocoEnvironment(WITH_A_DRAWER, render=False)
    environment.reset(1)
    drawer = next(t for t in environment.truth().values() if t.kind == "drawer")
    assert drawer.opening == pytest.approx(0.0, abs=0.02)
    others = [t.opening for t in environment.truth().values() if t.kind != "drawer"]
    assert others
    assert set(others) == {None}


def test_mistakes_are_named():
    environment = MujocoEnvironment(render=False)
    with pytest.raises(SimulationError, match="reset"):
        environment.step(0.01)
    environment.reset(SEED)
    with pytest.raises(SimulationError, match="render=False"):
        environment.render("front")
    with pytest.raises(SimulationError, match="'side'"):
        environment.T_base_camera("side")
