"""What a simulated world is, to the ROS driver and to in-process evaluation alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vla_ros.types import CameraFrame, RobotState


@dataclass(frozen=True, slots=True)
class ObjectTruth:
    """Ground truth of one object; only scoring and the oracle may read it.

    Attributes:
        name: Unique in the scene ("red_cube_1").
        kind: Kind from the catalogue ("cube").
        color: Colour or material word ("red").
        phrases: Phrases that name it, the plainest first ("red cube", "red block").
        T_base_object: (4, 4) pose of its bounding box's centre.
        extent_m: (3,) full side lengths of its bounding box along its own axes [m].
        opening: 0 closed to 1 open, for what opens (a drawer); None for everything else.
    """

    name: str
    kind: str
    color: str
    phrases: tuple[str, ...]
    T_base_object: np.ndarray
    extent_m: np.ndarray
    opening: float | None = None


class Environment(Protocol):
    """A world with one arm in it that obeys joint targets, as a controller would."""

    @property
    def time_ns(self) -> int:
        """Simulated time since reset [ns]."""
        ...

    @property
    def camera_names(self) -> tuple[str, ...]:
        """Names of the cameras."""
        ...

    def reset(self, seed: int) -> None:
        """Build the scene of this seed, the arm at home, time 0.

        Raises:
            SimulationError: No scene can be built.
        """
        ...

    def set_joint_targets(self, positions_rad: np.ndarray) -> None:
        """Aim the arm's position controllers at (J,) positions, held until the next call."""
        ...

    def set_gripper_target(self, opening: float) -> None:
        """Aim the gripper at an opening 0 (closed) to 1 (open)."""
        ...

    def step(self, duration_s: float) -> None:
        """Advance the physics by a duration, rounded to whole steps."""
        ...

    def robot_state(self) -> RobotState:
        """Return the arm's measured state now."""
        ...

    def render(self, camera: str) -> CameraFrame:
        """Return a picture with depth, now, from the named camera."""
        ...

    def T_base_camera(self, camera: str) -> np.ndarray:
        """Return the (4, 4) pose of the camera's optical frame now."""
        ...

    def truth(self) -> Mapping[str, ObjectTruth]:
        """Return the ground truth of every object by name."""
        ...
