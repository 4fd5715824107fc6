"""What the detector is trained to make small."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from vla_ros.training.detector_batches import Batch

_BOX_L1_WEIGHT = 5.0
_BOX_OVERLAP_WEIGHT = 1.0
_OBJECTNESS_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class DetectorLoss:
    """The sum and its parts, scalars.

    Attributes:
        total: What is minimised.
        match: Of phrases against cells.
        objectness: Of object centres.
        overlap: Mean intersection over union of the boxes; 1 is best.
    """

    total: Tensor
    match: Tensor
    objectness: Tensor
    overlap: Tensor


def detector_loss(logits: Tensor, boxes: Tensor, objectness: Tensor, batch: Batch) -> DetectorLoss:
    """Return the loss of a batch; shapes as in TabletopDetectorOutput and CellTargets."""
    match = focal(logits, batch.matches, batch.match_weights)
    centers = focal(objectness, batch.centers, batch.center_weights)
    chosen = batch.box_weights > 0
    predicted, true = boxes[chosen], batch.boxes[chosen]
    overlap, generalized = box_overlaps(predicted, true)
    apart = (predicted - true).abs().sum(-1).mean() if len(true) else boxes.sum() * 0.0
    total = (
        match
        + _OBJECTNESS_WEIGHT * centers
        + _BOX_L1_WEIGHT * apart
        + _BOX_OVERLAP_WEIGHT * (1.0 - generalized)
    )
    return DetectorLoss(total, match, centers, overlap)


def focal(logits: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """Return the focal loss over the number of positives, of equally shaped tensors.

    Source: Lin et al. 2017, Focal Loss for Dense Object Detection, with gamma 2.
    """
    wrong = (truth - logits.sigmoid()).abs()
    entropy = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    balance = torch.where(truth > 0.0, 1.0, 0.75)
    return (balance * weights * wrong.square() * entropy).sum() / (truth * weights).sum().clamp(1.0)


def box_overlaps(boxes: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean IoU and the mean generalised IoU of (N, 4) centre-and-size boxes, in pairs.

    Source: Rezatofighi et al. 2019, Generalized Intersection over Union.
    """
    if not len(boxes):
        return boxes.sum() * 0.0 + 1.0, boxes.sum() * 0.0 + 1.0
    low, high = boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2
    other_low, other_high = others[:, :2] - others[:, 2:] / 2, others[:, :2] + others[:, 2:] / 2
    shared = (torch.min(high, other_high) - torch.max(low, other_low)).clamp(min=0.0).prod(-1)
    union = boxes[:, 2:].prod(-1) + others[:, 2:].prod(-1) - shared + 1e-9
    hull = (torch.max(high, other_high) - torch.min(low, other_low)).prod(-1) + 1e-9
    overlap = shared / union
    return overlap.mean(), (overlap - (hull - union) / hull).mean()
