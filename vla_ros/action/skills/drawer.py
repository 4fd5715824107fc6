"""Opening and closing a drawer by its handle."""

from __future__ import annotations

import numpy as np

from vla_ros.action.arm import Steps
from vla_ros.action.handle import Handle, find_handle
from vla_ros.action.skills.context import SkillContext
from vla_ros.action.skills.place import go_home
from vla_ros.action.space import travel_height
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.geometry import tool_down

_BITE_M = 0.012
_STOPPED_SHORT_M = 0.06
_START_GAP_M = 0.03
_BACK_OFF_M = 0.02


def open_drawer(context: SkillContext, phrase: str) -> Steps:
    """Take a drawer's handle from above, pull it out, let go and go home.

    Raises:
        TaskFailed: GRASP_FAILED where the fingers miss the handle or lose it.
    """
    _require_free_hand(context)
    target = context.target(phrase)
    handle = find_handle(target, context.neighbours(target))
    grip = _grip_pose(context, handle)
    yield from _come_in(context, grip, 1.0)
    yield from context.arm.set_gripper(0.0, "grasp")
    if not context.arm.holds_something():
        raise TaskFailed(
            TerminationReason.GRASP_FAILED, f"the gripper missed the handle of the {phrase}"
        )
    pulled = grip.copy()
    pulled[:2, 3] += context.params.drawer_travel_m * handle.outward
    yield from context.arm.move_until_contact(pulled, "pull", _STOPPED_SHORT_M)
    lost = not context.arm.holds_something()
    yield from context.arm.set_gripper(1.0, "release")
    yield from _leave(context)
    if lost:
        raise TaskFailed(
            TerminationReason.GRASP_FAILED, f"the handle of the {phrase} slipped while pulled"
        )


def close_drawer(context: SkillContext, phrase: str) -> Steps:
    """Push a drawer's handle in with the outside of a finger until it stops, and go home.

    Pushed with the gap between the fingers, the handle would wedge them apart.
    """
    _require_free_hand(context)
    target = context.target(phrase)
    handle = find_handle(target, context.neighbours(target))
    yaw = float(np.arctan2(handle.outward[1], handle.outward[0])) + np.pi / 2.0
    natural = float(np.arctan2(handle.tip_m[1], handle.tip_m[0]))
    yaw += np.pi if np.cos(yaw - natural) < 0.0 else 0.0
    before = _lowest(context, handle)
    before[:2] += (context.gripper.finger_thickness_m + _START_GAP_M) * handle.outward
    after = before.copy()
    after[:2] -= (_START_GAP_M + context.params.drawer_travel_m) * handle.outward
    yield from context.arm.set_gripper(0.0, "approach")
    yield from _come_in(context, tool_down(before, yaw), 0.0)
    yield from context.arm.creep(tool_down(after, yaw), "push")
    back = context.arm.T_base_tool.copy()
    back[:2, 3] += _BACK_OFF_M * handle.outward
    yield from context.arm.move_to(back, "retreat", careful=True)
    yield from _leave(context)


def _require_free_hand(context: SkillContext) -> None:
    if context.held is not None and context.arm.holds_something():
        raise TaskFailed(
            TerminationReason.REFUSED,
            f"the gripper holds the {context.held.phrase}: say where to put it first",
        )
    context.held = None


def _grip_pose(context: SkillContext, handle: Handle) -> np.ndarray:
    """Return the pose whose fingers close across the handle, with the natural one of two yaws."""
    along = np.arctan2(handle.outward[1], handle.outward[0])
    natural = np.arctan2(handle.tip_m[1], handle.tip_m[0])
    yaw = (
        along
        if abs(np.cos(along - natural)) > 1e-9 and np.cos(along - natural) > 0
        else (along + np.pi)
    )
    return tool_down(_lowest(context, handle), float(yaw))


def _lowest(context: SkillContext, handle: Handle) -> np.ndarray:
    """Return where the tool takes the handle: deep enough, above the table."""
    lowest = context.gripper.finger_depth_m + 0.005
    height = max(lowest, min(float(handle.tip_m[2]), handle.top_m - _BITE_M))
    return np.array([handle.tip_m[0], handle.tip_m[1], height])


def _come_in(context: SkillContext, goal: np.ndarray, opening: float) -> Steps:
    arm, params = context.arm, context.params
    here = arm.T_base_tool
    over = travel_height(context.neighbours(), here[:2, 3], goal[:2, 3])
    height = min(
        max(over + context.gripper.finger_depth_m + params.clearance_m, goal[2, 3] + 0.05),
        params.ceiling_m,
    )
    above = goal.copy()
    above[2, 3] = height
    if here[2, 3] < height - 0.01:
        up = here.copy()
        up[2, 3] = height
        yield from arm.move_to(up, "approach")
    yield from arm.move_to(above, "approach", opening=opening)
    yield from arm.move_to(goal, "descend", careful=True)


def _leave(context: SkillContext) -> Steps:
    up = context.arm.T_base_tool.copy()
    up[2, 3] = min(up[2, 3] + context.params.approach_height_m, context.params.ceiling_m)
    yield from context.arm.move_to(up, "retreat", careful=True)
    yield from go_home(context, opening=1.0)
