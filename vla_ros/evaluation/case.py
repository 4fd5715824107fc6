"""An instruction together with what it means and how it should end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vla_ros.errors import TerminationReason
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.predicates import satisfied
from vla_ros.types import Skill, Task

Truths = Mapping[str, ObjectTruth]


@dataclass(frozen=True, slots=True)
class Case:
    """An instruction and what it means.

    Attributes:
        family: The task family it was drawn for.
        instruction: What is said.
        task: What must be understood; None where the instruction must be refused.
        objects: Names of what the object phrase means.
        destinations: Names of what the destination means.
        expected: How the instruction should end.
        viewer_yaw_rad: Whose left counts (RobotParams.viewer_yaw_rad).
        meanings: Names by phrase, for every phrase of the task.
    """

    family: str
    instruction: str
    task: Task | None
    objects: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    expected: TerminationReason = TerminationReason.SUCCEEDED
    viewer_yaw_rad: float = np.pi
    meanings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def resolve(self, phrase: str) -> Sequence[str]:
        """Return the names of the objects that a phrase of the task means."""
        return self.meanings.get(phrase, ())

    def succeeded(
        self,
        reason: TerminationReason,
        before: Truths,
        after: Truths,
        T_base_tool: np.ndarray | None = None,
    ) -> bool:
        """Return whether the instruction ended as it should, by what was said and what is true.

        Args:
            reason: How it was said to have ended.
            before: Ground truth before it.
            after: Ground truth after it.
            T_base_tool: (4, 4) pose of the tool after it; only pointing needs it.
        """
        if reason is not self.expected:
            return False
        task = self.task if self.expected is TerminationReason.SUCCEEDED else None
        judged = task or Task(Skill.HOME)
        return satisfied(judged, before, after, self.viewer_yaw_rad, self.resolve, T_base_tool)
