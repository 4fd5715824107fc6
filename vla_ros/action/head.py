"""What an action head is: scripted skills and learned policies both implement this."""

from __future__ import annotations

from typing import Protocol

from vla_ros.specs import ActionSpec
from vla_ros.types import ActionChunk, Look, Observation, Task


class ActionHead(Protocol):
    """Turns what is seen into the next actions, closed loop."""

    @property
    def spec(self) -> ActionSpec:
        """What the columns of its chunks mean."""
        ...

    def reset(self, task: Task) -> None:
        """Forget the last task and prepare for this one."""
        ...

    def act(self, observation: Observation, look: Look) -> ActionChunk:
        """Return what to do next, given the newest observation and the newest look.

        Called again when the last chunk has been played. The chunk that ends the task has
        `last` set.

        Raises:
            TaskFailed: The task cannot go on (missed grasp, unreachable pose ...).
        """
        ...
