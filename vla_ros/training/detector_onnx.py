"""Writes the detector's graph for ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from vla_ros.backends.tabletop_detector import TabletopDetectorForZeroShotObjectDetection
from vla_ros.training.onnx_graph import write_graph


class _Plain(torch.nn.Module):
    """The detector with a tuple as output, for one picture and any number of phrases."""

    def __init__(self, model: TabletopDetectorForZeroShotObjectDetection) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixel_values: Tensor, input_ids: Tensor) -> tuple[Tensor, ...]:
        """Return logits (1, P, Q), boxes (1, P, 4) and objectness (1, P)."""
        logits, boxes, objectness = self.model(pixel_values, input_ids, return_dict=False)
        return logits, boxes, objectness


def write_onnx(model: TabletopDetectorForZeroShotObjectDetection, folder: Path) -> None:
    """Write `model.onnx` beside the `model.safetensors` that holds this model's weights.

    Raises:
        ModelError: The weights on disk are not those of the graph.
    """
    height, width = model.config.image_size
    write_graph(
        _Plain(model.to(memory_format=torch.contiguous_format)),
        (torch.zeros(1, 3, height, width), torch.ones(3, 4, dtype=torch.long)),
        folder,
        inputs=("pixel_values", "input_ids"),
        outputs=("logits", "pred_boxes", "objectness"),
        dynamic_axes={"input_ids": {0: "phrases", 1: "words"}, "logits": {2: "phrases"}},
        prefix="model.",
    )
