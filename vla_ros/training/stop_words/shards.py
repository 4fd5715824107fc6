"""Windows in noisy rooms as the speech embedding describes them, kept in files of a few thousand.

The embedding is not trained, so each window is described once and then learnt from many times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from vla_ros.errors import ConfigError
from vla_ros.training.onnx_graph import GRAPH
from vla_ros.training.stop_words.network import SpeechEmbedding, export
from vla_ros.training.stop_words.recordings import Recording
from vla_ros.training.stop_words.rooms import in_a_room
from vla_ros.training.stop_words.windows import WindowMaker

SHARD_WINDOWS = 4096
_BATCH = 128


def described_windows(
    folder: Path,
    recordings: Sequence[Recording],
    embedding: SpeechEmbedding,
    windows: int,
    seed: int,
    workers: int,
    report: Callable[[str], None],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what the embedding says of windows; files that are there are kept.

    Args:
        folder: Keeps 5 MB for each SHARD_WINDOWS windows.
        recordings: What the windows are cut from.
        embedding: Describes them.
        windows: How many; rounded up to whole files.
        seed: Decides the windows and the rooms.
        workers: Number of threads.
        report: Is told of progress.

    Returns:
        (N, 96, steps) float16 descriptions and (N,) int64 labels, 0 for no stop word.

    Raises:
        ConfigError: A file in the folder was made of other recordings or for another seed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made_for = np.array([seed, len(recordings), sum(len(r.samples) for r in recordings)])
    files = [folder / f"windows_{k:04d}.npz" for k in range(-(-windows // SHARD_WINDOWS))]
    missing = [number for number, file in enumerate(files) if not file.is_file()]
    if missing:
        maker = WindowMaker(recordings, seed)
        session = _session(embedding, folder)
        with ThreadPoolExecutor(workers) as pool:
            waiting = {
                pool.submit(_write, files[k], k, maker, session, seed, made_for) for k in missing
            }
            for number, future in enumerate(as_completed(waiting), 1):
                future.result()
                report(f"described {number} of {len(missing)} times {SHARD_WINDOWS} windows")
    described, labels = [], []
    for file in files:
        with np.load(file, allow_pickle=False) as stored:
            if not np.array_equal(stored["made_for"], made_for):
                raise ConfigError(
                    f"{file} was made of other recordings or for another seed: delete {folder}"
                )
            described.append(torch.from_numpy(stored["described"]))
            labels.append(torch.from_numpy(stored["labels"]))
    return torch.cat(described), torch.cat(labels)


def _session(embedding: SpeechEmbedding, folder: Path) -> onnxruntime.InferenceSession:
    """Return the embedding in ONNX Runtime, which takes a third of torch's time on a processor."""
    export(embedding, folder, "described", many=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(folder / GRAPH), options, providers=["CPUExecutionProvider"]
    )


def _write(
    file: Path,
    number: int,
    maker: WindowMaker,
    session: onnxruntime.InferenceSession,
    seed: int,
    made_for: np.ndarray,
) -> None:
    """Make, describe and write the windows of one file; another number gives other windows."""
    described, labels = [], []
    for k in range(number * (SHARD_WINDOWS // _BATCH), (number + 1) * (SHARD_WINDOWS // _BATCH)):
        sounds, truth = maker.batch(k, _BATCH)
        generator = torch.Generator().manual_seed(seed + k)
        heard = in_a_room(torch.from_numpy(sounds), generator).numpy()
        described.append(session.run(None, {"sound": heard})[0].astype(np.float16))
        labels.append(truth)
    unfinished = file.with_suffix(".part")
    with unfinished.open("wb") as target:
        np.savez(
            target,
            described=np.concatenate(described),
            labels=np.concatenate(labels),
            made_for=made_for,
        )
    unfinished.rename(file)
