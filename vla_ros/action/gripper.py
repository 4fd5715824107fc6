"""The space that a parallel gripper takes, pointing down, and what it would touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.action.candidates import Candidates
from vla_ros.params import RobotParams, SkillParams

_PAIRS_AT_ONCE = 2_000_000
_FINGER_LENGTH_M = 1.0


@dataclass(frozen=True, slots=True)
class Gripper:
    """Sizes [m]; "along" is the closing direction, "across" the tool's x axis.

    Attributes:
        max_width_m: Gap between the open fingers.
        finger_thickness_m: Of one finger, along.
        finger_width_m: Of a finger, across.
        finger_depth_m: How far below the tool's origin the fingers reach.
        hand_length_m: Of the hand above the fingers, along.
        hand_width_m: Of the hand, across.
        hand_height_m: The hand's underside above the tool's origin.
        wrist_reach_m: How far a camera on the hand reaches along the tool's x, 0 without one.
        wrist_height_m: Its underside above the tool's origin.
        margin_m: Room wanted between a finger and anything, both sides together.
    """

    max_width_m: float
    finger_thickness_m: float
    finger_width_m: float
    finger_depth_m: float
    hand_length_m: float
    hand_width_m: float
    hand_height_m: float
    wrist_reach_m: float = 0.0
    wrist_height_m: float = 0.0
    margin_m: float = 0.006

    @classmethod
    def of(cls, robot: RobotParams, skills: SkillParams) -> Gripper:
        """Return the gripper that a robot's parameters describe."""
        return cls(
            max_width_m=robot.gripper_max_width_m,
            finger_thickness_m=skills.finger_thickness_m,
            finger_width_m=skills.finger_width_m,
            finger_depth_m=robot.finger_depth_m,
            hand_length_m=skills.hand_length_m,
            hand_width_m=skills.hand_width_m,
            hand_height_m=skills.hand_height_m,
            wrist_reach_m=skills.wrist_reach_m,
            wrist_height_m=skills.wrist_height_m,
        )

    def opening(self, width_m: float) -> float:
        """Return the opening 0..1 at which the gap is a width [m]."""
        return float(np.clip(width_m / self.max_width_m, 0.0, 1.0))

    def collides(self, candidates: Candidates, points_m: np.ndarray, margin_m: float) -> np.ndarray:
        """Return (K,) whether a finger or the hand, coming down, meets one of (N, 3) points.

        A finger takes all the space above its tip, for it passes through it on its way down.
        """
        return np.asarray(self._least_gap(candidates, points_m) < margin_m)

    def clearance(
        self, candidates: Candidates, points_m: np.ndarray, *, signed: bool = False
    ) -> np.ndarray:
        """Return (K,) distance [m] from the fingers or the hand to the nearest of (N, 3) points.

        It is along the axis of the largest distance, 0 inside, or, signed, how deep below 0.
        """
        gap = self._least_gap(candidates, points_m)
        return gap if signed else np.maximum(gap, 0.0)

    def _least_gap(self, candidates: Candidates, points_m: np.ndarray) -> np.ndarray:
        """Return (K,) signed gap: negative inside (largest axis distance to the box)."""
        least = np.full(len(candidates), np.inf)
        if len(points_m) == 0:
            return least
        block = max(1, _PAIRS_AT_ONCE // len(points_m))
        for start in range(0, len(candidates), block):
            chosen = slice(start, start + block)
            local = candidates.local(points_m, chosen)
            parts = [
                self._finger_gap(local, candidates.opening_m[chosen, None]),
                self._hand_gap(local),
            ]
            if self.wrist_reach_m > 0.0:
                parts.append(self._wrist_gap(local))
            least[chosen] = np.minimum.reduce(parts).min(axis=1)
        return least

    def _finger_gap(self, local: np.ndarray, opening_m: np.ndarray) -> np.ndarray:
        across, along, up = local[..., 0], np.abs(local[..., 1]), local[..., 2]
        middle = (opening_m + self.finger_thickness_m) / 2.0
        return np.asarray(
            np.maximum.reduce(
                [
                    np.abs(across) - self.finger_width_m / 2.0,
                    np.abs(along - middle) - self.finger_thickness_m / 2.0,
                    np.maximum(-self.finger_depth_m - up, up - _FINGER_LENGTH_M),
                ]
            )
        )

    def _hand_gap(self, local: np.ndarray) -> np.ndarray:
        across, along, up = local[..., 0], local[..., 1], local[..., 2]
        return np.asarray(
            np.maximum.reduce(
                [
                    np.abs(across) - self.hand_width_m / 2.0,
                    np.abs(along) - self.hand_length_m / 2.0,
                    self.hand_height_m - up,
                ]
            )
        )

    def _wrist_gap(self, local: np.ndarray) -> np.ndarray:
        across, along, up = local[..., 0], local[..., 1], local[..., 2]
        return np.asarray(
            np.maximum.reduce(
                [
                    np.abs(across - self.wrist_reach_m / 2.0) - self.wrist_reach_m / 2.0,
                    np.abs(along) - self.hand_width_m / 2.0,
                    self.wrist_height_m - up,
                ]
            )
        )
