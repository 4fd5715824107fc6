"""The whole way to the stop word network (`vla-ros train stop-words`): say, describe, fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from vla_ros.resources import models_dir
from vla_ros.training.onnx_graph import WEIGHTS
from vla_ros.training.stop_words.network import StopWordNetwork, export
from vla_ros.training.stop_words.recordings import Amounts, record
from vla_ros.training.stop_words.shards import described_windows
from vla_ros.training.stop_words.voices import VOICES

_BATCH = 512
_LEARNING_RATE, _WEIGHT_DECAY, _WARMUP = 2e-3, 0.01, 200


def train_stop_words(
    out_dir: Path,
    dataset_dir: Path,
    voices: Sequence[tuple[str, str, float]] = VOICES,
    *,
    windows: int = 500_000,
    epochs: int = 8,
    amounts: Amounts | None = None,
    threads: int = 2,
    seed: int = 0,
    embedding: Path | None = None,
    report: Callable[[str], None] = print,
) -> None:
    """Record what voices say, train a head on it, and leave the network in `out_dir`.

    What was recorded and described before is kept, so that a broken off training goes on there.

    Args:
        out_dir: Gets model.safetensors and model.onnx.
        dataset_dir: Keeps the recordings, about 10 MB for each voice, and what the embedding says
            of windows cut from them, about 0.6 GB.
        voices: Engine and name of each, and how many times the usual it says.
        windows: Number of windows to learn from.
        epochs: How often each is learnt from.
        amounts: How much each voice says; None for the usual.
        threads: That describe windows, and processes that record.
        seed: Decides words, weights and windows.
        embedding: Weights of a network whose speech embedding is taken; None for the package's.
        report: Is told of progress, a line at a time.

    Raises:
        ConfigError: No voice is installed, the embedding is missing, or what `dataset_dir` holds
            was made for something else.
    """
    recordings = record(dataset_dir, voices, amounts or Amounts(), seed, threads, report)
    report(f"{len(recordings)} recordings by {len({r.voice for r in recordings})} voices")
    # One thread each, so that the network does not depend on how many there are.
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    network = StopWordNetwork()
    network.load_embedding(embedding or models_dir() / "stop_words" / WEIGHTS)
    described, labels = described_windows(
        dataset_dir / "windows", recordings, network.embedding, windows, seed, threads, report
    )
    fit(network, described, labels, epochs, seed, report)
    export(network, out_dir, "scores")


def fit(
    network: StopWordNetwork,
    described: Tensor,
    labels: Tensor,
    epochs: int,
    seed: int,
    report: Callable[[str], None] = print,
) -> None:
    """Train a network's head.

    Args:
        network: Its embedding stays as it is.
        described: (N, 96, steps) what the embedding says of windows.
        labels: (N,) 0 for no stop word, else its number plus one.
        epochs: How often each window is learnt from.
        seed: Decides the order, and what is dropped out.
        report: Is told of progress, a line for each epoch.
    """
    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(
        network.head.parameters(), _LEARNING_RATE, weight_decay=_WEIGHT_DECAY
    )
    batches = math.ceil(len(labels) / _BATCH)
    steps = epochs * batches
    network.train()
    for epoch in range(epochs):
        lost, right = 0.0, 0
        for number, chosen in enumerate(torch.randperm(len(labels)).split(_BATCH)):
            step = epoch * batches + number
            rate = 0.5 * (1.0 + math.cos(math.pi * step / steps)) * min(1.0, (step + 1) / _WARMUP)
            for group in optimizer.param_groups:
                group["lr"] = _LEARNING_RATE * rate
            scores = network.head(described[chosen].float())
            loss = torch.nn.functional.cross_entropy(scores, labels[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            lost += float(loss.detach()) * len(chosen)
            right += int((scores.argmax(1) == labels[chosen]).sum())
        report(
            f"epoch {epoch + 1} of {epochs}: loss {lost / len(labels):.4f}, "
            f"{100 * right / len(labels):.2f} % right"
        )
