"""Ways to come at a thing from above, before asking what is in the way."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from vla_ros.types import Target

if TYPE_CHECKING:
    from vla_ros.action.gripper import Gripper

_YAWS = 12
_RIM_DIRECTIONS = 24
_RIM_BAND_M = 0.012
_RIM_BITE_M = 0.022
_RIM_OPENING_M = 0.045
_HOLLOW_M = 0.015
_SPARE_OPENING_M = 0.03
# A side that slants more than this (about the friction angle) lets the thing slip out.
_STEEPEST = 0.7


@dataclass(frozen=True, slots=True)
class Candidates:
    """K downward grasps as columns.

    Attributes:
        position_m: (K, 3) tool position in the base frame [m].
        yaw_rad: (K,) as in geometry.tool_down: the fingers close across the tool's x axis.
        width_m: (K,) of what is between the fingers [m].
        opening_m: (K,) gap to come in with [m].
        bonus: (K,) what its kind and height are worth.
        is_rim: (K,) whether it takes a wall of something hollow.
    """

    position_m: np.ndarray
    yaw_rad: np.ndarray
    width_m: np.ndarray
    opening_m: np.ndarray
    bonus: np.ndarray
    is_rim: np.ndarray

    def __len__(self) -> int:
        return len(self.yaw_rad)

    def select(self, which: np.ndarray) -> Candidates:
        """Return those that a (K,) mask names."""
        return Candidates(*(getattr(self, column.name)[which] for column in fields(self)))

    def join(self, other: Candidates) -> Candidates:
        """Return these and then the other's."""
        return Candidates(
            *(
                np.concatenate([getattr(self, column.name), getattr(other, column.name)])
                for column in fields(self)
            )
        )

    def turned(self, yaw_rad: np.ndarray) -> Candidates:
        """Return these with other yaws (K,)."""
        return replace(self, yaw_rad=yaw_rad)

    def local(self, points_m: np.ndarray, which: slice) -> np.ndarray:
        """Return (k, N, 3) points seen from each tool: across, along the closing, up."""
        offset = points_m[None, :, :] - self.position_m[which, None, :]
        cos, sin = np.cos(self.yaw_rad[which, None]), np.sin(self.yaw_rad[which, None])
        return np.stack(
            [
                cos * offset[..., 0] + sin * offset[..., 1],
                -sin * offset[..., 0] + cos * offset[..., 1],
                offset[..., 2],
            ],
            axis=-1,
        )


def body_candidates(
    points_m: np.ndarray, target: Target, gripper: Gripper, floor_m: float
) -> Candidates:
    """Return grasps around the whole body: over yaws, places along it, and heights.

    Each slab of the thing that a finger's width covers, above the fingertips, is measured along
    the closing direction; the tool centres on it.
    """
    centre = target.T_base_object[:3, 3]
    top = float(np.percentile(points_m[:, 2], 99.0))
    heights = _heights(top, float(centre[2] - target.extent_m[2] / 2.0), gripper, floor_m)
    yaws = _box_yaw(target) + np.arange(_YAWS) * np.pi / _YAWS
    found = [_slabs(points_m, centre, float(yaw), heights, gripper) for yaw in yaws if len(heights)]
    if not found:
        return _none()
    position, yaw, width, bonus = (np.concatenate(column) for column in zip(*found, strict=True))
    wide = Candidates(
        position,
        yaw,
        width,
        np.full(len(yaw), gripper.max_width_m),
        bonus,
        np.zeros(len(yaw), bool),
    )
    snug = Candidates(
        position,
        yaw,
        width,
        np.minimum(width + _SPARE_OPENING_M, gripper.max_width_m),
        bonus - 0.03,
        wide.is_rim,
    )
    return wide.join(snug)


