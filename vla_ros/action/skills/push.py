"""Pushing a thing over the table with closed fingers, and pointing at a thing."""

from __future__ import annotations

import numpy as np

from vla_ros.action.arm import Steps
from vla_ros.action.candidates import Candidates
from vla_ros.action.points import footprint_radius
from vla_ros.action.skills.context import SkillContext
from vla_ros.action.skills.place import go_home, spots_beside
from vla_ros.action.skills.slide import slide
from vla_ros.action.space import target_points, travel_height
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.geometry import tool_down
from vla_ros.perception.relations import viewer_directions
from vla_ros.types import Relation, Target, Task

_START_GAP_M = 0.018
_TOPPLES = 0.55
_POINTING_HEIGHT_M = 0.05
_POINTING_S = 1.0


def push(context: SkillContext, phrase: str, task: Task) -> Steps:
    """Push a thing in the direction, or to the place, that a task names.

    Rubber fingers may press a flat thing onto the table so that it locks: where a push of it was
    blocked before, it is slid in the grip.

    Raises:
        TaskFailed: UNREACHABLE where the way is not in the work area or the fingers cannot get
            behind the thing.
    """
    target = context.target(phrase)
    direction, way = _direction_and_way(context, target, task)
    if context.push_blocked:
        yield from slide(context, target, direction, way)
        return
    start, end = _contact_line(context, target, direction, way)
    neighbours = context.neighbours(target)
    everything = np.concatenate([neighbours, target_points(target)])
    low, yaw = _stance(context, target, start, direction, everything)
    yield from context.arm.set_gripper(0.0, "approach")
    yield from _over(context, np.r_[start, low], yaw, neighbours)
    yield from context.arm.move_to(tool_down(np.r_[start, low], yaw), "descend", careful=True)
    context.push_blocked = True
    yield from context.arm.move_to(tool_down(np.r_[end, low], yaw), "push", careful=True)
    context.push_blocked = False
    back = end - 0.02 * direction
    yield from context.arm.move_to(tool_down(np.r_[back, low], yaw), "retreat", careful=True)
    up = tool_down(np.r_[back, low + context.params.approach_height_m], yaw)
    yield from context.arm.move_to(up, "retreat")
    yield from go_home(context, opening=1.0)


def point_at(context: SkillContext, phrase: str) -> Steps:
    """Bring the closed fingers, or what they hold, over a thing and stay there for a moment."""
    target = context.target(phrase)
    top = float(target.T_base_object[2, 3] + target.extent_m[2] / 2.0)
    place = np.r_[target.T_base_object[:2, 3], top + _POINTING_HEIGHT_M]
    neighbours = context.neighbours()
    yaw = context.arm.yaw_rad
    if context.arm.holds_something():
        place[2] += context.below_tool_m()
    else:
        yield from context.arm.set_gripper(0.0, "approach")
    yield from _over(context, place, yaw, neighbours)
    yield from context.arm.move_to(tool_down(place, yaw), "point")
    yield from context.arm.wait(_POINTING_S, "point")


def push_direction(relation: Relation | None, viewer_yaw_rad: float) -> np.ndarray:
    """Return the unit vector (2,) of a push; away from the viewer where nothing is said."""
    directions = viewer_directions(viewer_yaw_rad)
    return directions[Relation.BEHIND if relation is None else relation]


def _direction_and_way(
    context: SkillContext, target: Target, task: Task
) -> tuple[np.ndarray, float]:
    """Return which way (2,) and how far [m] a thing has to go."""
    viewer = context.robot.viewer_yaw_rad
    if task.destination is None:
        if task.relation is not None and task.relation not in viewer_directions(viewer):
            raise TaskFailed(
                TerminationReason.REFUSED, "say which way to push: left, right, forward or back"
            )
        return push_direction(task.relation, viewer), context.params.push_distance_m
    place = context.target(task.destination)
    here, there = target.T_base_object[:2, 3], place.T_base_object[:2, 3]
    apart = footprint_radius(place.extent_m) + footprint_radius(target.extent_m)
    if task.relation is not None and task.relation in viewer_directions(viewer):
        goal = spots_beside(there, apart + 0.015, task.relation, viewer)[0]
        way = goal - here
    else:
        way = there - here
        way = way * max(0.0, 1.0 - (apart + 0.01) / max(float(np.linalg.norm(way)), 1e-6))
    length = float(np.linalg.norm(way))
    if length < 0.01:
        raise TaskFailed(
            TerminationReason.REFUSED, f"the {target.phrase} is already at the {place.phrase}"
        )
    return way / length, length


