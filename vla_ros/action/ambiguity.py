"""A phrase that means several things, as the failure that may be settled by asking."""

from __future__ import annotations

from collections.abc import Sequence

from vla_ros.action.wording import lie_sideways, which_one
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.types import Target


class Ambiguous(TaskFailed):
    """A phrase means several things; the message asks which one.

    Attributes:
        phrase: The phrase.
        things: What it may mean.
        sideways: Whether the things lie side by side for the viewer rather than one behind another.
    """

    def __init__(self, phrase: str, things: Sequence[Target], viewer_yaw_rad: float) -> None:
        """Ask which of the things a phrase means."""
        question = which_one(phrase, things, viewer_yaw_rad)
        super().__init__(TerminationReason.AMBIGUOUS, question)
        self.phrase, self.things = phrase, tuple(things)
        self.sideways = lie_sideways(things, viewer_yaw_rad)
