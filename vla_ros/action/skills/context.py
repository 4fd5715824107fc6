"""What every skill works with: the arm, the look, what is held, and what failed before."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from vla_ros.action.arm import Arm
from vla_ros.action.gripper import Gripper
from vla_ros.action.held import Held, LetGo
from vla_ros.action.points import inside_box
from vla_ros.action.space import neighbour_points, other_points
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.language.referring import anchor_phrases
from vla_ros.params import RobotParams, SkillParams
from vla_ros.types import Look, Target, Task

_OPENING_SHARE = 0.8
_FLOOR_M = 0.015
_UNKNOWN_M = 0.15
"""What something in the hand that nobody saw being taken may reach below the tool."""


@dataclass(slots=True)
class SkillContext:
    """State that skills share; the head owns it."""

    arm: Arm
    gripper: Gripper
    params: SkillParams
    robot: RobotParams
    T_base_home: np.ndarray
    held: Held | None = None
    let_go: LetGo | None = None
    failed_grasps: list[np.ndarray] = field(default_factory=list)
    push_blocked: bool = False
    look: Look | None = None

    def target(self, phrase: str) -> Target:
        """Return the best target of a phrase in the newest look.

        Raises:
            TaskFailed: NOT_FOUND where the look has none.
        """
        grounding = self.look.groundings.get(phrase) if self.look is not None else None
        if grounding is None or not grounding.targets:
            reason = grounding.reason if grounding is not None else ""
            raise TaskFailed(TerminationReason.NOT_FOUND, reason or f"there is no {phrase} in view")
        return grounding.targets[0]

    def two_targets(self, phrase: str) -> tuple[Target, Target]:
        """Return the two things that a phrase such as "bowl and plate" or "two bowls" names.

        Raises:
            TaskFailed: NOT_FOUND where fewer than two were found.
        """
        names = anchor_phrases(phrase)
        if len(names) == 2:
            return self.target(names[0]), self.target(names[1])
        self.target(phrase)
        found = self.look.groundings[phrase].targets if self.look is not None else ()
        if len(found) < 2:
            raise TaskFailed(TerminationReason.NOT_FOUND, f"there is only one {phrase} in view")
        return found[0], found[1]

    def neighbours(self, *own: Target) -> np.ndarray:
        """Return (M, 3) points [m] of everything seen but the given things and what is held."""
        if self.look is None:
            return np.zeros((0, 3))
        points = neighbour_points(self.look, *own)
        if self.held is None:
            return points
        T = self.arm.robot.T_base_tool
        radius = float(np.hypot(*self.held.extent_m[:2])) / 2.0 + 0.03
        at_hand = np.hypot(*(points[:, :2] - T[:2, 3]).T) < radius
        return np.asarray(points[~(at_hand & (points[:, 2] > T[2, 3] - self.held.bottom_m - 0.02))])

    def contents(self, container: Target) -> np.ndarray:
        """Return (N, 3) points [m] of other things that are in a container."""
        if self.look is None:
            return np.zeros((0, 3))
        points = other_points(self.look, container)
        over = container.extent_m.copy()
        over[:2] *= _OPENING_SHARE
        inside = points[inside_box(points, container.T_base_object, over, 0.0)]
        floor = container.T_base_object[2, 3] - container.extent_m[2] / 2.0
        return np.asarray(inside[inside[:, 2] > floor + _FLOOR_M])

    def below_tool_m(self) -> float:
        """Return how far the fingers, or what they hold, reach below the tool [m]."""
        if self.held is not None:
            return self.held.bottom_m
        return _UNKNOWN_M if self.arm.holds_something() else self.gripper.finger_depth_m

    def require_held(self) -> None:
        """Raise TaskFailed DROPPED unless the fingers are kept apart by something."""
        if not self.arm.holds_something():
            phrase = self.held.phrase if self.held is not None else "thing"
            self.held = None
            raise TaskFailed(TerminationReason.DROPPED, f"the {phrase} slipped out of the gripper")


def named(task: Task) -> str:
    """Return the object phrase of a task that must have one.

    Raises:
        TaskFailed: REFUSED where nothing was named.
    """
    if task.object is None:
        raise TaskFailed(TerminationReason.REFUSED, f"say what to {task.skill.value}")
    return task.object