def _contact_line(
    context: SkillContext, target: Target, direction: np.ndarray, way: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the tool starts and ends (2,), both within reach."""
    centre = target.T_base_object[:2, 3]
    behind = float(np.percentile((centre - target_points(target)[:, :2]) @ direction, 99.0))
    half = context.gripper.finger_width_m / 2.0
    start = centre - (behind + half + _START_GAP_M) * direction
    end = start + (_START_GAP_M + way) * direction
    low, high = np.asarray(context.params.work_area_m[:2]), context.params.work_area_m[2:]
    for place in (start, end):
        if not ((place >= low - 0.04) & (place <= np.asarray(high) + 0.04)).all():
            raise TaskFailed(
                TerminationReason.UNREACHABLE,
                f"the {target.phrase} cannot be pushed that way: the fingers would have to reach "
                f"x {place[0]:.2f} m, y {place[1]:.2f} m, outside the work area",
            )
    return start, end


def _stance(
    context: SkillContext,
    target: Target,
    start: np.ndarray,
    direction: np.ndarray,
    points: np.ndarray,
) -> tuple[float, float]:
    """Return the tool's height [m] and yaw behind a thing at which the hand touches nothing.

    Raises:
        TaskFailed: UNREACHABLE where there is no room at any height.
    """
    for height in _pushing_heights(context, target):
        yaw = _free_yaw(context, np.r_[start, height], direction, points)
        if yaw is not None:
            return height, yaw
    raise TaskFailed(
        TerminationReason.UNREACHABLE,
        f"something stands where the fingers would push the {target.phrase}",
    )


def _pushing_heights(context: SkillContext, target: Target) -> list[float]:
    """Return tool heights to try: low, so that things slide; else with the hand above the thing.

    Higher than its middle, a push would topple it.
    """
    tall = float(target.extent_m[2])
    depth = context.gripper.finger_depth_m
    low = max(depth + 0.005, min(0.3 * tall, 0.03))
    above = tall - min(context.gripper.hand_height_m, context.gripper.wrist_height_m) + 0.008
    return [low, above] if low < above and above - depth < _TOPPLES * tall else [low]


def _free_yaw(
    context: SkillContext, place: np.ndarray, direction: np.ndarray, points: np.ndarray
) -> float | None:
    """Return which way round the hand stands at a place without touching points, or None.

    Both fingers push; what is mounted on the hand may reach over the thing or away from it.
    """
    along = float(np.arctan2(direction[1], direction[0]))
    yaws = along + np.array([0.0, np.pi])
    none = np.zeros(2)
    poses = Candidates(np.tile(place, (2, 1)), yaws, none, none, none, none.astype(bool))
    free = ~context.gripper.collides(poses, points, margin_m=0.0)
    if not free.any():
        return None
    natural = float(np.arctan2(place[1], place[0]))
    turn = np.abs((yaws - natural + np.pi) % (2.0 * np.pi) - np.pi)
    best = float(yaws[int(np.argmin(np.where(free, turn, np.inf)))])
    return natural + (best - natural + np.pi) % (2.0 * np.pi) - np.pi


def _over(context: SkillContext, place: np.ndarray, yaw: float, neighbours: np.ndarray) -> Steps:
    """Move over everything to above a place (3,)."""
    here = context.arm.T_base_tool
    over = travel_height(neighbours, here[:2, 3], place[:2])
    over += context.below_tool_m() + context.params.clearance_m
    height = min(max(place[2] + 0.05, over), context.params.ceiling_m)
    if here[2, 3] < height - 0.01:
        up = here.copy()
        up[2, 3] = height
        yield from context.arm.move_to(up, "approach")
    yield from context.arm.move_to(tool_down(np.r_[place[:2], height], yaw), "approach")
