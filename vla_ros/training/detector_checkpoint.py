"""Keeps a training so that it can go on after an interruption; loads nothing but tensors."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from vla_ros.backends.tabletop_detector import TabletopDetectorForZeroShotObjectDetection
from vla_ros.errors import ConfigError


@dataclass
class Progress:
    """How far a training is.

    Attributes:
        step: Batches learnt from.
        seconds: Time it took [s].
    """

    step: int = 0
    seconds: float = 0.0


class Average:
    """Exponential moving average of a model's weights and statistics."""

    def __init__(self, model: TabletopDetectorForZeroShotObjectDetection, decay: float) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self._decay = decay

    def update(self, model: torch.nn.Module, step: int) -> None:
        """Move towards a model; faster in the first steps, when the average is still young."""
        share = 1.0 - min(self._decay, (1.0 + step) / (10.0 + step))
        with torch.no_grad():
            mine, its = self.model.state_dict(), model.state_dict()
            for name, value in mine.items():
                if value.is_floating_point():
                    value.lerp_(its[name], share)
                else:
                    value.copy_(its[name])


def save(
    folder: Path,
    model: TabletopDetectorForZeroShotObjectDetection,
    average: Average,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
) -> None:
    """Write a checkpoint, each file whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        "optimizer": optimizer.state_dict(),
        "model": model.state_dict(),
        "step": progress.step,
        "seconds": progress.seconds,
    }
    weights = {k: v.contiguous() for k, v in average.model.state_dict().items()}
    save_file(weights, folder / "average.safetensors.new", {"format": "pt"})
    torch.save(state, folder / "training.pt.new")
    (folder / "average.safetensors.new").replace(folder / "average.safetensors")
    (folder / "training.pt.new").replace(folder / "training.pt")


def restore(
    folder: Path,
    model: TabletopDetectorForZeroShotObjectDetection,
    average: Average,
    optimizer: torch.optim.Optimizer,
) -> Progress:
    """Load a checkpoint into a model, its average and its optimiser.

    Raises:
        ConfigError: It is of a model of other sizes, or broken.
    """
    try:
        state = torch.load(folder / "training.pt", weights_only=True)
        model.load_state_dict(state["model"])
        average.model.load_state_dict(load_file(folder / "average.safetensors"))
        optimizer.load_state_dict(state["optimizer"])
    except (RuntimeError, ValueError, KeyError, OSError) as error:
        raise ConfigError(
            f"the checkpoint in {folder} does not fit: {error}; remove it to start anew"
        ) from error
    return Progress(int(state["step"]), float(state["seconds"]))
