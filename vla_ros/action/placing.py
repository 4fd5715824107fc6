"""Where exactly, and how turned, a held thing is set down so that it and the hand have room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.action.candidates import Candidates
from vla_ros.action.gripper import Gripper
from vla_ros.action.held import Held
from vla_ros.action.points import thin_out
from vla_ros.action.space import rectangle_gaps
from vla_ros.geometry import tool_down

RELEASE_SPARE_M = 0.024
_TURNS_RAD = np.array([0.0, *(side * step * 0.26 for step in range(1, 7) for side in (1.0, -1.0))])
_WRIST_RANGE_RAD = 1.75
_TURN_COST = 0.6
_WRIST_COST = 50.0
_ENOUGH_M = 0.004


@dataclass(frozen=True, slots=True)
class Room:
    """What limits where something may be set down.

    Attributes:
        neighbours_m: (N, 3) surface points of what stands there [m].
        gap_m: Gap wanted between the thing and its neighbours [m].
        area_m: x min, y min, x max, y max of where the tool may go [m].
    """

    neighbours_m: np.ndarray
    gap_m: float
    area_m: tuple[float, ...]


def pose_on_table(
    held: Held, gripper: Gripper, spots_m: np.ndarray, tool_z: float, yaw_rad: float, room: Room
) -> np.ndarray | None:
    """Return the tool pose (4, 4) that sets a held thing down on the table, or None.

    Args:
        held: The thing.
        gripper: What holds it; the fingers need room to open a little.
        spots_m: (K, 2) where its middle may come to stand, the best first [m].
        tool_z: Height of the tool [m].
        yaw_rad: The tool's yaw now; less turning is better.
        room: What limits it.
    """
    poses, spots = _poses(held, spots_m, tool_z, yaw_rad)
    points = thin_out(room.neighbours_m, 0.007, 1200)
    low, high = np.asarray(room.area_m[:2]), np.asarray(room.area_m[2:])
    xy = poses.position_m[:, :2]
    gaps = rectangle_gaps(points, spots, poses.yaw_rad + held.turn_rad, held.extent_m)
    fits = ((xy >= low) & (xy <= high)).all(axis=1) & (gaps >= room.gap_m)
    if not fits.any():
        return None
    poses = poses.select(fits)
    free = gripper.clearance(poses, points, signed=True) >= 0.0
    if not free.any():
        return None
    return _cheapest(poses.select(free), yaw_rad)


def pose_at(
    held: Held,
    gripper: Gripper,
    spot_m: np.ndarray,
    tool_z: float,
    yaw_rad: float,
    neighbours_m: np.ndarray,
) -> np.ndarray:
    """Return the tool pose (4, 4) that brings a held thing to one spot (2,) [m].

    The tool turns as little as it can for its fingers and hand to stay clear of the neighbours;
    where they never are, the turn with the least overlap is taken.
    """
    poses, _ = _poses(held, spot_m[None, :], tool_z, yaw_rad)
    gap = np.minimum(
        gripper.clearance(poses, thin_out(neighbours_m, 0.007, 2000), signed=True), _ENOUGH_M
    )
    return _cheapest(poses.select(gap >= gap.max() - 1e-6), yaw_rad)


def _poses(
    held: Held, spots_m: np.ndarray, tool_z: float, yaw_rad: float
) -> tuple[Candidates, np.ndarray]:
    """Return every turn at every spot, and the spot (K, 2) of each; earlier spots cost less."""
    spots = np.repeat(spots_m, len(_TURNS_RAD), axis=0)
    yaw = np.tile(yaw_rad + _TURNS_RAD, len(spots_m))
    cos, sin = np.cos(yaw), np.sin(yaw)
    offset = np.column_stack(
        [
            cos * held.offset_m[0] - sin * held.offset_m[1],
            sin * held.offset_m[0] + cos * held.offset_m[1],
        ]
    )
    position = np.column_stack([spots - offset, np.full(len(yaw), tool_z)])
    opening = np.full(len(yaw), held.width_m + RELEASE_SPARE_M)
    rank = np.repeat(-np.arange(len(spots_m), dtype=float), len(_TURNS_RAD))
    return Candidates(position, yaw, opening, opening, rank, np.zeros(len(yaw), bool)), spots


def _cheapest(poses: Candidates, yaw_rad: float) -> np.ndarray:
    """Return the pose (4, 4) of the best spot, turned little and within the wrist's range."""
    natural = np.arctan2(poses.position_m[:, 1], poses.position_m[:, 0])
    away = np.abs((poses.yaw_rad - natural + np.pi) % (2.0 * np.pi) - np.pi)
    cost = -0.2 * poses.bonus + _TURN_COST * np.abs(poses.yaw_rad - yaw_rad)
    cost += _WRIST_COST * np.maximum(away - _WRIST_RANGE_RAD, 0.0)
    best = int(np.argmin(cost))
    return tool_down(poses.position_m[best], float(poses.yaw_rad[best]))
