"""From what a zero-shot detector puts out to detections: calibration, boxes, one thing once.

The scores of these models are no probabilities: each family has a raw score that its authors use
as threshold, and it becomes the probability 0.5. In log-odds that is a shift:
logit(p) = logit(raw) - logit(even).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vla_ros.backends.tabletop_frames import distinct
from vla_ros.errors import ModelError
from vla_ros.types import Detection

LEAST_PROBABILITY = 0.05
"""Less probable boxes are left out."""
MOST_OVERLAP = 0.5
"""Boxes of one phrase that overlap more than this are the same thing."""
_MOST_CANDIDATES = 100
_MIN_SIDE_PX = 1.0


def probability(raw: np.ndarray, even_score: float) -> np.ndarray:
    """Return probabilities of raw scores in 0..1, of which even_score becomes 0.5."""
    inside = np.clip(np.asarray(raw, float), 1e-9, 1.0 - 1e-9)
    shifted = np.log(inside / (1.0 - inside)) - np.log(even_score / (1.0 - even_score))
    return np.asarray(1.0 / (1.0 + np.exp(-shifted)))


def corners_px(boxes: np.ndarray, width_px: float, height_px: float) -> np.ndarray:
    """Return (N, 4) x0, y0, x1, y1 [px] of (N, 4) centre x, centre y, width, height fractions."""
    half = boxes[:, 2:] / 2.0
    corners = np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)
    return np.asarray(corners * np.array([width_px, height_px, width_px, height_px]))


def detections(
    phrases: Sequence[str],
    raw_scores: np.ndarray,
    boxes_px: np.ndarray,
    size_px: tuple[int, int],
    even_score: float,
) -> list[Detection]:
    """Return the boxes that phrases name, phrase by phrase, the most probable first.

    A box may answer several phrases ("cube" and "red cube" are both right).

    Args:
        phrases: Q phrases.
        raw_scores: (P, Q) in 0..1.
        boxes_px: (P, 4) x0, y0, x1, y1 [px] in the picture that was given.
        size_px: (height, width) of that picture.
        even_score: Raw score that becomes the probability 0.5.

    Raises:
        ModelError: The shapes do not belong together, or a value is not finite.
    """
    count = len(boxes_px)
    if raw_scores.shape != (count, len(phrases)) or boxes_px.shape != (count, 4):
        raise ModelError(
            f"the detector gave scores of shape {raw_scores.shape} and boxes of shape "
            f"{boxes_px.shape} for {len(phrases)} phrases"
        )
    if not (np.isfinite(raw_scores).all() and np.isfinite(boxes_px).all()):
        raise ModelError("the detector's output is not finite: another model_dtype may help")
    height, width = size_px
    boxes_px = np.clip(boxes_px, 0.0, np.array([width, height, width, height]))
    visible = (boxes_px[:, 2:] - boxes_px[:, :2]).min(axis=1) >= _MIN_SIDE_PX
    scores = probability(raw_scores, even_score)
    found: list[Detection] = []
    for column, phrase in enumerate(phrases):
        of_phrase = scores[:, column]
        (candidates,) = np.nonzero((of_phrase >= LEAST_PROBABILITY) & visible)
        candidates = candidates[np.argsort(-of_phrase[candidates], kind="stable")]
        candidates = candidates[:_MOST_CANDIDATES]
        for index in distinct(boxes_px[candidates], of_phrase[candidates], MOST_OVERLAP):
            cell = candidates[index]
            box_px = boxes_px[cell].astype(np.float32)
            found.append(Detection(phrase, box_px, float(of_phrase[cell])))
    return found
