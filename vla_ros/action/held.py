"""What the gripper holds, and where it let go of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.spatial.transform import Rotation

from vla_ros.geometry import pose
from vla_ros.types import Target


@dataclass(frozen=True, slots=True)
class Held:
    """What the gripper holds.

    Attributes:
        phrase: What it was called.
        bottom_m: Height of the tool above its lowest point [m].
        extent_m: (3,) of its box [m].
        turn_rad: Yaw of its box seen from the tool's yaw.
        offset_m: (2,) its centre seen from the tool, in horizontal axes turned by the tool's yaw.
        width_m: The gripper's width around it [m].
        place_m: (2,) where it was taken from [m].
        target: It as it was seen before it was taken, or None where it never was.
    """

    phrase: str
    bottom_m: float
    extent_m: np.ndarray
    turn_rad: float
    offset_m: np.ndarray
    width_m: float
    place_m: np.ndarray
    target: Target | None = None

    def box_at(self, T_base_tool: np.ndarray) -> np.ndarray:
        """Return the pose (4, 4) of its box's centre while the tool is at a pose that points down.

        The box is upright, as it was when it was taken.
        """
        yaw = float(np.arctan2(T_base_tool[1, 0], T_base_tool[0, 0]))
        cos, sin = np.cos(yaw), np.sin(yaw)
        offset = np.array([[cos, -sin], [sin, cos]]) @ self.offset_m
        height = T_base_tool[2, 3] - self.bottom_m + float(self.extent_m[2]) / 2.0
        turned = Rotation.from_euler("z", yaw + self.turn_rad)
        return pose(np.r_[T_base_tool[:2, 3] + offset, height], turned)


@dataclass(frozen=True, slots=True)
class LetGo:
    """What the fingers opened around last, and where that was.

    Attributes:
        held: What was held.
        T_base_object: (4, 4) where its box's centre was then, by the grip alone.
    """

    held: Held
    T_base_object: np.ndarray


@runtime_checkable
class RemembersHeld(Protocol):
    """An action head that knows what the gripper holds, from one instruction to the next."""

    @property
    def held(self) -> Held | None:
        """What the gripper holds, or None."""
        ...

    @property
    def let_go(self) -> LetGo | None:
        """What it let go of in the present task, or None where it did not."""
        ...
