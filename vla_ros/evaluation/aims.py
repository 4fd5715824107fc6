"""What a suite's measures should reach."""

from __future__ import annotations

import re
from dataclasses import dataclass

_AIM = re.compile(r"(<=|>=) *([0-9]+(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class Aim:
    """What a measure should reach.

    Attributes:
        at_least: Whether more is better.
        bound: The value that counts as reached.
    """

    at_least: bool
    bound: float

    @classmethod
    def parse(cls, text: str) -> Aim:
        """Read ">= 0.99" or "<= 5".

        Raises:
            ValueError: It is none.
        """
        read = _AIM.fullmatch(text.strip())
        if read is None:
            raise ValueError(f"an aim is like '>= 0.99' or '<= 5', not '{text}'")
        return cls(read[1] == ">=", float(read[2]))

    def reached(self, value: float) -> bool:
        """Whether a value is as good as this."""
        return value >= self.bound if self.at_least else value <= self.bound
