"""Chooses how to grasp a thing from above with a parallel gripper, given what surrounds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.action.candidates import Candidates, body_candidates, rim_candidates
from vla_ros.action.gripper import Gripper
from vla_ros.action.points import box_surface, thin_out
from vla_ros.action.space import whole_points
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.geometry import tool_down
from vla_ros.types import Target

_TABLE_CLEARANCE_M = 0.003
_SAME_GRASP_M = 0.012
_NEAR_M = 0.03


@dataclass(frozen=True, slots=True)
class Grasp:
    """One way to take a thing.

    Attributes:
        T_base_tool: (4, 4) where the tool is when the fingers close.
        opening: Gripper opening 0..1 to come in with.
        width_m: How wide the thing is between the fingers [m], as far as it was seen.
        bottom_m: Height of the tool above the thing's lowest point [m].
        score: Higher is better.
    """

    T_base_tool: np.ndarray
    opening: float
    width_m: float
    bottom_m: float
    score: float


@dataclass(frozen=True, slots=True)
class GraspContext:
    """What a choice depends on besides the thing itself.

    Attributes:
        neighbours_m: (M, 3) surface points of everything else, in the base frame [m].
        work_area_m: x min, y min, x max, y max of where the tool may go down [m].
        tool_yaw_rad: The tool's yaw now; less turning is better.
        failed: Poses (4, 4) at which grasps of this thing failed; they come last.
    """

    neighbours_m: np.ndarray
    work_area_m: tuple[float, ...]
    tool_yaw_rad: float = 0.0
    failed: tuple[np.ndarray, ...] = ()


def choose_grasps(target: Target, gripper: Gripper, context: GraspContext) -> list[Grasp]:
    """Return every sound grasp of a thing, best first.

    Args:
        target: The thing; its surface points where there are any, else its box's.
        gripper: Size of the fingers and the hand.
        context: Neighbours, reach, and what failed before.

    Returns:
        At least one grasp; the same arguments always give the same list.

    Raises:
        TaskFailed: UNREACHABLE where it stands out of reach, GRASP_FAILED where it is too wide or
            nothing lets the fingers in.
    """
    points = _surface(target)
    centre = target.T_base_object[:3, 3]
    _require_in_reach(target.phrase, centre, context.work_area_m)
    floor_m = max(_bottom(target), 0.0) + gripper.finger_depth_m + _TABLE_CLEARANCE_M
    body = body_candidates(points, target, gripper, floor_m)
    rim = rim_candidates(points, target, gripper, floor_m)
    candidates = body.join(rim)
    candidates = candidates.turned(
        nearest_half_turn(candidates.yaw_rad, candidates.position_m, context.tool_yaw_rad)
    )
    fitting = candidates.select(candidates.width_m <= gripper.max_width_m - gripper.margin_m)
    if len(fitting) == 0:
        raise TaskFailed(TerminationReason.GRASP_FAILED, _too_wide(target, candidates, gripper))
    neighbours = near_points(context.neighbours_m, centre, target.extent_m, gripper)
    free = _clear_of_obstacles(fitting, points, neighbours, gripper)
    free = free.select(_within(free.position_m[:, :2], context.work_area_m))
    if len(free) == 0:
        raise TaskFailed(
            TerminationReason.GRASP_FAILED,
            f"there is no room for the fingers around the {target.phrase}",
        )
    return _ranked(free, target, neighbours, gripper, context)


def near_points(
    points_m: np.ndarray, centre_m: np.ndarray, extent_m: np.ndarray, gripper: Gripper
) -> np.ndarray:
    """Return the neighbours' points that a hand at the thing could touch, thinned out."""
    if len(points_m) == 0:
        return np.zeros((0, 3))
    radius = float(np.hypot(extent_m[0], extent_m[1])) / 2.0 + gripper.hand_length_m
    near = np.hypot(*(points_m[:, :2] - centre_m[:2]).T) < radius
    return thin_out(points_m[near], 0.006, 2500)


def _surface(target: Target) -> np.ndarray:
    if target.points_m is not None and len(target.points_m) >= 20:
        return thin_out(whole_points(target), 0.003, 2000)
    return box_surface(target.T_base_object, target.extent_m, 0.006)


def _bottom(target: Target) -> float:
    return float(target.T_base_object[2, 3] - target.extent_m[2] / 2.0)


