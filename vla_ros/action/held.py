"""What the gripper holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

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


@runtime_checkable
class RemembersHeld(Protocol):
    """An action head that knows what the gripper holds, from one instruction to the next."""

    @property
    def held(self) -> Held | None:
        """What the gripper holds, or None."""
        ...
