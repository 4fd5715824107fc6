"""Placing what is held: in, on, or beside something, or on a free spot of the table."""

from __future__ import annotations

import numpy as np

from vla_ros.action.arm import Steps
from vla_ros.action.held import Held, LetGo
from vla_ros.action.placing import RELEASE_SPARE_M, Room, pose_at, pose_on_table
from vla_ros.action.points import footprint_radius
from vla_ros.action.skills.context import SkillContext
from vla_ros.action.space import (
    support_height,
    target_points,
    travel_height,
)
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.perception.relations import viewer_directions
from vla_ros.types import Relation, Target

_STEPS_AWAY_M = np.arange(0.0, 0.165, 0.01)
_LEAST_GAP_M = 0.008
_WALL_M = 0.012
_SLANTS_RAD = np.array([0.0, 0.17, -0.17, 0.35, -0.35, 0.52, -0.52])
_AROUND_RAD = np.linspace(-np.pi, np.pi, 24, endpoint=False)
_CIRCLE = np.stack([np.cos(_AROUND_RAD), np.sin(_AROUND_RAD)], axis=1)


def put_in(context: SkillContext, destination: str) -> Steps:
    """Let what is held fall into a container, from just above its rim."""
    target = context.target(destination)
    held = _what_is_held(context)
    points = target_points(target)
    spot = emptiest_spot(target, held, context.contents(target))
    centre = target.T_base_object[:2, 3]
    floor = support_height(points, centre, 0.35 * float(target.extent_m[:2].min()) / 2.0)
    rim = max(float(np.percentile(points[:, 2], 97.0)), floor)
    tool_z = max(
        floor + held.bottom_m + context.params.release_height_m + 0.006,
        rim + context.gripper.finger_depth_m + 0.006,
    )
    yield from _set_at(context, target, spot, tool_z)


def put_on(context: SkillContext, destination: str) -> Steps:
    """Set what is held down on top of something."""
    target = context.target(destination)
    held = _what_is_held(context)
    points = target_points(target)
    spot = target.T_base_object[:2, 3]
    radius = max(0.5 * float(target.extent_m[:2].min()) / 2.0, 0.012)
    top = support_height(points, spot, radius)
    tool_z = top + held.bottom_m + context.params.release_height_m
    yield from _set_at(context, target, spot, tool_z)


def put_beside(context: SkillContext, destination: str, relation: Relation) -> Steps:
    """Set what is held down on the table on a free spot that has the relation."""
    target = context.target(destination)
    held = _what_is_held(context)
    gap = context.params.placing_gap_m
    distance = float(target.extent_m[:2].min() + held.extent_m[:2].min()) / 2.0 + gap
    spots = spots_beside(
        target.T_base_object[:2, 3], distance, relation, context.robot.viewer_yaw_rad
    )
    yield from _set_on_table(context, spots, f"{_in_words(relation)} the {destination}")


def put_between(context: SkillContext, first: Target, second: Target) -> Steps:
    """Set what is held down in the middle between two things, or near it."""
    one, other = first.T_base_object[:2, 3], second.T_base_object[:2, 3]
    shares = 0.5 + np.array([0.0, 0.06, -0.06, 0.12, -0.12])
    side = np.array([-(other - one)[1], (other - one)[0]]) / max(np.linalg.norm(other - one), 1e-6)
    steps = np.array([0.0, 0.015, -0.015, 0.03, -0.03])
    spots = np.concatenate([one + s * (other - one) + steps[:, None] * side for s in shares])
    yield from _set_on_table(context, spots, f"between the {first.phrase} and {second.phrase}")


def put_down(context: SkillContext) -> Steps:
    """Set what is held down on the free spot of the table nearest to where it is now."""
    here = context.arm.T_base_tool[:2, 3]
    rings = [radius * _CIRCLE for radius in np.arange(0.02, 0.4, 0.02)]
    spots = here + np.concatenate([np.zeros((1, 2)), *rings])
    yield from _set_on_table(context, spots, "on the table")


def spots_beside(
    centre_m: np.ndarray, distance_m: float, relation: Relation, viewer_yaw_rad: float
) -> np.ndarray:
    """Return (K, 2) spots [m] that have a relation to a place, the clearest case of it first.

    Args:
        centre_m: (2,) the place the relation refers to [m].
        distance_m: Smallest distance between the centres [m].
        relation: NEXT_TO takes every direction; the others are as the viewer sees them.
        viewer_yaw_rad: Where the viewer looks (RobotParams.viewer_yaw_rad).
    """
    directions = viewer_directions(viewer_yaw_rad)
    if relation in directions:
        main = directions[relation]
        turns = np.arctan2(main[1], main[0]) + _SLANTS_RAD
    else:
        sides = directions[Relation.LEFT_OF]
        turns = np.arctan2(sides[1], sides[0]) + _AROUND_RAD[np.argsort(np.abs(_AROUND_RAD))]
    away = distance_m + _STEPS_AWAY_M
    unit = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return np.asarray((centre_m + away[:, None, None] * unit[None]).reshape(-1, 2))


