"""How well the detector finds and refuses, by kind of phrase."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from tokenizers import Tokenizer

from vla_ros.backends.tabletop_detector import TabletopDetectorForZeroShotObjectDetection
from vla_ros.backends.tabletop_frames import detections, letterbox, overlap
from vla_ros.evaluation.calibration import calibration_error
from vla_ros.training.detector_batches import encode, pixel_values
from vla_ros.training.labelled_pictures import LabelledObject, LabelledPictures
from vla_ros.training.phrases import ABSENT_KINDS, PRESENT_KINDS, PhraseMaker, Query
from vla_ros.training.training_views import LEAST_VISIBLE_FRACTION

LEAST_OVERLAP = 0.5
_LEAST_SCORE = 1e-6


@dataclass(frozen=True, slots=True)
class Answer:
    """What the detector said to one phrase about one picture.

    Attributes:
        kind: Kind of the phrase.
        score: Highest score of any box.
        hit: Whether that box is on an object which the phrase names.
        found: Boxes with a score of at least 0.5.
        right: How many of these lie on distinct objects which the phrase names.
        wanted: How many objects the phrase names.
    """

    kind: str
    score: float
    hit: bool
    found: int
    right: int
    wanted: int


@dataclass(frozen=True, slots=True)
class GroundingScores:
    """Figures of a set of answers.

    Attributes:
        accuracy: Share of present phrases whose best box is right, by kind.
        refusal: Share of absent phrases with no box of at least 0.5, by kind.
        absent_auc: Probability that a present phrase's best score beats an absent one's.
        precision: Share of boxes with a score of at least 0.5 that are right.
        recall: Share of named objects that have such a box.
        ece: Expected calibration error of the best score, 15 bins.
        phrases: Number of answers.
    """

    accuracy: dict[str, float]
    refusal: dict[str, float]
    absent_auc: float
    precision: float
    recall: float
    ece: float
    phrases: int

    def as_json(self) -> dict[str, object]:
        """Return them rounded, for a file; None where nothing was asked that tells."""

        def rounded(value: float) -> float | None:
            return None if np.isnan(value) else round(value, 4)

        return {
            name: (
                {kind: rounded(v) for kind, v in value.items()}
                if isinstance(value, dict)
                else rounded(value)
            )
            for name, value in asdict(self).items()
        }


def evaluate(
    model: TabletopDetectorForZeroShotObjectDetection,
    tokenizer: Tokenizer,
    pictures: LabelledPictures,
    phrases: PhraseMaker,
    count: int,
    seed: int,
    keep: Callable[[Query], bool] = lambda query: True,
    parity: int | None = None,
) -> list[Answer]:
    """Ask one phrase of each kind about pictures and return the answers.

    Args:
        model: In evaluation mode.
        tokenizer: Its tokenizer.
        pictures: Pictures that it was not trained on.
        phrases: Makes the phrases.
        count: Number of pictures, from the first.
        seed: Decides the phrases.
        keep: Which phrases to ask.
        parity: 0 for pictures with even numbers only, 1 for odd ones, None for all.
    """
    answers: list[Answer] = []
    for index in range(min(count, len(pictures))):
        if parity is not None and index % 2 != parity:
            continue
        rgb, things = pictures.picture(index)
        rng = np.random.default_rng((seed, index))
        clear = [t for t in things if t.visible_fraction >= LEAST_VISIBLE_FRACTION]
        asked = [phrases.query(k, clear, rng) for k in (*PRESENT_KINDS, *ABSENT_KINDS)]
        unclear = [t for t in things if t.visible_fraction < LEAST_VISIBLE_FRACTION]
        queries = [
            q
            for q in asked
            if q is not None and keep(q) and not any(q.phrase.names(t) for t in unclear)
        ]
        if queries:
            answers.extend(ask(model, tokenizer, rgb, clear, queries))
    return answers


def ask(
    model: TabletopDetectorForZeroShotObjectDetection,
    tokenizer: Tokenizer,
    rgb: np.ndarray,
    things: Sequence[LabelledObject],
    queries: Sequence[Query],
) -> list[Answer]:
    """Return the detector's answers to phrases about one picture (H, W, 3) uint8."""
    canvas_px = (model.config.image_size[0], model.config.image_size[1])
    picture, where = letterbox(rgb, canvas_px)
    with torch.inference_mode():
        output = model(pixel_values(picture[None]), encode(tokenizer, [q.text for q in queries]))
    found = detections(
        [str(n) for n in range(len(queries))],
        output.logits[0].numpy(),
        output.pred_boxes[0].numpy(),
        where,
        _LEAST_SCORE,
        0.5,
    )
    boxes = np.array([t.box_px for t in things], float).reshape(-1, 4)
    answers = []
    for number, query in enumerate(queries):
        named = np.array([query.phrase.names(t) for t in things], bool)
        mine = [d for d in found if d.phrase == str(number)]
        sure = [d for d in mine if d.score >= 0.5]
        taken = {_hit(d.box_px, boxes, named) for d in sure} - {-1}
        best = mine[0] if mine else None
        answers.append(
            Answer(
                query.kind,
                best.score if best else 0.0,
                best is not None and _hit(best.box_px, boxes, named) >= 0,
                len(sure),
                len(taken),
                int(named.sum()),
            )
        )
    return answers