def _require_in_reach(phrase: str, centre: np.ndarray, area: tuple[float, ...]) -> None:
    margin = 0.03
    grown = (area[0] - margin, area[1] - margin, area[2] + margin, area[3] + margin)
    if not _within(centre[None, :2], grown)[0]:
        raise TaskFailed(
            TerminationReason.UNREACHABLE,
            f"the {phrase} is out of reach at x {centre[0]:.2f} m, y {centre[1]:.2f} m",
        )


def _within(xy: np.ndarray, area: tuple[float, ...]) -> np.ndarray:
    inside = (xy >= np.asarray(area[:2])) & (xy <= np.asarray(area[2:]))
    return np.asarray(inside.all(axis=1))


def _too_wide(target: Target, candidates: Candidates, gripper: Gripper) -> str:
    widths = candidates.width_m
    if len(widths) == 0:
        return f"the {target.phrase} is too flat to be grasped"
    return (
        f"the {target.phrase} is too wide for the gripper: {100.0 * widths.min():.1f} cm > "
        f"{100.0 * (gripper.max_width_m - gripper.margin_m):.1f} cm"
    )


def _clear_of_obstacles(
    candidates: Candidates, own_m: np.ndarray, neighbours_m: np.ndarray, gripper: Gripper
) -> Candidates:
    """Return the candidates whose fingers and hand touch neither the thing nor a neighbour."""
    own = gripper.collides(candidates, own_m, margin_m=0.0)
    candidates = candidates.select(~own)
    if len(candidates) == 0 or len(neighbours_m) == 0:
        return candidates
    for margin in (gripper.margin_m / 2.0, 0.0):
        free = candidates.select(~gripper.collides(candidates, neighbours_m, margin_m=margin))
        if len(free):
            return free
    return free


def _ranked(
    candidates: Candidates,
    target: Target,
    neighbours_m: np.ndarray,
    gripper: Gripper,
    context: GraspContext,
) -> list[Grasp]:
    position = candidates.position_m
    centre = target.T_base_object[:3, 3]
    off_centre = np.hypot(*(position[:, :2] - centre[:2]).T)
    yaw = candidates.yaw_rad
    score = candidates.bonus.copy()
    score -= 12.0 * np.where(candidates.is_rim, 0.0, off_centre)
    score -= 15.0 * candidates.width_m
    score -= 0.12 * np.abs(yaw - _natural_yaw(position))
    score += 8.0 * np.minimum(gripper.clearance(candidates, neighbours_m), _NEAR_M)
    for failed in context.failed:
        near = np.linalg.norm(position - failed[:3, 3], axis=1) < _SAME_GRASP_M
        turned = np.abs(np.sin(candidates.yaw_rad - _yaw(failed))) < 0.26
        score -= 2.0 * (near & turned) + 0.3 * near
    order = np.argsort(-score, kind="stable")
    bottom = _bottom(target)
    return [
        Grasp(
            T_base_tool=tool_down(position[i], float(yaw[i])),
            opening=gripper.opening(float(candidates.opening_m[i])),
            width_m=float(candidates.width_m[i]),
            bottom_m=float(position[i, 2] - bottom),
            score=float(score[i]),
        )
        for i in order
    ]


def nearest_half_turn(yaw_rad: np.ndarray, position_m: np.ndarray, now_rad: float) -> np.ndarray:
    """Return each yaw or its half turn: the gripper is symmetric, the wrist's range is not.

    The wrist turns least where the hand's x axis points away from the base, so that of the two is
    taken which lies within a quarter turn of it; where both do, the one nearer to the yaw now.
    """
    natural = _natural_yaw(position_m)
    turned = (yaw_rad - natural + np.pi / 2.0) % np.pi - np.pi / 2.0
    other = turned - np.sign(turned) * np.pi
    tie = np.abs(np.abs(turned) - np.pi / 2.0) < 0.09
    nearer = np.abs(other + natural - now_rad) < np.abs(turned + natural - now_rad)
    return np.asarray(natural + np.where(tie & nearer, other, turned))


def _natural_yaw(position_m: np.ndarray) -> np.ndarray:
    return np.asarray(np.arctan2(position_m[:, 1], position_m[:, 0]))


def _yaw(T_base_tool: np.ndarray) -> float:
    return float(np.arctan2(T_base_tool[1, 0], T_base_tool[0, 0]))
