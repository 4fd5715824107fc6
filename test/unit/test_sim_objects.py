"""Each kind of the catalogue, built on its own: size, faces, grasp and inside."""

from dataclasses import replace

import mujoco
import numpy as np
import pytest

from vla_ros.errors import SimulationError
from vla_ros.sim.catalogue.furniture import DRAWER_TRAVEL_M
from vla_ros.sim.kinds import MAX_GRASP_WIDTH_M
from vla_ros.sim.materials import COLORS, MATERIALS
from vla_ros.sim.objects import CATALOGUE, kind_named
from vla_ros.sim.parts import SEEN_GROUP
from vla_ros.sim.picking import dressed
from vla_ros.sim.scene_description import SceneObject
from vla_ros.sim.world import add_object

EVERY = pytest.mark.parametrize("kind", list(CATALOGUE.values()), ids=list(CATALOGUE))


def one(name: str, fraction: float = 0.5) -> SceneObject:
    kind = CATALOGUE[name]
    thing = dressed(kind, kind.colors[0], np.random.default_rng(0), 0.0)
    size = kind.size_at(fraction)
    return replace(thing, name="thing", size_m=size, position_m=(0.0, 0.0, size[2] / 2.0))


def compiled(thing: SceneObject, *, table: bool = False) -> tuple[mujoco.MjModel, mujoco.MjData]:
    spec = mujoco.MjSpec()
    if table:
        spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[1, 1, 0.1])
    add_object(spec, thing)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return model, data


def seen_points(model: mujoco.MjModel, data: mujoco.MjData) -> np.ndarray:
    """Every vertex of the meshes that belong to the object's own body."""
    points = []
    for geom in range(model.ngeom):
        own = model.geom_bodyid[geom] == model.body("thing").id
        if own and model.geom_group[geom] == SEEN_GROUP:
            mesh = model.geom_dataid[geom]
            start, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
            turn = data.geom_xmat[geom].reshape(3, 3)
            points.append(model.mesh_vert[start : start + count] @ turn.T + data.geom_xpos[geom])
    return np.concatenate(points)


def test_the_catalogue_is_large():
    assert len(CATALOGUE) >= 24
    assert sum(kind.container for kind in CATALOGUE.values()) >= 5


def test_nouns_name_one_kind_only():
    nouns = [noun for kind in CATALOGUE.values() for noun in kind.nouns]
    assert len(nouns) == len(set(nouns))
    words = {word for kind in CATALOGUE.values() for word in kind.categories}
    assert not words & set(nouns)
    assert not set(nouns) & set(COLORS)


@EVERY
def test_words_of_a_kind_are_known(kind):
    assert set(kind.colors) <= set(COLORS)
    assert set(kind.materials) <= set(MATERIALS)
    assert all(noun == noun.lower().strip() for noun in kind.nouns)


@EVERY
@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_what_is_seen_fills_the_bounding_box(kind, fraction):
    thing = one(kind.name, fraction)
    model, data = compiled(thing)
    points = seen_points(model, data) - thing.position_m
    low, high = points.min(axis=0), points.max(axis=0)
    np.testing.assert_allclose(high - low, thing.size_m, atol=4e-3)
    np.testing.assert_allclose((high + low) / 2.0, 0.0, atol=2e-3)


@EVERY
def test_few_faces(kind):
    model, _ = compiled(one(kind.name))
    assert model.nmeshface <= 600


@EVERY
def test_a_graspable_kind_fits_the_gripper(kind):
    for fraction in (0.0, 0.5, 1.0):
        size = kind.size_at(fraction)
        if kind.grasp_width_m is not None:
            assert 0.004 <= kind.grasp_width_m(size) <= MAX_GRASP_WIDTH_M


@EVERY
def test_length_is_along_x(kind):
    if not kind.fixed:
        for fraction in (0.0, 1.0):
            x, y, _ = kind.size_at(fraction)
            assert x >= y


@EVERY
def test_it_rests_where_it_is_put(kind):
    thing = one(kind.name)
    model, data = compiled(thing, table=True)
    for _ in range(500):
        mujoco.mj_step(model, data)
    body = data.body("thing")
    assert np.linalg.norm(body.xpos - thing.position_m) < 4e-3
    assert body.xmat[8] > np.cos(np.deg2rad(4.0))


@pytest.mark.parametrize("name", [k for k, kind in CATALOGUE.items() if kind.container])
def test_a_small_cube_dropped_into_a_container_stays_inside(name):
    host = one(name)
    cavity = CATALOGUE[name].cavity(host.size_m)
    side = min(0.03, 1.2 * cavity.radius_m / np.sqrt(2.0))
    spec = mujoco.MjSpec()
    spec.option.timestep = 0.002
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[1, 1, 0.1])
    add_object(spec, host)
    x, y = cavity.center_m
    height = host.position_m[2] + cavity.rim_m + side
    cube = replace(one("cube"), name="cube", size_m=(side,) * 3, position_m=(x + 0.002, y, height))
    add_object(spec, cube)
    model = spec.compile()
    data = mujoco.MjData(model)
    for _ in range(600):
        mujoco.mj_step(model, data)
    offset = data.body("cube").xpos - data.body("thing").xpos - [x, y, 0.0]
    assert np.hypot(*offset[:2]) < cavity.radius_m
    assert cavity.floor_m < offset[2] < cavity.rim_m + side / 2.0
    assert abs(offset[2] - side / 2.0 - cavity.floor_m) < 0.02
    assert np.linalg.norm(data.body("thing").xpos - host.position_m) < 0.01


def test_a_drawer_opens_when_its_handle_is_pulled_and_stays_open():
    thing = one("drawer")
    model, data = compiled(thing, table=True)
    joint = data.joint("thing/drawer")
    body = model.body("thing/drawer").id
    data.xfrc_applied[body, 0] = 6.0
    for _ in range(1000):
        mujoco.mj_step(model, data)
    assert joint.qpos[0] > 0.9 * DRAWER_TRAVEL_M
    data.xfrc_applied[body, 0] = 0.0
    open_at = float(joint.qpos[0])
    for _ in range(500):
        mujoco.mj_step(model, data)
    assert abs(joint.qpos[0] - open_at) < 2e-3


def test_a_ball_stops_rolling():
    thing = one("ball")
    model, data = compiled(thing, table=True)
    data.joint("thing").qvel[0] = 0.2
    for _ in range(2000):
        mujoco.mj_step(model, data)
    assert np.linalg.norm(data.joint("thing").qvel[:3]) < 0.01
    assert np.linalg.norm(data.body("thing").xpos[:2]) < 0.5


def test_an_unknown_kind_is_named_with_the_known_ones():
    with pytest.raises(SimulationError, match=r"spaceship.*cube"):
        kind_named("spaceship")
