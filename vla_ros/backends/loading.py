"""Loads models through transformers' Auto classes: the one place that does.

Weights are safetensors, code comes from transformers alone, the device is the one that was asked
for, and a checkpoint that leaves weights to chance is an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Nobody's conversion of pickled weights is fetched in place of a checkpoint's own.
os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")

import torch
from transformers import AutoProcessor
from transformers.utils.logging import disable_progress_bar

from vla_ros.backends.gpu import describe_placement, torch_device
from vla_ros.checkpoints import Checkpoint, complete_folder
from vla_ros.errors import ModelError
from vla_ros.params import ModelParams

disable_progress_bar()


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that is ready to run.

    Attributes:
        network: In evaluation mode, on its device.
        processor: What turns pictures and words into its input.
        device: Where it runs.
        dtype: Of its weights; floating inputs are brought to it.
        placement: Name, device, number format and memory, in words for people.
    """

    network: Any
    processor: Any
    device: torch.device
    dtype: torch.dtype
    placement: str

    def inputs(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Bring what the processor made to the device, and pictures to the weights' format."""
        return {
            name: value.to(self.device, self.dtype if value.is_floating_point() else None)
            for name, value in batch.items()
            if isinstance(value, torch.Tensor)
        }


def load_model(
    checkpoint: Checkpoint,
    params: ModelParams,
    network_class: Any,
    processor_class: Any = AutoProcessor,
) -> LoadedModel:
    """Load a model and its processor, fetching files that are missing.

    Args:
        checkpoint: Which.
        params: Device, number format, attention, compilation.
        network_class: Auto class of the network, such as AutoModelForZeroShotObjectDetection.
        processor_class: Whatever has `from_pretrained`; None for a model that needs none.

    Raises:
        ConfigError: The hub cannot be reached.
        ModelError: Files are missing or broken, the device is not there, or the model does not
            do what the parameters ask for.
    """
    device = torch_device(params.model_device)
    folder = complete_folder(checkpoint, offline=params.model_offline)
    options: dict[str, Any] = {"dtype": _dtype(params.model_dtype, device)}
    if params.model_attention != "auto":
        options["attn_implementation"] = params.model_attention
    processor = None
    with _load_errors(checkpoint.name):
        if processor_class is not None:
            processor = processor_class.from_pretrained(folder, **_CLOSED)
    network = _network(checkpoint.name, folder, network_class, options)
    with _load_errors(checkpoint.name):
        network.to(device).eval()
        if params.model_compile:
            network.compile()
    dtype = next(network.parameters()).dtype
    placement = f"{_full_name(checkpoint)} {describe_placement(network)}"
    return LoadedModel(network, processor, device, dtype, placement)


@contextmanager
def inference(name: str) -> Iterator[None]:
    """Run torch without gradients; what fails inside, such as full memory, becomes a ModelError."""
    try:
        with torch.inference_mode():
            yield
    except (RuntimeError, ValueError) as error:  # torch and transformers raise nothing narrower
        raise ModelError(f"{name} failed on its input: {error}") from error


_CLOSED: Mapping[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def _network(name: str, folder: Path, network_class: Any, options: Mapping[str, Any]) -> Any:
    """Load a network, all of whose weights come from the checkpoint."""
    with _load_errors(name):
        network, report = network_class.from_pretrained(
            folder, use_safetensors=True, output_loading_info=True, **_CLOSED, **options
        )
    absent = sorted(map(str, [*report["missing_keys"], *report["mismatched_keys"]]))
    if absent:
        raise ModelError(
            f"model '{name}' lacks {len(absent)} weights, such as {absent[:3]}: they would be "
            f"random. Is it a checkpoint for {network_class.__name__}?"
        )
    return network


def _dtype(name: str, device: torch.device) -> Any:
    if name == "auto":
        return "auto" if device.type == "cuda" else torch.float32
    return getattr(torch, name)


def _full_name(checkpoint: Checkpoint) -> str:
    if not checkpoint.revision:
        return checkpoint.name
    return f"{checkpoint.repository}@{checkpoint.revision[:12]}"


@contextmanager
def _load_errors(name: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # safetensors, tokenizers, transformers share no narrower base
        raise ModelError(f"model '{name}' cannot be loaded: {error}") from error
