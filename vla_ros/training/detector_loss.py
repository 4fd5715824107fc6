"""What the detector is trained to make small."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from vla_ros.backends.tabletop_detector import TabletopDetectorForZeroShotObjectDetection
from vla_ros.training.detector_batches import Batch

_BOX_L1_WEIGHT = 5.0
_BOX_OVERLAP_WEIGHT = 1.0
_OBJECTNESS_WEIGHT = 0.5
_WORDS_WEIGHT = 0.25


@dataclass(frozen=True, slots=True)
class DetectorLoss:
    """The sum and its parts, scalars.

    Attributes:
        total: What is minimised.
        match: Of phrases against cells.
        objectness: Of object centres.
        overlap: Mean intersection over union of the boxes; 1 is best.
        words: Of single words against objects.
    """

    total: Tensor
    match: Tensor
    objectness: Tensor
    overlap: Tensor
    words: Tensor


def detector_loss(
    model: TabletopDetectorForZeroShotObjectDetection, batch: Batch, bfloat16: bool = False
) -> DetectorLoss:
    """Return the loss of a model on a batch.

    Besides the phrases asked, every object is held against every word there is: that costs next
    to nothing, because words are read once for a batch, and teaches far more from each picture.

    Args:
        model: In training mode.
        batch: Pictures, phrases and the truth.
        bfloat16: Compute the visual encoder, which is nearly all of the work, in bfloat16. What
            compares its cells with words stays in float32: logits need the digits.
    """
    pixels = batch.pixel_values.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        cells = model.visual(pixels)
    cells = cells.float()
    _, _, height, width = pixels.shape
    logits, boxes, objectness = model.compare(cells, (height, width), batch.input_ids)
    words = _word_loss(model, cells, batch)
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
        + _WORDS_WEIGHT * words
    )
    return DetectorLoss(total, match, centers, overlap, words)


def _word_loss(
    model: TabletopDetectorForZeroShotObjectDetection, cells: Tensor, batch: Batch
) -> Tensor:
    """Return the cross entropy of all words at the objects' centres, summed over the words."""
    chosen = (batch.centers * batch.center_weights) > 0
    if not chosen.any():
        return cells.sum() * 0.0
    logits = model.describe(cells[chosen], batch.word_ids)
    entropy = functional.binary_cross_entropy_with_logits(logits, batch.words[chosen])
    return entropy * batch.words.shape[-1]


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
