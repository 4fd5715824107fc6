"""How the grammar gives up: with a reason, or with a question back."""

from __future__ import annotations

from vla_ros.errors import VlaRosError


class NotUnderstood(VlaRosError):
    """The words cannot be understood; the message is the reason, for people."""


class NeedsAnswer(VlaRosError):
    """The words may mean several things; the message is the question that would settle it."""
