"""Writes a network's graph for ONNX Runtime; the weights stay in model.safetensors.

The graph's initializers are named as in the state dict and point into the safetensors file by
offset, so that one file holds the weights and both runtimes cannot drift apart.
"""

from __future__ import annotations

import io
import json
import struct
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
import torch
from onnx.external_data_helper import set_external_data
from torch import Tensor

from vla_ros.errors import ModelError

OPSET = 17
WEIGHTS = "model.safetensors"
GRAPH = "model.onnx"


def write_graph(
    network: torch.nn.Module,
    example: tuple[Tensor, ...],
    folder: Path,
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    dynamic_axes: Mapping[str, Mapping[int, str]],
    prefix: str = "",
) -> None:
    """Write `model.onnx` beside the `model.safetensors` that holds a network's weights.

    Args:
        network: What is traced.
        example: Its inputs.
        folder: Holds the weights, gets the graph.
        inputs: Names of the inputs.
        outputs: Names of the outputs.
        dynamic_axes: Of inputs and outputs, the axes whose size may differ, with names.
        prefix: What the names of the network's weights begin with, and those on disk don't.

    Raises:
        ModelError: The weights on disk are not those of the graph.
    """
    target = io.BytesIO()
    # The exporter brings back the mode that the outermost module was in, for all inner ones too.
    network.eval()
    with warnings.catch_warnings():
        # The exporter of traces is the one that keeps parameters' names and needs no further
        # package; the warning recommends another.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            example,
            target,
            dynamo=False,
            opset_version=OPSET,
            do_constant_folding=False,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: dict(axes) for name, axes in dynamic_axes.items()},
        )
    graph = onnx.load_from_string(target.getvalue())
    _point_into_safetensors(graph, folder / WEIGHTS, prefix)
    onnx.save(graph, folder / GRAPH)
    onnx.checker.check_model(str(folder / GRAPH))


def _point_into_safetensors(graph: onnx.ModelProto, weights: Path, prefix: str) -> None:
    """Replace each initializer's content by where it lies in a safetensors file."""
    places, start = _places(weights)
    for tensor in graph.graph.initializer:
        name = tensor.name.removeprefix(prefix)
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
