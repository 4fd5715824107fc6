"""Writes the detector's graph for ONNX Runtime; the weights stay in model.safetensors.

The graph's initializers are named as in the state dict and point into the safetensors file by
offset, so that one file holds the weights and both runtimes cannot drift apart.
"""

from __future__ import annotations

import io
import json
import struct
import warnings
from pathlib import Path

import onnx
import torch
from onnx.external_data_helper import set_external_data
from torch import Tensor

from vla_ros.backends.tabletop_detector import TabletopDetectorForZeroShotObjectDetection
from vla_ros.errors import ModelError

OPSET = 17
WEIGHTS = "model.safetensors"
GRAPH = "model.onnx"


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
    example = (torch.zeros(1, 3, height, width), torch.ones(3, 4, dtype=torch.long))
    target = io.BytesIO()
    # The exporter brings back the mode that the outermost module was in, for all inner ones too.
    plain = _Plain(model.to(memory_format=torch.contiguous_format)).eval()
    with warnings.catch_warnings():
        # The exporter of traces is the one that keeps parameters' names and needs no further
        # package; the warning recommends another.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            plain,
            example,
            target,
            dynamo=False,
            opset_version=OPSET,
            do_constant_folding=False,
            input_names=["pixel_values", "input_ids"],
            output_names=["logits", "pred_boxes", "objectness"],
            dynamic_axes={
                "input_ids": {0: "phrases", 1: "words"},
                "logits": {2: "phrases"},
            },
        )
    graph = onnx.load_from_string(target.getvalue())
    _point_into_safetensors(graph, folder / WEIGHTS)
    onnx.save(graph, folder / GRAPH)
    onnx.checker.check_model(str(folder / GRAPH))


def _point_into_safetensors(graph: onnx.ModelProto, weights: Path) -> None:
    """Replace each initializer's content by where it lies in a safetensors file."""
    places, start = _places(weights)
    for tensor in graph.graph.initializer:
        name = tensor.name.removeprefix("model.")
        if name not in places:
            raise ModelError(f"{weights} has no '{name}', which the graph needs")
        begin, end = places[name]["data_offsets"]
        if list(tensor.dims) != places[name]["shape"]:
            raise ModelError(f"'{name}' is {list(tensor.dims)} but {places[name]['shape']} on disk")
        set_external_data(tensor, weights.name, start + begin, end - begin)
        tensor.ClearField("raw_data")
        tensor.ClearField("float_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL


def _places(weights: Path) -> tuple[dict[str, dict[str, list[int]]], int]:
    """Return the header of a safetensors file and where its tensors begin [bytes].

    Source: the safetensors format: 8 bytes of header length, JSON header, tensors.
    """
    with weights.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return header, 8 + length
