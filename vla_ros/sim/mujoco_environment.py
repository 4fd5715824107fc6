"""A table, objects, two cameras and the project's arm in MuJoCo, behind the Environment protocol.

Physics may be stepped on one thread while another one renders: a picture is drawn from a snapshot
of the state, in buffers of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any

import mujoco
import numpy as np

from vla_ros.errors import SimulationError
from vla_ros.sim.arm import WRIST_CAMERA
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.gl import make_gl_context
from vla_ros.sim.rendering import optical_pose
from vla_ros.sim.scenes import Scene, SceneOptions, sample_scene
from vla_ros.sim.simulated_world import World
from vla_ros.sim.snapshots import SnapshotArtist, StateSnapshot, optical_frame_of
from vla_ros.sim.visibility import VisiblePart
from vla_ros.sim.world import FRONT_CAMERA
from vla_ros.types import CameraFrame, RobotState

__all__ = ["CAMERAS", "MujocoEnvironment", "StateSnapshot", "optical_frame_of"]

CAMERAS = (FRONT_CAMERA, WRIST_CAMERA)


class MujocoEnvironment:
    """Implements `Environment`; also knows what is held and which drawers are open, for scoring.

    Every method may be called from any thread, but `render` and `close` always from the same one:
    a GL context belongs to a thread.
    """

    def __init__(
        self,
        options: SceneOptions | None = None,
        image_size: tuple[int, int] = (320, 240),
        render: bool = True,
    ) -> None:
        """Prepare; `reset` builds the first scene.

        Args:
            options: What scenes may be like.
            image_size: Width and height of the pictures [px].
            render: Whether pictures will be asked for.
        """
        self._options = options or SceneOptions()
        self._image_size = image_size
        self._renders = render
        self._lock = threading.RLock()
        self._world: World | None = None
        self._artist: SnapshotArtist | None = None
        self._gl: Any = None

    def __enter__(self) -> MujocoEnvironment:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    @property
    def time_ns(self) -> int:
        """Simulated time since reset [ns]."""
        with self._lock:
            return self._ready.time_ns

    @property
    def timestep_s(self) -> float:
        """Length of one step of the physics [s]."""
        return float(self._ready.model.opt.timestep)

    @property
    def camera_names(self) -> tuple[str, ...]:
        """Names of the cameras."""
        return CAMERAS

    @property
    def scene(self) -> Scene:
        """The description that the world was built from; only scoring may read it."""
        return self._ready.scene

    def reset(self, seed: int) -> None:
        """Build the scene of this seed, the arm at home, everything at rest, time 0.

        Raises:
            SimulationError: No scene can be built.
        """
        self.load(sample_scene(seed, self._options))

    def load(self, scene: Scene) -> None:
        """Build a given scene, the arm at home, everything at rest, time 0.

        Raises:
            SimulationError: It cannot be built.
        """
        world = World(scene)
        world.settle()
        with self._lock:
            self._world = world

    def set_joint_targets(self, positions_rad: np.ndarray) -> None:
        """Aim the arm's position controllers at (J,) positions, held until the next call."""
        with self._lock:
            self._ready.arm.set_joint_targets(positions_rad)

    def set_gripper_target(self, opening: float) -> None:
        """Aim the gripper at an opening 0 (closed) to 1 (open)."""
        with self._lock:
            self._ready.arm.set_gripper_target(opening)

    def step(self, duration_s: float) -> None:
        """Advance the physics by a duration, rounded to whole steps, at least one.

        Raises:
            SimulationError: The physics diverged.
        """
        with self._lock:
            self._ready.step(max(1, round(duration_s / self.timestep_s)))

    def robot_state(self) -> RobotState:
        """Return the arm's measured state now."""
        with self._lock:
            return self._ready.arm.state(self._ready.time_ns)

    def snapshot(self) -> StateSnapshot:
        """Return a copy of the physics' state now, to render from later."""
        with self._lock:
            world = self._ready
            qpos, qvel = world.state.qpos.copy(), world.state.qvel.copy()
            return StateSnapshot(world.model, qpos, qvel, world.time_ns)

    def render(self, camera: str, snapshot: StateSnapshot | None = None) -> CameraFrame:
        """Return a picture with depth from the named camera, of now or of a snapshot.

        Raises:
            SimulationError: The camera is unknown, rendering was switched off, or there is no GL.
        """
        taken = snapshot or self.snapshot()
        return self._artist_for(camera, taken).draw(camera, taken)

    def visible_parts(self, camera: str) -> Mapping[str, VisiblePart]:
        """Return what a camera sees of each object now; only scoring may ask.

        Raises:
            SimulationError: As `render`.
        """
        taken, names = self.snapshot(), [thing.name for thing in self.scene.objects]
        return self._artist_for(camera, taken).visible_parts(camera, taken, names)

    def T_base_camera(self, camera: str) -> np.ndarray:
        """Return the (4, 4) pose of the camera's optical frame now."""
        self._require_camera(camera)
        with self._lock:
            world = self._ready
            mujoco.mj_kinematics(world.model, world.state)
            mujoco.mj_comPos(world.model, world.state)
            mujoco.mj_camlight(world.model, world.state)
            return optical_pose(world.state, camera)

    def truth(self) -> Mapping[str, ObjectTruth]:
        """Return the ground truth of every object by name."""
        with self._lock:
            world = self._ready
            mujoco.mj_kinematics(world.model, world.state)
            return MappingProxyType({o.name: world.truth_of(o) for o in world.scene.objects})

    def move(self, name: str, T_base_object: np.ndarray) -> None:
        """Put an object somewhere at once, at rest: what a person's hand, or a mishap, would do.

        Raises:
            SimulationError: There is no such object, or it is fixed to the table.
        """
        with self._lock:
            self._ready.move(name, T_base_object)

    def held(self) -> tuple[str, ...]:
        """Return the names of objects that both fingers touch; only scoring may ask."""
        with self._lock:
            world = self._ready
            return tuple(
                thing.name
                for thing in world.scene.objects
                if world.arm.holds(world.model.body(thing.name).id)
            )

    def close(self) -> None:
        """Free the GL context; the next `render` opens another one."""
        self._dismiss_artist()
        if self._gl is not None:
            self._gl.free()
            self._gl = None

    @property
    def _ready(self) -> World:
        if self._world is None:
            raise SimulationError("no scene yet: call reset(seed) first")
        return self._world

    def _artist_for(self, camera: str, snapshot: StateSnapshot) -> SnapshotArtist:
        if not self._renders:
            raise SimulationError("this environment was made with render=False")
        self._require_camera(camera)
        if self._artist is None or self._artist.model is not snapshot.model:
            self._dismiss_artist()
            self._gl = self._gl or make_gl_context(*self._image_size)
            self._artist = SnapshotArtist(snapshot.model, self._image_size, self._gl)
        return self._artist

    def _dismiss_artist(self) -> None:
        if self._artist is not None:
            self._artist.close()
            self._artist = None

    def _require_camera(self, camera: str) -> None:
        if camera not in CAMERAS:
            raise SimulationError(f"no camera '{camera}'; there are {list(CAMERAS)}")
