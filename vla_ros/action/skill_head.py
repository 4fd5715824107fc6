"""The action head of scripted skills: which skill does what, behind the one protocol."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vla_ros.action.arm import Arm, Steps
from vla_ros.action.gripper import Gripper
from vla_ros.action.held import Held, LetGo
from vla_ros.action.skills.context import SkillContext, named
from vla_ros.action.skills.drawer import close_drawer, open_drawer
from vla_ros.action.skills.pick import pick
from vla_ros.action.skills.place import (
    go_home,
    put_beside,
    put_between,
    put_down,
    put_in,
    put_on,
)
from vla_ros.action.skills.push import point_at, push
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.language.lexicon import TABLES
from vla_ros.params import RobotParams, SkillParams
from vla_ros.specs import ActionSpec
from vla_ros.types import ActionChunk, Look, Observation, Relation, Skill, Task

_OTHER_WIDTH_M = 0.012


class SkillHead:
    """Implements ActionHead by geometry: no learning, each step confirmed by the robot's state."""

    def __init__(self, skills: SkillParams, robot: RobotParams, T_base_home: np.ndarray) -> None:
        """Make a head for a robot.

        Args:
            skills: Speeds, heights, tolerances, sizes of the gripper.
            robot: Facts of the robot.
            T_base_home: (4, 4) tool pose of the home posture, clear of the camera's view.
        """
        self._context = SkillContext(
            arm=Arm(skills, robot),
            gripper=Gripper.of(robot, skills),
            params=skills,
            robot=robot,
            T_base_home=T_base_home,
        )
        self._task: Task | None = None
        self._object: str | None = None
        self._steps: Steps | None = None

    @property
    def spec(self) -> ActionSpec:
        """Absolute poses with quaternions in the robot's base frame."""
        return self._context.arm.spec

    @property
    def held(self) -> Held | None:
        """What the head believes the gripper holds."""
        return self._context.held

    @property
    def let_go(self) -> LetGo | None:
        """What it let go of in the present task, or None where it did not."""
        return self._context.let_go

    def change_params(self, skills: SkillParams) -> None:
        """Take new parameters, from the next motion on."""
        context = self._context
        context.params = context.arm.params = skills
        context.gripper = Gripper.of(context.robot, skills)

    def reset(self, task: Task) -> None:
        """Prepare for a task; the same thing again is a retry, which avoids what failed before."""
        if task.object is not None and task.object != self._object:
            self._context.failed_grasps.clear()
            self._context.push_blocked = False
            self._object = task.object
        self._task = task
        self._steps = None
        if task.skill is not Skill.HOME:  # going home may only clear the view for a second look
            self._context.let_go = None
        self._context.arm.restart()

    def act(self, observation: Observation, look: Look) -> ActionChunk:
        """Return the next chunk of the task that reset named.

        Raises:
            TaskFailed: The task cannot go on, or none was named.
        """
        if self._task is None:
            raise TaskFailed(TerminationReason.INTERNAL_ERROR, "the head was not given a task")
        self._context.arm.update(observation)
        self._context.look = look
        if self._steps is None:
            self._forget_what_is_gone()
            self._steps = skill_steps(self._context, self._task)
        try:
            return next(self._steps)
        except StopIteration:
            return self._context.arm.last_chunk("done")

    def _forget_what_is_gone(self) -> None:
        """Let go of what was held where somebody took it, or set the scene anew."""
        held, arm = self._context.held, self._context.arm
        if held is None:
            return
        if not arm.holds_something() or abs(arm.width_m - held.width_m) > _OTHER_WIDTH_M:
            self._context.held = None


def skill_steps(context: SkillContext, task: Task) -> Steps:
    """Return the generator that does a task.

    Raises:
        TaskFailed: REFUSED where the skill needs no motion, or misses what it acts on.
    """
    simple: dict[Skill, Callable[[SkillContext, str], Steps]] = {
        Skill.PICK: pick,
        Skill.OPEN: open_drawer,
        Skill.CLOSE: close_drawer,
        Skill.POINT_AT: point_at,
    }
    if task.skill in simple:
        return simple[task.skill](context, named(task))
    if task.skill is Skill.PUSH:
        return push(context, named(task), task)
    if task.skill is Skill.HOME:
        return go_home(context, opening=None if context.arm.holds_something() else 1.0)
    if task.skill is Skill.RELEASE:
        return put_down(context)
    if task.skill in (Skill.PLACE, Skill.PUT_IN, Skill.PUT_ON, Skill.STACK):
        return _pick_and_place(context, task)
    raise TaskFailed(TerminationReason.REFUSED, f"'{task.skill.value}' is not a motion")


def _pick_and_place(context: SkillContext, task: Task) -> Steps:
    if task.object is not None:
        yield from pick(context, task.object)
    relation = placing_relation(task)
    if task.destination is None or relation is None:
        yield from put_down(context)
    elif relation is Relation.IN:
        yield from put_in(context, task.destination)
    elif relation is Relation.ON:
        yield from put_on(context, task.destination)
    elif relation is Relation.BETWEEN:
        yield from put_between(context, *context.two_targets(task.destination))
    else:
        yield from put_beside(context, task.destination, relation)


def placing_relation(task: Task) -> Relation | None:
    """Return how the object ends at the destination: what the skill implies, else what was said.

    None where it is only to be put down: nothing was said, or the table itself.
    """
    implied = {Skill.PUT_IN: Relation.IN, Skill.PUT_ON: Relation.ON, Skill.STACK: Relation.ON}
    if task.destination in TABLES:
        return None
    said = task.relation or (Relation.NEXT_TO if task.destination is not None else None)
    return implied.get(task.skill, said)