def emptiest_spot(container: Target, held: Held, contents_m: np.ndarray) -> np.ndarray:
    """Return where (2,) in a container a thing has most room: its middle while it is empty.

    Args:
        container: Its box gives the opening, taken as an ellipse.
        held: The thing, which stays clear of the walls.
        contents_m: (N, 3) surface points of what is in it already [m].
    """
    T = container.T_base_object
    if len(contents_m) == 0:
        return np.asarray(T[:2, 3])
    room = container.extent_m[:2] / 2.0 - float(held.extent_m[:2].min()) / 2.0 - _WALL_M
    local = np.concatenate([np.zeros((1, 2)), *(s * _CIRCLE for s in (0.33, 0.67, 1.0))])
    spots = (local * np.maximum(room, 0.0)) @ T[:2, :2].T + T[:2, 3]
    gaps = np.linalg.norm(spots[:, None] - contents_m[None, :, :2], axis=2).min(axis=1)
    return np.asarray(spots[int(np.argmax(gaps))])


def _set_on_table(context: SkillContext, spots: np.ndarray, where: str) -> Steps:
    held = _what_is_held(context)
    tool_z = held.bottom_m + context.params.release_height_m
    neighbours = _without_held_place(context, held)
    for gap in (context.params.placing_gap_m, _LEAST_GAP_M):
        room = Room(neighbours, gap, context.params.work_area_m)
        goal = pose_on_table(held, context.gripper, spots, tool_z, context.arm.yaw_rad, room)
        if goal is not None:
            yield from _deliver(context, goal)
            return
    raise TaskFailed(
        TerminationReason.PLACE_FAILED, f"there is no free space {where} for the {held.phrase}"
    )


def _set_at(context: SkillContext, destination: Target, spot: np.ndarray, tool_z: float) -> Steps:
    held = _what_is_held(context)
    others = context.neighbours(destination)
    yaw = context.arm.yaw_rad
    yield from _deliver(context, pose_at(held, context.gripper, spot, tool_z, yaw, others))


def _deliver(context: SkillContext, goal: np.ndarray) -> Steps:
    """Carry what is held over everything to a pose, let it go there, retreat and go home."""
    arm, params = context.arm, context.params
    held = _what_is_held(context)
    neighbours = _without_held_place(context, held)
    here = arm.T_base_tool
    over = travel_height(neighbours, here[:2, 3], goal[:2, 3]) + held.bottom_m + params.clearance_m
    height = min(max(over, goal[2, 3] + 0.02, here[2, 3]), params.ceiling_m)
    for stage, T in (("lift", _at_height(here, height)), ("transport", _at_height(goal, height))):
        yield from arm.move_to(T, stage, guard=context.require_held)
    context.require_held()
    yield from arm.move_until_contact(goal, "place", 0.025, guard=context.require_held)
    context.let_go = LetGo(held, held.box_at(arm.robot.T_base_tool))
    spare = held.width_m + RELEASE_SPARE_M
    yield from arm.set_gripper(context.gripper.opening(spare), "release")
    context.held = None
    up = _at_height(arm.T_base_tool, min(goal[2, 3] + params.approach_height_m, params.ceiling_m))
    yield from arm.move_to(up, "retreat", careful=True)
    yield from go_home(context, opening=1.0)


def go_home(context: SkillContext, opening: float | None = None) -> Steps:
    """Bring the tool to the home pose, up first so as not to sweep over what stands there."""
    arm = context.arm
    here, home = arm.T_base_tool, context.T_base_home
    over = travel_height(context.neighbours(), here[:2, 3], home[:2, 3])
    over += context.below_tool_m() + context.params.clearance_m
    height = min(over, context.params.ceiling_m)
    if here[2, 3] < height - 0.01:
        yield from arm.move_to(_at_height(here, height), "home")
    yield from arm.move_to(home, "home", opening=opening)


def _what_is_held(context: SkillContext) -> Held:
    """Return what is held; a thing of hand size where it was taken by someone else.

    Raises:
        TaskFailed: GRASP_FAILED where nothing is held.
    """
    if not context.arm.holds_something():
        context.held = None
        raise TaskFailed(TerminationReason.GRASP_FAILED, "the gripper holds nothing to put down")
    if context.held is None:
        here = context.arm.T_base_tool[:2, 3]
        context.held = Held(
            "thing", 0.06, np.array([0.06, 0.06, 0.06]), 0.0, np.zeros(2), context.arm.width_m, here
        )
    return context.held


def _without_held_place(context: SkillContext, held: Held) -> np.ndarray:
    """Return the neighbours' points without what was seen where the held thing stood."""
    points = context.neighbours()
    gone = np.hypot(*(points[:, :2] - held.place_m).T) < footprint_radius(held.extent_m) + 0.008
    return np.asarray(points[~(gone & (points[:, 2] < held.extent_m[2] + 0.03))])


def _at_height(T: np.ndarray, height: float) -> np.ndarray:
    result = np.array(T)
    result[2, 3] = height
    return result


def _in_words(relation: Relation) -> str:
    return {"left_of": "to the left of", "right_of": "to the right of"}.get(
        relation.value, relation.value.replace("_", " ")
    )
