"""What a visual question answerer is: a picture and a question in, a sentence out."""

from __future__ import annotations

from typing import Protocol

from vla_ros.types import CameraFrame


class Answerer(Protocol):
    """Answers questions about a picture, in words for people. Nothing acts on its answers."""

    def answer(self, frame: CameraFrame, question: str) -> str:
        """Return an answer on one line, of bounded length.

        Args:
            frame: What to look at.
            question: Anything a person may ask; never trusted, of any length.

        Raises:
            ModelError: The model failed or gave no answer.
        """
        ...
