"""What a grounding model is: a picture and phrases in, boxes with scores out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from vla_ros.perception.scene_search import SceneEncoder
from vla_ros.types import CameraFrame, Detection


class Grounder(Protocol):
    """Finds phrases in a picture. Phrases are simple ("red cube"); relations are not its job."""

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return every box that a phrase names, for all phrases, each with a calibrated score.

        Raises:
            ModelError: The model's output is not what its format promises.
        """
        ...


class RegionScorer(Protocol):
    """Says how well parts of a picture fit phrases: the second opinion on a grounder's boxes."""

    def score(self, frame: CameraFrame, boxes_px: np.ndarray, phrases: Sequence[str]) -> np.ndarray:
        """Return (N, Q) log-likelihood ratios; only differences within a column mean something.

        Args:
            frame: The picture.
            boxes_px: (N, 4) x0, y0, x1, y1 [px], not empty.
            phrases: Q phrases; unlike a grounder's they may be whole referring expressions.

        Raises:
            ModelError: The model's output is not what its format promises.
        """
        ...


class Encoder(RegionScorer, SceneEncoder, Protocol):
    """A dual encoder: compares parts of pictures, or whole ones, with phrases."""


class Masker(Protocol):
    """Finds the pixels of the thing in a box."""

    def masks(self, frame: CameraFrame, boxes_px: np.ndarray) -> np.ndarray:
        """Return (N, H, W) bool, one for each of (N, 4) boxes x0, y0, x1, y1 [px].

        Raises:
            ModelError: The model's output is not what its format promises.
        """
        ...


def placement_of(model: object) -> str:
    """Return what a model is and where it runs, in words for people."""
    return str(getattr(model, "placement", type(model).__name__))


def warm_up(grounder: Grounder, width_px: int, height_px: int) -> None:
    """Look at a grey picture once: what is compiled, allocated or broken shows before it counts.

    Raises:
        ModelError: It fails.
    """
    gray = np.full((height_px, width_px, 3), 127, np.uint8)
    grounder.ground(CameraFrame(gray, None, np.eye(3), "", 0), ["object"])
