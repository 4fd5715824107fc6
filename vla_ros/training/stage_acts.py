"""What goes on in a training picture: the arm reaches, holds and places; things lie about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from vla_ros.control.kinematics import ArmKinematics
from vla_ros.errors import KinematicsError
from vla_ros.geometry import (
    pose,
    quaternion_xyzw,
    tool_down,
    transform_points,
    wxyz_from_xyzw,
)
from vla_ros.sim.arm import simulated_robot, urdf_path
from vla_ros.sim.objects import kind_named
from vla_ros.sim.scene_description import Scene, SceneObject
from vla_ros.sim.world import yaw_quat_wxyz
from vla_ros.training.stage import Stage

_SETTLE_S = 0.27
_DROP_M = 0.004
_MOST_HOSTS = 3
_TOPPLING = ("can", "bottle", "cup", "mug", "carton", "jar", "cylinder", "box", "apple", "pear")


class Acts:
    """Acts out what happens during a task, so that the detector has seen all of it."""

    def __init__(self, stage: Stage) -> None:
        """Prepare the arm's kinematics."""
        robot = simulated_robot()
        self._stage = stage
        self._max_width_m = robot.gripper_max_width_m
        self._home = np.asarray(robot.home_rad)
        self._kinematics = ArmKinematics(
            urdf_path().read_text(encoding="utf-8"),
            robot.joint_names,
            robot.tool_frame,
            base_frame=robot.base_frame,
            home_rad=robot.home_rad,
        )

    def play(self, scene: Scene, rng: np.random.Generator) -> None:
        """Change a scene that is shown on the stage, at random, as a task would."""
        free = [thing for thing in scene.objects if not kind_named(thing.kind).fixed]
        rng.shuffle(free)
        fell = False
        if rng.random() < 0.75:
            fell = self._put_away(free, rng)
        if rng.random() < 0.10:
            fell = self._topple(free, rng) or fell
        if fell:
            self._stage.settle(_SETTLE_S)
        self._open_drawer(scene, rng)
        chance = rng.random()
        if chance < 0.22:
            self._reach_for(free, rng)
        elif chance < 0.42:
            self._hold(free, rng)
        elif chance < 0.62:
            self._hover(rng)
        elif chance < 0.72:
            posture = self._home + rng.normal(0.0, 0.25, len(self._home))
            self._stage.pose_arm(posture, float(rng.random()))

    def _put_away(self, free: list[SceneObject], rng: np.random.Generator) -> bool:
        """Drop things into or onto some others; all of them leave the list of free things."""
        hosts = [t for t in free if kind_named(t.kind).container or _is_support(t)]
        filled = False
        for host in hosts[: int(rng.integers(1, _MOST_HOSTS + 1))]:
            if host in free and self._fill(host, free, rng):
                free.remove(host)
                filled = True
        return filled

    def _fill(self, host: SceneObject, free: list[SceneObject], rng: np.random.Generator) -> bool:
        """Drop one to three things side by side into or onto a host, as far as there is room."""
        room = _room(host)
        most = 1 + int(rng.random() < 0.4) + int(rng.random() < 0.2)
        dropped: list[tuple[np.ndarray, float]] = []
        for guest in [thing for thing in free if _fits(thing, host)]:
            if len(dropped) == most:
                break
            reach = _reach_m(guest)
            spot = room.spot(reach, rng)
            if any(np.linalg.norm(spot - other) < reach + size for other, size in dropped):
                continue
            position = room.position_m(spot, guest.size_m[2] / 2.0 + _DROP_M)
            self._stage.place(guest.name, position, _random_yaw(rng))
            free.remove(guest)
            dropped.append((spot, reach))
        return bool(dropped)

    def _topple(self, free: list[SceneObject], rng: np.random.Generator) -> bool:
        """Lay one thing on its side, where it stands."""
        for thing in free:
            if thing.kind in _TOPPLING:
                turn = Rotation.from_euler("zx", [rng.uniform(-np.pi, np.pi), np.pi / 2.0])
                x, y, _ = thing.position_m
                lift = max(thing.size_m) / 2.0 + 0.003
                quat = wxyz_from_xyzw(turn.as_quat())
                self._stage.place(thing.name, (x, y, min(lift, thing.size_m[1] / 2 + 0.004)), quat)
                free.remove(thing)
                return True
        return False

    def _open_drawer(self, scene: Scene, rng: np.random.Generator) -> None:
        for thing in scene.objects:
            if kind_named(thing.kind).fixed and rng.random() < 0.5:
                self._stage.open_drawer(thing.name, float(rng.random()))

    def _reach_for(self, free: list[SceneObject], rng: np.random.Generator) -> None:
        """Open the gripper above or around a thing."""
        if not free:
            return
        x, y, _ = free[0].position_m
        top = free[0].size_m[2]
        height = top * rng.uniform(0.5, 1.0) + rng.choice([0.0, rng.uniform(0.02, 0.15)])
        self._bring((x, y, max(height, 0.012)), free[0].yaw_rad, float(rng.uniform(0.7, 1.0)), rng)

    def _hold(self, free: list[SceneObject], rng: np.random.Generator) -> None:
        """Put a graspable thing between the fingers, somewhere above the table."""
        for thing in free:
            width = kind_named(thing.kind).grasp_width_m
            if width is None:
                continue
            gap = width(thing.size_m)
            reach = (float(rng.uniform(0.3, 0.64)), float(rng.uniform(-0.28, 0.28)))
            below = float(rng.uniform(0.0, 0.35)) * thing.size_m[2]
            height = below + thing.size_m[2] / 2.0 + float(rng.choice([0.0, rng.uniform(0, 0.3)]))
            yaw = float(rng.uniform(-np.pi / 2.0, np.pi / 2.0))
            T_base_tool = self._bring((*reach, height), yaw, min(gap / self._max_width_m, 1.0), rng)
            if T_base_tool is not None:
                T_tool_thing = pose(np.array([0.0, 0.0, below]), Rotation.from_euler("x", np.pi))
                T_base_thing = T_base_tool @ T_tool_thing
                turn = wxyz_from_xyzw(quaternion_xyzw(T_base_thing))
                self._stage.place(thing.name, T_base_thing[:3, 3], turn)
            return

    def _hover(self, rng: np.random.Generator) -> None:
        place = rng.uniform((0.28, -0.3, 0.03), (0.66, 0.3, 0.35))
        yaw = float(rng.uniform(-np.pi / 2.0, np.pi / 2.0))
        self._bring((place[0], place[1], place[2]), yaw, float(rng.random()), rng, tilt_rad=0.25)

    def _bring(
        self,
        position_m: tuple[float, float, float],
        yaw_rad: float,
        opening: float,
        rng: np.random.Generator,
        tilt_rad: float = 0.03,
    ) -> np.ndarray | None:
        """Bring the tool somewhere and return its pose (4, 4), or None where it can't reach."""
        yaw = (yaw_rad + np.pi / 2.0) % np.pi - np.pi / 2.0
        tilt = Rotation.from_euler("xy", rng.normal(0.0, tilt_rad, 2))
        T_base_tool = tool_down(np.asarray(position_m), yaw) @ pose(np.zeros(3), tilt)
        try:
            posture = self._kinematics.reach(
                T_base_tool,
                self._home,
                position_tolerance_m=4e-3,
                rotation_tolerance_rad=0.05,
                max_steps=60,
            )
        except KinematicsError:
            return None
        self._stage.pose_arm(posture, opening)
        return self._kinematics.tool_pose(posture)


