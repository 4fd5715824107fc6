"""What an instruction needs of a robot: ROS topics and a simulator both provide it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from vla_ros.errors import (
    GroundingError,
    ModelError,
    NoDepthError,
    TaskFailed,
    TerminationReason,
    VlaRosError,
)
from vla_ros.types import Look, Observation, SafeCommand, ToolCommand


class RobotPort(Protocol):
    """A robot behind its safety gate, with eyes."""

    def observe(self) -> Observation:
        """Return the newest robot state; frames may be empty.

        Raises:
            TaskFailed: JOINT_STATES_STALE.
        """
        ...

    def look(self, phrases: Sequence[str]) -> Look:
        """Look at the scene and find phrases in it; takes as long as that takes.

        Raises:
            TaskFailed: CAMERA_STALE, NO_DEPTH or MODEL_ERROR.
        """
        ...

    def send(self, command: ToolCommand) -> None:
        """Send a request to the safety gate."""
        ...

    def gate(self) -> SafeCommand | None:
        """Return the gate's newest report, or None where there was none yet."""
        ...

    def arm(self) -> None:
        """Ask the gate to accept commands.

        Raises:
            TaskFailed: SAFETY_REFUSED or ESTOPPED, with the gate's reason.
        """
        ...

    def tick(self) -> None:
        """Wait for the next control tick; in process, advance the simulator by one."""
        ...

    def now_ns(self) -> int:
        """Return the robot's time [ns]."""
        ...

    def canceled(self) -> TerminationReason | None:
        """Return why the instruction is to end now (CANCELED, STOPPED), or None."""
        ...


@runtime_checkable
class AnswersQuestions(Protocol):
    """A robot whose eyes answer questions themselves, perhaps by a model that sees."""

    def ask(self, question: str) -> str:
        """Return the answer to a question about what is seen.

        Raises:
            TaskFailed: REFUSED, with the reason why there is none.
        """
        ...


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is going on.

    Attributes:
        stage: Its name ("approach", "grasp").
        progress: 0..1 over the whole instruction.
        T_base_target: (4, 4) where the tool is going, or None.
        sentence: The same for people.
    """

    stage: str
    progress: float
    T_base_target: np.ndarray | None
    sentence: str


OnFeedback = Callable[[Feedback], None]


def look_failure(error: VlaRosError) -> TaskFailed:
    """Return how an instruction ends when a look fails, for every port to raise."""
    if isinstance(error, NoDepthError):
        return TaskFailed(TerminationReason.NO_DEPTH, str(error))
    if isinstance(error, ModelError):
        return TaskFailed(TerminationReason.MODEL_ERROR, str(error))
    if isinstance(error, GroundingError):
        return TaskFailed(TerminationReason.CAMERA_STALE, str(error))
    return TaskFailed(TerminationReason.INTERNAL_ERROR, str(error))
