"""How the grammar gives up: with a reason, or with a question back."""

from __future__ import annotations

from vla_ros.errors import VlaRosError


class NotUnderstood(VlaRosError):
    """The words cannot be understood; the message is the reason, for people."""


class NeedsAnswer(VlaRosError):
    """The words may mean several things; the message is the question that would settle it.

    Attributes:
        about: As in Parse.
    """

    def __init__(self, question: str, about: str | None = None) -> None:
        """Ask a question, about words that its answer replaces."""
        super().__init__(question)
        self.about = about
