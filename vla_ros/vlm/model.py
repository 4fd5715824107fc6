"""What a vision-language model is: a prompt and a picture in, text out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vla_ros.vlm.dialects import Dialect
from vla_ros.vlm.reply_forms import ReplyForm


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One question to a model.

    Attributes:
        text: The user's turn; everything in it that came from outside was made plain before.
        form: What the reply must look like; a backend that can constrain its decoding does.
        rgb: (H, W, 3) uint8 as the model shall see it, or None for a question without a picture.
        system: The system turn, for models that have one.
    """

    text: str
    form: ReplyForm
    rgb: np.ndarray | None = None
    system: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A model's reply; text from outside, to be parsed strictly.

    Attributes:
        text: The reply without the end-of-text token.
        probability: Geometric mean of its tokens' probabilities where the model tells, else None.
    """

    text: str
    probability: float | None = None


class VisionLanguageModel(Protocol):
    """Answers one request at a time; may be called from any thread."""

    @property
    def dialect(self) -> Dialect:
        """How the model's family is asked and how it writes boxes."""
        ...

    def ask(self, request: Request) -> Said:
        """Return the reply.

        Raises:
            ModelError: The model failed, was not reachable in time, or its reply was cut off.
        """
        ...
