"""Puts the table, the room and the lamps into a model."""

from __future__ import annotations

import mujoco
import numpy as np

from vla_ros.sim.materials import add_textured_material
from vla_ros.sim.meshes import grid
from vla_ros.sim.parts import SEEN_GROUP, SOLID_GROUP, Contact, add_mesh
from vla_ros.sim.rendering import LAMP
from vla_ros.sim.surroundings import CameraPlace, Lighting, Surroundings

TABLE_CENTER_M = (0.34, 0.0)
TABLE_SIZE_M = (1.10, 1.50)
FLOOR_Z_M = -0.74
LIT_POINT_M = (0.45, 0.0, 0.0)
LAMP_FOVY_DEG = 40.0
_THICKNESS_M = 0.036


def camera_quat_wxyz(place: CameraPlace) -> np.ndarray:
    """Return MuJoCo's quaternion (x right, y up, looking along -z) of a camera's place."""
    back = np.asarray(place.position_m) - np.asarray(place.target_m)
    back /= np.linalg.norm(back)
    right = np.cross([0.0, 0.0, 1.0], back)
    right /= np.linalg.norm(right)
    up = np.cross(back, right)
    c, s = np.cos(place.roll_rad), np.sin(place.roll_rad)
    turned = np.stack([c * right + s * up, -s * right + c * up, back], axis=1)
    quat = np.zeros(4)
    mujoco.mju_mat2Quat(quat, turned.ravel())
    return quat


def lamp_place(lighting: Lighting) -> CameraPlace:
    """Return where the lamp looks from; its shadows are found from what it sees."""
    return CameraPlace(lighting.key_position_m, LIT_POINT_M, 0.0, float(np.deg2rad(LAMP_FOVY_DEG)))


def add_room(spec: mujoco.MjSpec, surroundings: Surroundings) -> None:
    """Add the table with its top at z = 0, the floor and the wall behind the robot."""
    world = spec.worldbody
    picture = surroundings.table.picture()
    glossy = surroundings.table.kind in ("marble", "plain")
    add_textured_material(spec, "table", picture, 0.25 if glossy else 0.08, 0.4, repeat=1.0)
    x, y = TABLE_CENTER_M
    add_mesh(spec, "table", grid(TABLE_SIZE_M, 10), flat_picture=True)
    world.add_geom(
        name="table",
        type=mujoco.mjtGeom.mjGEOM_MESH,
        meshname="table",
        material="table",
        pos=[x, y, 0.0],
        contype=0,
        conaffinity=0,
        group=SEEN_GROUP,
    )
    edge = picture.reshape(-1, 3).mean(axis=0) / 255.0 * 0.8
    half = [TABLE_SIZE_M[0] / 2.0, TABLE_SIZE_M[1] / 2.0, _THICKNESS_M / 2.0]
    world.add_geom(
        name="table/slab",
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=half,
        rgba=[*edge, 1.0],
        pos=[x, y, -_THICKNESS_M / 2.0 - 0.001],
        contype=0,
        conaffinity=0,
        group=SEEN_GROUP,
    )
    solid = world.add_geom(
        name="table/solid",
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=[half[0], half[1], 0.1],
        pos=[x, y, -0.1],
        group=SOLID_GROUP,
    )
    Contact(sliding=1.0).apply(solid)
    for leg_x in (x - half[0] + 0.06, x + half[0] - 0.06):
        for leg_y in (-half[1] + 0.06, half[1] - 0.06):
            length = -FLOOR_Z_M - _THICKNESS_M
            world.add_geom(
                type=mujoco.mjtGeom.mjGEOM_BOX,
                size=[0.025, 0.025, length / 2.0],
                pos=[leg_x, leg_y, -_THICKNESS_M - length / 2.0],
                rgba=[0.22, 0.22, 0.23, 1.0],
                contype=0,
                conaffinity=0,
                group=SEEN_GROUP,
            )
    _add_shell(spec, surroundings)


def _add_shell(spec: mujoco.MjSpec, surroundings: Surroundings) -> None:
    world = spec.worldbody
    floor = world.add_geom(
        name="floor",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[3.0, 3.0, 0.1],
        pos=[0.0, 0.0, FLOOR_Z_M],
        rgba=[*surroundings.floor_rgb, 1.0],
        group=SEEN_GROUP,
    )
    Contact(sliding=1.0).apply(floor)
    world.add_geom(
        name="wall",
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=[0.02, 3.0, 1.4],
        pos=[-1.4, 0.0, 0.6],
        rgba=[*surroundings.wall_rgb, 1.0],
        contype=0,
        conaffinity=0,
        group=SEEN_GROUP,
    )
    sky = np.asarray(surroundings.wall_rgb) * 0.9
    spec.add_texture(
        name="sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        width=32,
        height=32,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=sky,
        rgb2=sky * 0.7,
    )


def add_lights(spec: mujoco.MjSpec, lighting: Lighting) -> None:
    """Add the lamp that casts shadows, the one that fills them, and the light from everywhere."""
    world = spec.worldbody
    for name, position, rgb, shadow in (
        (LAMP, lighting.key_position_m, lighting.key_rgb, True),
        ("fill", lighting.fill_position_m, lighting.fill_rgb, False),
    ):
        toward = np.array(LIT_POINT_M) - position
        world.add_light(
            name=name,
            pos=position,
            dir=toward / np.linalg.norm(toward),
            diffuse=rgb,
            specular=[0.35, 0.35, 0.35] if shadow else [0.05, 0.05, 0.05],
            castshadow=False,
            type=mujoco.mjtLightType.mjLIGHT_SPOT,
            cutoff=60.0,
            exponent=1.0,
            attenuation=[1.0, 0.0, 0.0],
        )
    world.add_camera(
        name=LAMP,
        pos=lighting.key_position_m,
        fovy=LAMP_FOVY_DEG,
        quat=camera_quat_wxyz(lamp_place(lighting)),
    )
    headlight = spec.visual.headlight
    headlight.ambient = lighting.ambient_rgb
    headlight.diffuse = [0.20, 0.20, 0.20]
    headlight.specular = [0.0, 0.0, 0.0]
