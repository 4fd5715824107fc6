"""What the gripper holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
    """

    phrase: str
    bottom_m: float
    extent_m: np.ndarray
    turn_rad: float
    offset_m: np.ndarray
    width_m: float
    place_m: np.ndarray
