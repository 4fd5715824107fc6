"""One built world with many objects, of which each picture shows a few.

Building a model and a GL context costs as much as a dozen pictures, so a stage is built once for
many of them: objects are hidden, moved, repainted and relit without building anything again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import mujoco
import numpy as np

from vla_ros.errors import SimulationError
from vla_ros.geometry import inverse, project, transform_points
from vla_ros.sim.arm import FINGER_JOINTS, attach_arm, simulated_robot
from vla_ros.sim.catalogue.furniture import DRAWER_JOINT, DRAWER_TRAVEL_M
from vla_ros.sim.kinds import Kind
from vla_ros.sim.materials import add_textured_material, shade
from vla_ros.sim.objects import CATALOGUE, kind_named
from vla_ros.sim.picking import dressed, pick_kinds
from vla_ros.sim.rendering import CameraRenderer, camera_intrinsics_px, optical_pose
from vla_ros.sim.scene_description import Scene, SceneObject, SceneOptions
from vla_ros.sim.scenes import arrange
from vla_ros.sim.surroundings import sample_surroundings, sample_table
from vla_ros.sim.world import FRONT_CAMERA, build_world, relight, repaint, yaw_quat_wxyz

_HIDDEN_GROUP = 5
_PER_KIND = 2
_TABLES = 5
_SETTLING_STEP_S = 0.003


class Stage:
    """A world that holds the arm, some tables, and two of each kind of object."""

    def __init__(self, seed: int, randomization: float = 1.0) -> None:
        """Build it; the seed decides sizes, materials, labels and tables."""
        rng = np.random.default_rng(seed)
        self._randomization = randomization
        self._stock = _stock(rng, randomization)
        scene = Scene(seed, tuple(self._stock), sample_surroundings(rng, randomization))
        spec = build_world(scene)
        for k in range(1, _TABLES):
            picture = sample_table(rng).picture()
            add_textured_material(spec, f"table.{k}", picture, float(rng.uniform(0, 0.3)), 0.4)
            spec.worldbody.add_geom(
                name=f"table.{k}",
                type=mujoco.mjtGeom.mjGEOM_SPHERE,
                size=[1e-3, 0, 0],
                pos=[0, 0, -2.0],
                material=f"table.{k}",
                contype=0,
                conaffinity=0,
                group=_HIDDEN_GROUP,
            )
        attach_arm(spec)
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self._tables = [self.model.geom("table").matid.item()]
        self._tables += [self.model.geom(f"table.{k}").matid.item() for k in range(1, _TABLES)]
        self._geoms = {thing.name: self._geoms_of(thing.name) for thing in self._stock}
        self._groups = self.model.geom_group.copy()
        self._contypes = self.model.geom_contype.copy(), self.model.geom_conaffinity.copy()
        robot = simulated_robot()
        self._home = dict(zip(robot.joint_names, robot.home_rad, strict=True))

    @property
    def arm_root(self) -> str:
        """Name of the body that every part of the arm hangs on."""
        joint = self.model.joint(next(iter(self._home)))
        root = self.model.body_rootid[self.model.jnt_bodyid[joint.id]]
        return str(self.model.body(root).name)

    def sample(self, rng: np.random.Generator, options: SceneOptions) -> Scene:
        """Return a scene of objects that are on this stage.

        Raises:
            SimulationError: The options leave no room.
        """
        surroundings = sample_surroundings(rng, self._randomization)
        for _ in range(options.tries):
            things = self._cast(rng, pick_kinds(rng, options))
            objects = arrange(rng, things, options)
            if objects is not None:
                return Scene(0, objects, surroundings)
        raise SimulationError(f"no arrangement in {options.tries} tries with {options}")

    def show(self, scene: Scene, rng: np.random.Generator) -> None:
        """Set the stage for a scene: its objects in their places, the arm at home."""
        mujoco.mj_resetData(self.model, self.data)
        self.show_only([thing.name for thing in scene.objects])
        repaint(self.model, scene)
        relight(self.model, scene)
        self.model.geom_matid[self.model.geom("table").id] = rng.choice(self._tables)
        self.model.geom_rgba[self.model.geom("floor").id, :3] = scene.surroundings.floor_rgb
        shown = {thing.name for thing in scene.objects}
        self._let_touch(shown)
        for name in self._geoms.keys() - shown:
            self.place(name, (0.0, 0.0, -3.0), yaw_quat_wxyz(0.0))
        for thing in scene.objects:
            self.place(thing.name, thing.position_m, yaw_quat_wxyz(thing.yaw_rad))
        self.pose_arm(np.array(list(self._home.values())), 1.0)

    def show_only(self, names: Iterable[str], *, surroundings: bool = True) -> None:
        """Show these objects and, where asked, the table, the room and the arm."""
        shown = set(names)
        group = self.model.geom_group
        group[:] = self._groups if surroundings else _HIDDEN_GROUP
        for name, geoms in self._geoms.items():
            group[geoms] = self._groups[geoms] if name in shown else _HIDDEN_GROUP

    def place(self, name: str, position_m: Iterable[float], quat_wxyz: np.ndarray) -> None:
        """Put an object somewhere."""
        body = self.model.body(name)
        if body.jntnum[0] and self.model.jnt_type[body.jntadr[0]] == mujoco.mjtJoint.mjJNT_FREE:
            start = self.model.jnt_qposadr[body.jntadr[0]]
            self.data.qpos[start : start + 7] = [*position_m, *quat_wxyz]
            return
        self.model.body_pos[body.id] = list(position_m)
        self.model.body_quat[body.id] = quat_wxyz

    def pose_arm(self, positions_rad: np.ndarray, opening: float) -> None:
        """Put the arm (7,) and its fingers (0 closed to 1 open) somewhere at once."""
        for name, position in zip(self._home, positions_rad, strict=True):
            self.data.joint(name).qpos = position
        for name in FINGER_JOINTS:
            self.data.joint(name).qpos = opening * self.model.joint(name).range[1]

    def open_drawer(self, name: str, fraction: float) -> None:
        """Pull the drawer of a chest out: 0 closed, 1 fully open."""
        self.data.joint(f"{name}/{DRAWER_JOINT}").qpos = fraction * DRAWER_TRAVEL_M

    def settle(self, duration_s: float) -> None:
        """Let things fall into place; the arm stays where it is."""
        arm = [self.model.joint(name).qposadr[0] for name in (*self._home, *FINGER_JOINTS)]
        held = self.data.qpos[arm].copy()
        usual_s = self.model.opt.timestep
        self.model.opt.timestep = _SETTLING_STEP_S
        self.model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_ACTUATION)
        for _ in range(round(duration_s / _SETTLING_STEP_S)):
            mujoco.mj_step(self.model, self.data)
        self.model.opt.disableflags &= ~int(mujoco.mjtDisableBit.mjDSBL_ACTUATION)
        self.model.opt.timestep = usual_s
        self.data.qpos[arm] = held
        self.data.qvel[:] = 0.0

    def forward(self) -> None:
        """Bring what depends on the positions up to date."""
        mujoco.mj_forward(self.model, self.data)

    def box_px(self, name: str, size_px: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return a box x0, y0, x1, y1 in the front camera's picture that an object lies within.

        Args:
            name: The object.
            size_px: Width and height of the picture.
        """
        geoms = self._geoms[name]
        centers, radii = self.data.geom_xpos[geoms], self.model.geom_rbound[geoms]
        k_px = camera_intrinsics_px(self.model, FRONT_CAMERA, *size_px)
        T_camera_base = inverse(optical_pose(self.data, FRONT_CAMERA))
        points = transform_points(T_camera_base, centers)
        pixels = project(points, k_px)
        reach = (k_px[0, 0] * radii / points[:, 2])[:, None]
        low, high = (pixels - reach).min(axis=0), (pixels + reach).max(axis=0)
        return int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1

    def renderer(self, width: int = 320, height: int = 240) -> CameraRenderer:
        """Return a renderer of this stage; whoever asked closes it."""
        return CameraRenderer(self.model, width, height)

    def _cast(self, rng: np.random.Generator, picks: list[tuple[Kind, str]]) -> list[SceneObject]:
        """Return an object of the stock for each pick, as far as there are any, repainted."""
        free = list(self._stock)
        cast = []
        for kind, color in picks:
            candidates = [thing for thing in free if thing.kind == kind.name]
            if not candidates:
                continue
            thing = candidates[int(rng.integers(len(candidates)))]
            free.remove(thing)
            cast.append(replace(thing, color=color, rgb=shade(color, rng, self._randomization)))
        return cast

    def _geoms_of(self, name: str) -> np.ndarray:
        root = self.model.body(name).id
        return np.flatnonzero(self.model.body_rootid[self.model.geom_bodyid] == root)

    def _let_touch(self, shown: set[str]) -> None:
        self.model.geom_contype[:], self.model.geom_conaffinity[:] = self._contypes
        for name, geoms in self._geoms.items():
            if name not in shown:
                self.model.geom_contype[geoms] = 0
                self.model.geom_conaffinity[geoms] = 0


def _stock(rng: np.random.Generator, randomization: float) -> list[SceneObject]:
    """Return two of each kind, a smaller and a larger one."""
    stock = []
    for kind in CATALOGUE.values():
        for k in range(1 if kind.fixed else _PER_KIND):
            thing = dressed(kind, str(rng.choice(kind.colors)), rng, randomization)
            low, high = ((0.0, 0.45), (0.55, 1.0))[k]
            size = kind_named(kind.name).size_at(float(rng.uniform(low, high)))
            stock.append(replace(thing, name=f"{kind.name}_{k}", size_m=size))
    return stock
