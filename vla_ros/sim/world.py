"""Builds the MuJoCo model of a scene, and changes a built one without building it again."""

from __future__ import annotations

import mujoco
import numpy as np

from vla_ros.sim.furnish import (
    LIT_POINT_M,
    add_lights,
    add_room,
    camera_quat_wxyz,
    lamp_place,
)
from vla_ros.sim.kinds import Kind
from vla_ros.sim.objects import kind_named
from vla_ros.sim.parts import PAINT_MARK, Contact, Parts
from vla_ros.sim.rendering import LAMP
from vla_ros.sim.scene_description import Scene, SceneObject
from vla_ros.sim.surroundings import CameraPlace, Lighting

FRONT_CAMERA = "front"
OVERVIEW_CAMERA = "overview"
"""A camera for people: the arm, the table and the room from the side; no node looks through it."""

_OVERVIEW = CameraPlace((1.55, -0.95, 0.95), (0.28, 0.02, 0.22), 0.0, float(np.deg2rad(40.0)))
TIMESTEP_S = 0.002
_ROLLING_FRICTION_M = 0.0015


def build_world(scene: Scene) -> mujoco.MjSpec:
    """Return the model of a scene without the robot; the world frame is the base frame.

    Bodies are named as the objects. The arm is attached by its own module.

    Raises:
        SimulationError: A kind, material or colour is unknown.
    """
    spec = mujoco.MjSpec()
    spec.modelname = f"scene {scene.seed}"
    _set_physics(spec)
    _set_quality(spec)
    add_room(spec, scene.surroundings)
    add_lights(spec, scene.surroundings.lighting)
    for name, place in (
        (FRONT_CAMERA, scene.surroundings.camera),
        (OVERVIEW_CAMERA, _OVERVIEW),
    ):
        spec.worldbody.add_camera(
            name=name,
            pos=place.position_m,
            quat=camera_quat_wxyz(place),
            fovy=np.rad2deg(place.fovy_rad),
        )
    for thing in scene.objects:
        add_object(spec, thing)
    return spec


def add_object(spec: mujoco.MjSpec, thing: SceneObject) -> mujoco.MjsBody:
    """Add one object to a model and return its body, whose frame is its bounding box's centre."""
    kind = kind_named(thing.kind)
    body = spec.worldbody.add_body(
        name=thing.name, pos=thing.position_m, quat=yaw_quat_wxyz(thing.yaw_rad)
    )
    if not kind.fixed:
        body.add_freejoint(name=thing.name)
    _set_inertia(body, kind, thing)
    contact = Contact(rolling_m=_ROLLING_FRICTION_M if kind.rolls else 0.0)
    parts = Parts(
        spec, body, rgb=thing.rgb, material=thing.material, seed=thing.seed, contact=contact
    )
    kind.build(parts, thing.size_m)
    return body


def yaw_quat_wxyz(yaw_rad: float) -> np.ndarray:
    """Return MuJoCo's quaternion of a turn about z."""
    return np.array([np.cos(yaw_rad / 2.0), 0.0, 0.0, np.sin(yaw_rad / 2.0)])


def repaint(model: mujoco.MjModel, scene: Scene) -> None:
    """Give the objects of a built model the colours of a scene that has the same objects."""
    colors = {thing.name: thing.rgb for thing in scene.objects}
    for geom in range(model.ngeom):
        owner, mark, _ = model.geom(geom).name.partition(PAINT_MARK)
        if mark and owner in colors:
            model.geom_rgba[geom, :3] = colors[owner]


def relight(model: mujoco.MjModel, scene: Scene) -> None:
    """Give a built model the lights and the front camera of a scene."""
    lighting: Lighting = scene.surroundings.lighting
    for name, position, rgb in (
        (LAMP, lighting.key_position_m, lighting.key_rgb),
        ("fill", lighting.fill_position_m, lighting.fill_rgb),
    ):
        light = model.light(name).id
        model.light_pos[light] = position
        model.light_diffuse[light] = rgb
        toward = np.array(LIT_POINT_M) - position
        model.light_dir[light] = toward / np.linalg.norm(toward)
    model.vis.headlight.ambient[:] = lighting.ambient_rgb
    for name, place in (
        (FRONT_CAMERA, scene.surroundings.camera),
        (LAMP, lamp_place(lighting)),
    ):
        camera = model.camera(name).id
        model.cam_pos[camera] = place.position_m
        model.cam_quat[camera] = camera_quat_wxyz(place)
        model.cam_fovy[camera] = np.rad2deg(place.fovy_rad)


def _set_physics(spec: mujoco.MjSpec) -> None:
    option = spec.option
    option.timestep = TIMESTEP_S
    option.iterations = 20
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = 10.0
    spec.stat.extent = 1.0
    spec.stat.center = [0.45, 0.0, 0.1]


def _set_quality(spec: mujoco.MjSpec) -> None:
    """Choose what looks right at 320x240 at the least cost on a CPU."""
    quality = spec.visual.quality
    quality.shadowsize = 0
    quality.offsamples = 0
    quality.numslices, quality.numstacks, quality.numquads = 20, 6, 1
    spec.visual.map.znear, spec.visual.map.zfar = 0.02, 12.0
    spec.visual.global_.offwidth = 1280
    spec.visual.global_.offheight = 960


def _set_inertia(body: mujoco.MjsBody, kind: Kind, thing: SceneObject) -> None:
    """Give a body the mass of its kind and the inertia of its bounding box."""
    x, y, z = thing.size_m
    mass = kind.mass_of(thing.size_m)
    body.mass = mass
    body.inertia = [mass / 12.0 * s for s in (y * y + z * z, x * x + z * z, x * x + y * y)]
    body.ipos = [0.0, 0.0, -0.1 * z]
    body.explicitinertial = True