def _random_yaw(rng: np.random.Generator) -> np.ndarray:
    return yaw_quat_wxyz(float(rng.uniform(-np.pi, np.pi)))


def _is_support(thing: SceneObject) -> bool:
    return kind_named(thing.kind).holds_on_top


def _fits(thing: SceneObject, host: SceneObject) -> bool:
    """Return whether a thing can lie in, or else on, a host."""
    if thing is host or not kind_named(thing.kind).graspable:
        return False
    cavity = kind_named(host.kind).cavity
    if cavity is not None:
        inside = cavity(host.size_m)
        return _reach_m(thing) <= inside.radius_m + 0.004 or _stands_in(thing, host)
    narrow = min(thing.size_m[:2]) <= min(host.size_m[:2])
    return narrow and _reach_m(thing) <= 0.75 * host.size_m[0]


def _stands_in(thing: SceneObject, host: SceneObject) -> bool:
    """Return whether it is a long thing in a tray, basket or bowl that is nearly as long."""
    return host.size_m[1] > 0.1 and thing.size_m[0] < 0.9 * host.size_m[0]


def _reach_m(thing: SceneObject) -> float:
    """Return the radius of the circle around a thing's footprint [m]."""
    return float(np.hypot(*thing.size_m[:2])) / 2.0


@dataclass(frozen=True, slots=True)
class _Room:
    """Where things can lie in or on a host: an ellipse along its sides.

    Attributes:
        T_base_host: (4, 4) the host's own frame.
        center_m: (3,) of the floor or top, in that frame.
        half_axes_m: (2,) of the ellipse.
    """

    T_base_host: np.ndarray
    center_m: np.ndarray
    half_axes_m: np.ndarray

    def spot(self, reach_m: float, rng: np.random.Generator) -> np.ndarray:
        """Return a place (2,) from the centre where a thing of some radius stays inside [m]."""
        angle, share = rng.uniform(-np.pi, np.pi), np.sqrt(rng.random())
        slack = np.maximum(self.half_axes_m - reach_m, 0.0)
        spot: np.ndarray = share * slack * np.array([np.cos(angle), np.sin(angle)])
        return spot

    def position_m(self, spot_m: np.ndarray, above_m: float) -> tuple[float, float, float]:
        """Return a point above a place, in the base frame."""
        point = self.center_m + np.array([*spot_m, above_m])
        x, y, z = transform_points(self.T_base_host, point[None])[0]
        return float(x), float(y), float(z)


def _room(host: SceneObject) -> _Room:
    T_base_host = pose(np.asarray(host.position_m), Rotation.from_euler("z", host.yaw_rad))
    sides = np.asarray(host.size_m[:2])
    cavity = kind_named(host.kind).cavity
    if cavity is None:
        return _Room(T_base_host, np.array([0.0, 0.0, host.size_m[2] / 2.0]), sides / 2.0)
    inside = cavity(host.size_m)
    center = np.array([*inside.center_m, inside.floor_m])
    # A handle makes a mug longer, not its inside: only what is open all along has its shape.
    shape = sides / sides.min() if inside.center_m == (0.0, 0.0) else np.ones(2)
    return _Room(T_base_host, center, inside.radius_m * shape)
