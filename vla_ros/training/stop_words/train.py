"""The whole way to the stop word network (`vla-ros train stop-words`): say, train, export."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors.torch import save_file

from vla_ros.errors import ConfigError
from vla_ros.resources import models_dir
from vla_ros.speech.stop_network import WINDOW_SAMPLES
from vla_ros.training.onnx_graph import WEIGHTS, write_graph
from vla_ros.training.stop_words.network import StopWordNetwork
from vla_ros.training.stop_words.recordings import Amounts, record
from vla_ros.training.stop_words.rooms import in_a_room
from vla_ros.training.stop_words.voices import VOICES
from vla_ros.training.stop_words.windows import WindowMaker

_BATCH = 128
_LEARNING_RATE, _WEIGHT_DECAY, _WARMUP = 2e-3, 0.01, 200
_REPORT_EVERY, _SAVE_EVERY = 100, 250


def train_stop_words(
    out_dir: Path,
    dataset_dir: Path,
    voices: Sequence[tuple[str, str, float]] = VOICES,
    *,
    steps: int = 4000,
    amounts: Amounts | None = None,
    threads: int = 2,
    seed: int = 0,
    embedding: Path | None = None,
    report: Callable[[str], None] = print,
) -> None:
    """Record what voices say, train a head on it, and leave the network in `out_dir`.

    Training that was broken off goes on where it stood, with the same result.

    Args:
        out_dir: Gets model.safetensors and model.onnx.
        dataset_dir: Keeps the recordings, about 10 MB for each voice.
        voices: Engine and name of each, and how many times the usual it says.
        steps: Batches to train on.
        amounts: How much each voice says; None for the usual.
        threads: Processor threads, and processes of the recording.
        seed: Decides words, weights and batches.
        embedding: Weights of a network whose speech embedding is taken; None for the package's.
        report: Is told of progress, a line at a time.

    Raises:
        ConfigError: No voice is installed, the embedding is missing, or the checkpoint in
            `out_dir` does not fit.
    """
    recordings = record(dataset_dir, voices, amounts or Amounts(), seed, threads, report)
    report(f"{len(recordings)} recordings by {len({r.voice for r in recordings})} voices")
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    network = StopWordNetwork()
    network.load_embedding(embedding or models_dir() / "stop_words" / WEIGHTS)
    optimizer = torch.optim.AdamW(
        network.head.parameters(), _LEARNING_RATE, weight_decay=_WEIGHT_DECAY
    )
    maker = WindowMaker(recordings, seed)
    checkpoint = _Checkpoint(out_dir, (steps, seed, len(recordings)))
    begin = checkpoint.restore(network, optimizer)
    if begin:
        report(f"resuming at step {begin}")
    losses: list[float] = []
    right = 0
    for step in range(begin, steps):
        rate = 0.5 * (1.0 + math.cos(math.pi * step / steps)) * min(1.0, (step + 1) / _WARMUP)
        for group in optimizer.param_groups:
            group["lr"] = _LEARNING_RATE * rate
        sounds, labels = maker.batch(step, _BATCH)
        generator = torch.Generator().manual_seed(seed + step)
        heard, truth = in_a_room(torch.from_numpy(sounds), generator), torch.from_numpy(labels)
        torch.manual_seed(seed + step)  # what is dropped out is the same after an interruption
        scores = network(heard)
        loss = torch.nn.functional.cross_entropy(scores, truth)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        right += int((scores.argmax(1) == truth).sum())
        if (step + 1) % _SAVE_EVERY == 0:
            checkpoint.save(network, optimizer, step + 1)
        if (step + 1) % _REPORT_EVERY == 0:
            share = right / (len(losses) * _BATCH)
            mean = sum(losses) / len(losses)
            report(f"step {step + 1} of {steps}: loss {mean:.4f}, {100 * share:.2f} % right")
            losses.clear()
            right = 0
    export(network, out_dir)


class _Checkpoint:
    """Keeps a training so that it can go on after an interruption; loads nothing but tensors."""

    def __init__(self, out_dir: Path, training: tuple[int, int, int]) -> None:
        """Keep it in a folder below `out_dir`; `training` tells it from others."""
        self._path = out_dir / "checkpoint" / "training.pt"
        self._training = training

    def save(self, network: StopWordNetwork, optimizer: torch.optim.Optimizer, step: int) -> None:
        """Write it, whole or not at all."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "step": step,
            "training": list(self._training),
        }
        torch.save(state, self._path.with_suffix(".new"))
        self._path.with_suffix(".new").replace(self._path)

    def restore(self, network: StopWordNetwork, optimizer: torch.optim.Optimizer) -> int:
        """Load it and return the steps that it has behind it; 0 where there is none."""
        if not self._path.is_file():
            return 0
        try:
            state = torch.load(self._path, weights_only=True)
            if tuple(state["training"]) != self._training:
                raise ValueError("it is of another number of steps, seed or recordings")
            network.load_state_dict(state["network"])
            optimizer.load_state_dict(state["optimizer"])
        except (RuntimeError, ValueError, KeyError, OSError, EOFError, UnpicklingError) as error:
            raise ConfigError(
                f"the checkpoint {self._path} does not fit: {error}; delete it to start anew"
            ) from error
        return int(state["step"])


def export(network: StopWordNetwork, out_dir: Path) -> None:
    """Write a network's weights and its graph."""
    network = network.eval().to(memory_format=torch.contiguous_format)
    out_dir.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), out_dir / WEIGHTS)
    write_graph(
        network,
        (torch.zeros(1, WINDOW_SAMPLES),),
        out_dir,
        inputs=("sound",),
        outputs=("scores",),
        dynamic_axes={},
    )
