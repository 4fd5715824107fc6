"""What a grounding model is: a picture and phrases in, boxes with scores out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vla_ros.types import CameraFrame, Detection


class Grounder(Protocol):
    """Finds phrases in a picture. Phrases are simple ("red cube"); relations are not its job."""

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return every box that a phrase names, for all phrases, each with a calibrated score.

        Raises:
            ModelError: The model's output is not what its format promises.
        """
        ...
