"""Which of a model's detections are worth looking at further."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vla_ros.errors import ModelError
from vla_ros.params import PerceptionParams
from vla_ros.perception.relations import overlap
from vla_ros.types import Detection


def credible(
    detections: Sequence[Detection],
    phrases: Sequence[str],
    shape: tuple[int, ...],
    params: PerceptionParams,
) -> list[Detection]:
    """Return the detections that count, the best first; each thing once for each phrase.

    The same box may answer several phrases.

    Args:
        detections: What the grounder returned.
        phrases: What it was asked for.
        shape: Shape (H, W) of the picture.
        params: Thresholds.

    Raises:
        ModelError: A detection answers what was not asked, or is not finite.
    """
    asked = set(phrases)
    for detection in detections:
        if detection.phrase not in asked:
            raise ModelError(f"the grounder answers '{detection.phrase}', which was not asked")
        if not (np.isfinite(detection.score) and np.all(np.isfinite(detection.box_px))):
            raise ModelError(
                f"the grounder gives '{detection.phrase}' score {detection.score} and box "
                f"{np.asarray(detection.box_px).tolist()}: both must be finite"
            )
    largest_px = params.max_box_share * shape[0] * shape[1]
    kept: list[Detection] = []
    for detection in sorted(detections, key=lambda d: -d.score):
        if detection.score < params.score_threshold or _area(detection.box_px) > largest_px:
            continue
        if not any(_same(detection, other, params.overlap_threshold) for other in kept):
            kept.append(detection)
    return kept


def _same(first: Detection, second: Detection, threshold: float) -> bool:
    return first.phrase == second.phrase and overlap(first.box_px, second.box_px) > threshold


def _area(box: np.ndarray) -> float:
    return float(np.prod(np.maximum(box[2:] - box[:2], 0.0)))
