"""Which points belong to the robot's own hand and arm."""

from __future__ import annotations

import numpy as np

from vla_ros.params import PerceptionParams

# The arm's shoulder, roughly: the line from the hand to it lies inside most arms' forearm.
_SHOULDER_M = np.array([0.0, 0.0, 0.35])


def on_robot(points_m: np.ndarray, T_base_tool: np.ndarray, params: PerceptionParams) -> np.ndarray:
    """Return (...,) whether (..., 3) base-frame points lie in the hand's or the arm's capsule.

    The hand's capsule starts at the point between the fingertips, so what is held is in it too.
    NaN points are in neither.
    """
    fingertips = T_base_tool[:3, 3]
    wrist = fingertips - params.hand_length_m * T_base_tool[:3, 2]
    hand = _distance_to_segment(points_m, fingertips, wrist) < params.hand_radius_m
    arm = _distance_to_segment(points_m, wrist, _SHOULDER_M) < params.arm_radius_m
    return np.asarray(hand | arm)


def behind_fingers(
    points_m: np.ndarray, T_base_tool: np.ndarray, params: PerceptionParams, clearance_m: float
) -> np.ndarray:
    """Return (...,) whether points are on the robot and not between the fingers either.

    Args:
        points_m: (..., 3) base-frame points [m].
        T_base_tool: (4, 4) pose of the tool.
        params: The capsules' sizes.
        clearance_m: How far behind the fingertips a held thing may reach [m].
    """
    depth = (points_m - T_base_tool[:3, 3]) @ T_base_tool[:3, 2]
    with np.errstate(invalid="ignore"):
        return np.asarray(on_robot(points_m, T_base_tool, params) & (depth < -clearance_m))


def _distance_to_segment(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return (...,) distances [m] of (..., 3) points to a line segment."""
    along = end - start
    share = np.clip((points - start) @ along / max(float(along @ along), 1e-12), 0.0, 1.0)
    return np.asarray(np.linalg.norm(points - (start + share[..., None] * along), axis=-1))
