"""The physics' state at one moment, and pictures of it, taken while the physics goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from vla_ros.sim.rendering import CameraRenderer, camera_intrinsics_px
from vla_ros.sim.visibility import VisiblePart, visible_parts
from vla_ros.types import CameraFrame


def optical_frame_of(camera: str) -> str:
    """Return the frame id of a camera's pictures."""
    return f"{camera}_camera_optical_frame"


@dataclass(frozen=True, slots=True)
class StateSnapshot:
    """The physics' state at one moment; enough to draw it later, on another thread.

    Attributes:
        model: The model it is a state of.
        qpos: (nq,) positions of every joint.
        qvel: (nv,) velocities of every joint.
        time_ns: When.
    """

    model: mujoco.MjModel
    qpos: np.ndarray
    qvel: np.ndarray
    time_ns: int


class SnapshotArtist:
    """Draws snapshots of one model, with its own state.

    Make it, use it and close it on the same thread.
    """

    def __init__(self, model: mujoco.MjModel, image_size: tuple[int, int], gl: Any) -> None:
        """Prepare to draw a model in a GL context, in pictures of a width and height [px]."""
        self.model = model
        self._size = image_size
        self._state = mujoco.MjData(model)
        self._renderer = CameraRenderer(model, *image_size, gl=gl)

    def draw(self, camera: str, snapshot: StateSnapshot) -> CameraFrame:
        """Return what a camera saw at the moment of a snapshot of this model."""
        self._recall(snapshot)
        rgb, depth_m = self._renderer.render(self._state, camera)
        return CameraFrame(
            rgb=rgb,
            depth_m=depth_m,
            k_px=camera_intrinsics_px(self.model, camera, *self._size),
            frame_id=optical_frame_of(camera),
            stamp_ns=snapshot.time_ns,
        )

    def visible_parts(
        self, camera: str, snapshot: StateSnapshot, names: Sequence[str]
    ) -> Mapping[str, VisiblePart]:
        """Return what a camera saw of each object then; nothing for those that it did not see."""
        self._recall(snapshot)
        return visible_parts(self._renderer, self.model, self._state, camera, names)

    def close(self) -> None:
        """Free what was made for the model; the GL context stays."""
        self._renderer.close()

    def _recall(self, snapshot: StateSnapshot) -> None:
        self._state.qpos[:] = snapshot.qpos
        mujoco.mj_kinematics(self.model, self._state)
        mujoco.mj_comPos(self.model, self._state)
        mujoco.mj_camlight(self.model, self._state)
