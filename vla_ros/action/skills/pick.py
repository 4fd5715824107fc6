"""Picking: approach, descend, grasp, check the grip by the gripper's width, lift."""

from __future__ import annotations

import numpy as np

from vla_ros.action.arm import Steps
from vla_ros.action.grasp import Grasp, GraspContext, choose_grasps
from vla_ros.action.held import Held
from vla_ros.action.skills.context import SkillContext
from vla_ros.action.space import travel_height
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.types import Target


def pick(context: SkillContext, phrase: str) -> Steps:
    """Take the thing that a phrase names and lift it; where it is held already, do nothing.

    Raises:
        TaskFailed: GRASP_FAILED where the fingers close on nothing or lose it, UNREACHABLE,
            NOT_FOUND, CONTROLLER_NOT_MOVING.
    """
    if context.held is not None and context.arm.holds_something():
        if context.held.phrase == phrase:
            return
        raise TaskFailed(
            TerminationReason.REFUSED,
            f"the gripper already holds the {context.held.phrase}: say where to put it first",
        )
    context.held = None
    target = context.target(phrase)
    neighbours = context.neighbours(target)
    grasp = best_grasp(context, target, neighbours)
    yield from grip(context, target, grasp, neighbours)
    context.held = _held(phrase, target, grasp, context.arm.width_m)
    lifted = grasp.T_base_tool.copy()
    lifted[2, 3] = min(lifted[2, 3] + context.params.lift_height_m, context.params.ceiling_m)
    yield from context.arm.move_to(lifted, "lift", careful=True)
    _require_grip(context, target, grasp, f"the {phrase} slipped while it was lifted")


def best_grasp(context: SkillContext, target: Target, neighbours: np.ndarray) -> Grasp:
    """Return the best grasp of a thing among its neighbours' points (N, 3) [m].

    Raises:
        TaskFailed: UNREACHABLE or GRASP_FAILED where there is none.
    """
    grasps = choose_grasps(
        target,
        context.gripper,
        GraspContext(
            neighbours_m=neighbours,
            work_area_m=context.params.work_area_m,
            tool_yaw_rad=context.arm.yaw_rad,
            failed=tuple(context.failed_grasps),
        ),
    )
    return grasps[0]


def grip(context: SkillContext, target: Target, grasp: Grasp, neighbours: np.ndarray) -> Steps:
    """Come in and close the fingers on a thing.

    Raises:
        TaskFailed: GRASP_FAILED where they close on nothing.
    """
    yield from _reach(context, grasp, neighbours)
    yield from context.arm.set_gripper(0.0, "grasp")
    message = f"the gripper closed on nothing at the {target.phrase}"
    _require_grip(context, target, grasp, message)


def _reach(context: SkillContext, grasp: Grasp, neighbours: np.ndarray) -> Steps:
    """Come in over the neighbours, above the grasp, and go down open."""
    arm, params = context.arm, context.params
    goal = grasp.T_base_tool
    here = arm.T_base_tool
    fingers = context.gripper.finger_depth_m
    over = travel_height(neighbours, here[:2, 3], goal[:2, 3]) + fingers + params.clearance_m
    height = min(max(goal[2, 3] + params.approach_height_m, over), params.ceiling_m)
    above = goal.copy()
    above[2, 3] = height
    if here[2, 3] < height - 0.01:
        up = here.copy()
        up[2, 3] = height
        yield from arm.move_to(up, "approach")
    yield from arm.move_to(above, "approach", opening=grasp.opening)
    yield from arm.move_until_contact(goal, "descend", 0.015)


def _require_grip(context: SkillContext, target: Target, grasp: Grasp, message: str) -> None:
    if context.arm.holds_something():
        return
    context.held = None
    context.failed_grasps.append(grasp.T_base_tool)
    raise TaskFailed(TerminationReason.GRASP_FAILED, message)


def _held(phrase: str, target: Target, grasp: Grasp, width_m: float) -> Held:
    T = grasp.T_base_tool
    yaw = float(np.arctan2(T[1, 0], T[0, 0]))
    offset = target.T_base_object[:2, 3] - T[:2, 3]
    cos, sin = np.cos(yaw), np.sin(yaw)
    turned = np.array([cos * offset[0] + sin * offset[1], -sin * offset[0] + cos * offset[1]])
    return Held(
        phrase=phrase,
        bottom_m=grasp.bottom_m,
        extent_m=target.extent_m,
        turn_rad=float(np.arctan2(target.T_base_object[1, 0], target.T_base_object[0, 0])) - yaw,
        offset_m=turned,
        width_m=width_m,
        place_m=target.T_base_object[:2, 3],
        target=target,
    )
