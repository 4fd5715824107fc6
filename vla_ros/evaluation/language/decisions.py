"""What a system would do with an instruction, without letting it move.

The pipeline runs as ever: it parses, looks, chooses, refuses and asks back. Only the head does not
move: it notes what it is given to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vla_ros.action.scene import destination_phrases
from vla_ros.action.skill_head import placing_relation
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.evaluation.case import Truths
from vla_ros.evaluation.language.variants import Right, Variant
from vla_ros.specs import ActionSpec, Representation, RotationFormat
from vla_ros.types import (
    ActionChunk,
    Look,
    Observation,
    SafeCommand,
    Skill,
    Target,
    Task,
    ToolCommand,
)

_REACH_M = 0.05
_PUTTING = (Skill.PLACE, Skill.PUT_IN, Skill.PUT_ON, Skill.STACK)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a system decided.

    Attributes:
        right: Act, refuse or ask back.
        task: With ACT: what it would do.
        thing: With ACT: where what it would act on is (3,) [m], or None.
        place: With ACT: where the place is (3,) [m], or None.
        message: What it said.
    """

    right: Right
    task: Task | None = None
    thing: np.ndarray | None = None
    place: np.ndarray | None = None
    message: str = ""


class DecidingHead:
    """An ActionHead that notes what it should do, and ends the instruction there."""

    def __init__(self, frame: str) -> None:
        """Make one for a base frame."""
        self._spec = ActionSpec(Representation.ABSOLUTE, RotationFormat.QUATERNION_XYZW, frame)
        self._task: Task | None = None
        self.noted: tuple[Task, Look] | None = None

    @property
    def spec(self) -> ActionSpec:
        """What the columns of its chunks would mean."""
        return self._spec

    def reset(self, task: Task) -> None:
        """Prepare for a task."""
        self._task = task

    def act(self, observation: Observation, look: Look) -> ActionChunk:
        """Note the task and what was seen.

        Raises:
            TaskFailed: Always: STOPPED, after which nothing moves.
        """
        if self._task is not None:
            self.noted = self._task, look
        raise TaskFailed(TerminationReason.STOPPED, "decided")


class StillRobot:
    """A RobotPort that looks but never moves; its time stands still until it is asked to tick."""

    def __init__(
        self, observation: Observation, look: Callable[[Observation, Sequence[str]], Look]
    ) -> None:
        """Look at one observation, by a perceiver's look."""
        self._observation, self._look = observation, look
        self._ticks = 0

    def observe(self) -> Observation:
        """Return the state of the arm."""
        return Observation({}, {}, self._observation.robot)

    def look(self, phrases: Sequence[str]) -> Look:
        """Return what the phrases mean in the picture."""
        return self._look(self._observation, phrases)

    def send(self, command: ToolCommand) -> None:
        """Take a request and do nothing."""

    def gate(self) -> SafeCommand | None:
        """Return nothing: there is no gate."""
        return None

    def arm(self) -> None:
        """Accept: nothing can move."""

    def tick(self) -> None:
        """Let 20 ms pass."""
        self._ticks += 1

    def now_ns(self) -> int:
        """Return the time [ns]."""
        return self._observation.robot.stamp_ns + 20_000_000 * self._ticks

    def canceled(self) -> TerminationReason | None:
        """Return None: nobody cancels."""
        return None


def decision_of(head: DecidingHead, reason: TerminationReason, message: str) -> Decision:
    """Return what was decided, by what the head noted and how the instruction ended."""
    if head.noted is None:
        asks = reason is TerminationReason.AMBIGUOUS
        return Decision(Right.ASK if asks else Right.REFUSE, message=message)
    task, look = head.noted
    phrases = destination_phrases(task)
    return Decision(
        Right.ACT,
        task,
        _position(look, task.object),
        _position(look, phrases[0] if phrases else None),
        message,
    )


def is_right(decision: Decision, variant: Variant, truths: Truths) -> bool:
    """Whether a decision is the right one for a variant, by the truth of its scene."""
    if decision.right is not variant.right:
        return False
    if variant.task is None or decision.task is None:
        return variant.right is not Right.ACT
    same_place = not variant.place or _means(decision.place, variant.place, truths)
    return (
        _deed(decision.task) == _deed(variant.task)
        and _means(decision.thing, variant.thing, truths)
        and same_place
    )


def _deed(task: Task) -> tuple[str, str]:
    """Return what a task does, so that two ways to say it are one."""
    relation = placing_relation(task)
    if task.skill in _PUTTING:
        return "put", relation.value if relation else ""
    if task.skill is Skill.PUSH:
        return "push", task.relation.value if task.relation else ""
    return task.skill.value, ""


def _position(look: Look, phrase: str | None) -> np.ndarray | None:
    targets: tuple[Target, ...] = ()
    if phrase is not None and phrase in look.groundings:
        targets = look.groundings[phrase].targets
    return targets[0].T_base_object[:3, 3] if targets else None


def _means(position_m: np.ndarray | None, name: str, truths: Truths) -> bool:
    """Whether a position is that of an object: nearer to it than to any other, and near."""
    if position_m is None:
        return False
    apart = {n: np.linalg.norm(t.T_base_object[:3, 3] - position_m) for n, t in truths.items()}
    reach = _REACH_M + 0.25 * float(np.max(truths[name].extent_m))
    return min(apart, key=lambda n: float(apart[n])) == name and float(apart[name]) <= reach