def rim_candidates(
    points_m: np.ndarray, target: Target, gripper: Gripper, floor_m: float
) -> Candidates:
    """Return grasps of the upper wall of something hollow, one finger inside; none if it is not."""
    centre = target.T_base_object[:3, 3]
    top = float(np.percentile(points_m[:, 2], 98.0))
    middle = np.hypot(*(points_m[:, :2] - centre[:2]).T) < 0.3 * target.extent_m[:2].min()
    if not middle.any() or float(np.median(points_m[middle, 2])) > top - _HOLLOW_M:
        return _none()
    rim = points_m[points_m[:, 2] > top - _RIM_BAND_M]
    offset = rim[:, :2] - centre[:2]
    radius, angle = np.hypot(*offset.T), np.arctan2(offset[:, 1], offset[:, 0])
    places = []
    for direction in _box_yaw(target) + np.arange(_RIM_DIRECTIONS) * 2.0 * np.pi / _RIM_DIRECTIONS:
        gap = np.abs((angle - direction + np.pi) % (2.0 * np.pi) - np.pi)
        near = gap * radius < gripper.finger_width_m / 2.0
        if near.sum() >= 2:
            places.append((float(direction), radius[near]))
    if not places:
        return _none()
    yaw = np.array([direction + np.pi / 2.0 for direction, _ in places])
    middle_r = np.array([(r.min() + r.max()) / 2.0 for _, r in places])
    toward = np.stack([np.sin(yaw), -np.cos(yaw)], axis=1)
    height = max(floor_m, top - _RIM_BITE_M + gripper.finger_depth_m)
    position = np.column_stack([centre[:2] + middle_r[:, None] * toward, np.full(len(yaw), height)])
    along_box = np.abs(np.sin(2.0 * (yaw - _box_yaw(target)))) < 0.1
    return Candidates(
        position_m=position,
        yaw_rad=yaw,
        width_m=np.array([np.ptp(r) + 0.004 for _, r in places]),
        opening_m=np.full(len(yaw), min(_RIM_OPENING_M, gripper.max_width_m)),
        bonus=np.where(along_box, -0.15, -0.3),
        is_rim=np.ones(len(yaw), bool),
    )


def _slabs(
    points_m: np.ndarray, centre: np.ndarray, yaw: float, heights: np.ndarray, gripper: Gripper
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return positions (K, 3), yaws, widths and bonuses for one yaw."""
    across = np.array([np.cos(yaw), np.sin(yaw)])
    along = np.array([-across[1], across[0]])
    s = (points_m[:, :2] - centre[:2]) @ across
    c = (points_m[:, :2] - centre[:2]) @ along
    places = _places(s, gripper.finger_width_m)
    above_tip = points_m[None, :, 2] >= heights[:, None] - gripper.finger_depth_m - 0.004
    half = gripper.finger_width_m / 2.0 + 0.002
    offset = s[None, :] - places[:, None]
    low_l, high_l, count_l = _extents(c, (offset >= -half) & (offset <= 0.002), above_tip)
    low_r, high_r, count_r = _extents(c, (offset <= half) & (offset >= -0.002), above_tip)
    slope = np.maximum(np.abs(low_l - low_r), np.abs(high_l - high_r)) / half
    slope = np.where((count_l > 0) & (count_r > 0), slope, 0.0)
    low, high = np.minimum(low_l, low_r), np.maximum(high_l, high_r)
    place, height = np.nonzero((count_l + count_r >= 3) & (slope < _STEEPEST))
    low, high = low[place, height], high[place, height]
    xy = centre[:2] + places[place, None] * across + ((low + high) / 2.0)[:, None] * along
    bonus = -0.08 * height - 0.5 * np.maximum(slope[place, height] - 0.15, 0.0)
    return np.column_stack([xy, heights[height]]), np.full(len(place), yaw), high - low, bonus


def _extents(
    c: np.ndarray, in_slab: np.ndarray, above_tip: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (P, H) lowest and highest c and the number of points of each slab and height."""
    both = in_slab[:, None, :] & above_tip[None, :, :]
    return (
        np.where(both, c, np.inf).min(axis=2),
        np.where(both, c, -np.inf).max(axis=2),
        both.sum(axis=2),
    )


def _places(s: np.ndarray, finger_width_m: float) -> np.ndarray:
    """Return offsets across at which a finger has something to hold, the middle first."""
    reach = max(0.0, float(np.ptp(s)) / 2.0 - finger_width_m / 2.0)
    middle = float(s.min() + s.max()) / 2.0
    steps = np.arange(1, int(min(reach, 0.08) / 0.01) + 1) * 0.01
    return np.asarray(middle + np.r_[0.0, np.column_stack([steps, -steps]).ravel()])


def _heights(top: float, bottom: float, gripper: Gripper, floor_m: float) -> np.ndarray:
    """Return tool heights to try, the best first: the middle of the thing, or what of it fits.

    The hand must stay above the thing, and the fingers must overlap it by some millimetres.
    """
    lowest = max(floor_m, top - gripper.hand_height_m + 0.008)
    wanted = [
        bottom + 0.5 * (top - bottom),
        top - 0.02,
        top - 0.035,
        bottom + 0.25 * (top - bottom),
    ]
    heights: list[float] = []
    for height in (float(max(lowest, h)) for h in wanted):
        overlaps = top - (height - gripper.finger_depth_m) >= 0.005
        if overlaps and all(abs(height - other) > 0.004 for other in heights):
            heights.append(height)
    return np.array(heights)


def _box_yaw(target: Target) -> float:
    return float(np.arctan2(target.T_base_object[1, 0], target.T_base_object[0, 0]))


def _none() -> Candidates:
    empty = np.zeros(0)
    return Candidates(np.zeros((0, 3)), empty, empty, empty, empty, np.zeros(0, bool))
