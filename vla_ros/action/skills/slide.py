"""Moving a thing over the table in the grip, where pushing it was blocked."""

from __future__ import annotations

import numpy as np

from vla_ros.action.arm import Steps
from vla_ros.action.placing import RELEASE_SPARE_M
from vla_ros.action.skills.context import SkillContext
from vla_ros.action.skills.pick import best_grasp, grip
from vla_ros.action.skills.place import go_home
from vla_ros.types import Target

_LIFT_M = 0.01


def slide(context: SkillContext, target: Target, direction: np.ndarray, way_m: float) -> Steps:
    """Grasp a thing, take it just off the table, move it some way and set it down.

    Args:
        context: The arm and what stands around.
        target: The thing.
        direction: (2,) unit vector.
        way_m: How far [m].

    Raises:
        TaskFailed: As when it is picked.
    """
    neighbours = context.neighbours(target)
    grasp = best_grasp(context, target, neighbours)
    yield from grip(context, target, grasp, neighbours)
    way = np.r_[way_m * direction, 0.0]
    for step in (np.array([0.0, 0.0, _LIFT_M]), way, np.array([0.0, 0.0, -_LIFT_M])):
        goal = context.arm.T_base_tool.copy()
        goal[:3, 3] += step
        yield from context.arm.move_to(goal, "push", careful=True)
    spare = context.gripper.opening(context.arm.width_m + RELEASE_SPARE_M)
    yield from context.arm.set_gripper(spare, "release")
    up = context.arm.T_base_tool.copy()
    up[2, 3] = min(up[2, 3] + context.params.approach_height_m, context.params.ceiling_m)
    yield from context.arm.move_to(up, "retreat", careful=True)
    yield from go_home(context, opening=1.0)