def _hit(box_px: np.ndarray, boxes: np.ndarray, named: np.ndarray) -> int:
    """Return which named box it lies on, or -1."""
    if not named.any():
        return -1
    shared = np.where(named, overlap(box_px, boxes), 0.0)
    best = int(np.argmax(shared))
    return best if shared[best] >= LEAST_OVERLAP else -1


def scores(answers: Sequence[Answer]) -> GroundingScores:
    """Return the figures of some answers."""
    present = [a for a in answers if a.kind in PRESENT_KINDS]
    absent = [a for a in answers if a.kind in ABSENT_KINDS]
    found = sum(a.found for a in answers)
    right = sum(a.right for a in answers)
    return GroundingScores(
        accuracy=_shares([(a.kind, a.hit) for a in present]),
        refusal=_shares([(a.kind, a.found == 0) for a in absent]),
        absent_auc=area_under_curve([a.score for a in present], [a.score for a in absent]),
        precision=right / found if found else float("nan"),
        recall=right / max(1, sum(a.wanted for a in answers)),
        ece=calibration_error(
            np.array([a.score for a in answers]), np.array([a.hit for a in answers])
        ),
        phrases=len(answers),
    )


def _shares(outcomes: Sequence[tuple[str, bool]]) -> dict[str, float]:
    kinds = sorted({kind for kind, _ in outcomes})
    return {k: float(np.mean([good for kind, good in outcomes if kind == k])) for k in kinds}


def area_under_curve(higher: Sequence[float], lower: Sequence[float]) -> float:
    """Return the probability that one of `higher` beats one of `lower`, ties counting half."""
    if not higher or not lower:
        return float("nan")
    up, down = np.sort(np.array(lower)), np.array(higher)
    below = np.searchsorted(up, down, side="left")
    up_to = np.searchsorted(up, down, side="right")
    return float((below + up_to).mean() / 2.0 / len(up))


def fit_calibration(answers: Sequence[Answer]) -> tuple[float, float]:
    """Return the scale and bias of the logits that make the best scores probabilities.

    Source: Platt 1999, Probabilistic Outputs for Support Vector Machines; by Newton's method.
    """
    score = np.clip([a.score for a in answers], _LEAST_SCORE, 1.0 - _LEAST_SCORE)
    logit = np.log(score / (1.0 - score))
    outcome = np.array([a.hit for a in answers], float)
    inputs = np.stack([logit, np.ones_like(logit)], axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(50):
        probability = 1.0 / (1.0 + np.exp(-inputs @ weights))
        curvature = inputs.T * (probability * (1.0 - probability)) @ inputs + 1e-6 * np.eye(2)
        step = np.linalg.solve(curvature, inputs.T @ (probability - outcome))
        weights = weights - np.clip(step, -0.5, 0.5)
        if np.abs(step).max() < 1e-9:
            break
    return float(weights[0]), float(weights[1])
