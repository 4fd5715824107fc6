"""What an instruction parser is: text in, tasks, a refusal or a question out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vla_ros.types import Parse


class InstructionParser(Protocol):
    """Understands instructions."""

    def parse(self, text: str, scene: Sequence[str] = ()) -> Parse:
        """Return what the text asks for.

        Args:
            text: Anything a person may say or type; never trusted, of any length.
            scene: Phrases of what is known to be on the table, where that is known.
        """
        ...
