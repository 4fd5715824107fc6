"""Grounders made of two models: one proposes boxes, another weighs them or finds their pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vla_ros.errors import ModelError
from vla_ros.perception.grounder import Grounder, Masker, RegionScorer, placement_of
from vla_ros.types import CameraFrame, Detection

LEAST_PROBABILITY = 0.2
"""Boxes that are less probable are not worth a second model's time."""
MOST_BOXES = 32
"""Most boxes of one picture that the second model looks at, the best first."""
_MIN_MASK_PX = 12


class RerankingGrounder:
    """Lets a second model weigh one phrase's boxes against each other.

    The box that fits its phrase best keeps its probability; the others lose, in log-odds, as much
    as they fit worse. So it can settle which of two is meant, but never make up one that the
    proposer did not see.
    """

    def __init__(self, proposer: Grounder, scorer: RegionScorer, weight: float) -> None:
        """Make one of two models.

        Args:
            proposer: Finds boxes.
            scorer: Weighs them.
            weight: How much the second opinion counts, 0 for nothing.
        """
        self._proposer, self._scorer, self._weight = proposer, scorer, weight
        self.placement = f"{placement_of(proposer)}; re-ranked by {placement_of(scorer)}"

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return the proposer's detections with new probabilities; raises as both models do."""
        found = self._proposer.ground(frame, phrases)
        worth = _worth_a_look(found)
        columns = list(dict.fromkeys(found[i].phrase for i in worth))
        if len(worth) < 2:
            return found
        boxes_px = np.stack([found[i].box_px for i in worth])
        fits = self._scorer.score(frame, boxes_px, columns)
        if fits.shape != (len(worth), len(columns)) or not np.isfinite(fits).all():
            raise ModelError(
                f"the re-ranker gave {fits.shape} scores for {len(worth)} boxes and "
                f"{len(columns)} phrases, or some that are not finite"
            )
        for column, phrase in enumerate(columns):
            rows = [row for row, i in enumerate(worth) if found[i].phrase == phrase]
            best = max(fits[row, column] for row in rows)
            for row in rows:
                loss = self._weight * float(best - fits[row, column])
                found[worth[row]] = _less_probable(found[worth[row]], loss)
        return found


class MaskingGrounder:
    """Adds the pixels of each thing to another model's boxes."""

    def __init__(self, proposer: Grounder, masker: Masker) -> None:
        """Make one of two models."""
        self._proposer, self._masker = proposer, masker
        self.placement = f"{placement_of(proposer)}; masks by {placement_of(masker)}"

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return the proposer's detections with masks; raises as both models do.

        A mask is cut to its box. One with hardly a pixel in it is left out: the box alone is the
        better answer.
        """
        found = self._proposer.ground(frame, phrases)
        worth = [i for i in _worth_a_look(found) if found[i].mask is None]
        if not worth:
            return found
        masks = self._masker.masks(frame, np.stack([found[i].box_px for i in worth]))
        shape = (len(worth), *frame.rgb.shape[:2])
        if masks.shape != shape:
            raise ModelError(f"the masker gave masks of shape {masks.shape} in place of {shape}")
        for i, mask in zip(worth, masks, strict=True):
            inside = _within(mask, found[i].box_px)
            if int(inside.sum()) >= _MIN_MASK_PX:
                found[i] = replace(found[i], mask=inside)
        return found


def _worth_a_look(found: Sequence[Detection]) -> list[int]:
    probable = [i for i, detection in enumerate(found) if detection.score >= LEAST_PROBABILITY]
    return sorted(probable, key=lambda i: -found[i].score)[:MOST_BOXES]


def _less_probable(detection: Detection, loss_nats: float) -> Detection:
    odds = detection.score / max(1.0 - detection.score, 1e-9) * np.exp(-loss_nats)
    return replace(detection, score=float(odds / (1.0 + odds)))


def _within(mask: np.ndarray, box_px: np.ndarray) -> np.ndarray:
    """Return the part (H, W) of a mask that lies in a box x0, y0, x1, y1 [px]."""
    x0, y0 = (int(v) for v in np.floor(np.maximum(box_px[:2], 0.0)))
    x1, y1 = (int(v) for v in np.ceil(box_px[2:]))
    inside = np.zeros_like(mask, dtype=bool)
    inside[y0:y1, x0:x1] = mask[y0:y1, x0:x1]
    return inside
