"""The whole way to a grounding model (`vla-ros train grounder`): render, train, export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vla_ros.training.detector_evaluation import GroundingScores
from vla_ros.training.grounder import GrounderTraining, train
from vla_ros.training.rendered_scenes import generate

_TRAIN_SEED, _VALIDATION_SEED, _HELD_OUT_SEED = 1, 900_001, 500_001
_VALIDATION_SHARE = 16
_FEWEST_PICTURES = 64


def train_grounder(
    out_dir: Path,
    dataset_dir: Path,
    *,
    pictures: int = 24_000,
    steps: int | None = 20_000,
    minutes: float | None = None,
    threads: int = 2,
    workers: int = 2,
    bfloat16: bool = False,
    start_from: Path | None = None,
    seed: int = 0,
    report: Callable[[str], None] = print,
) -> GroundingScores:
    """Render pictures that are not there yet, train on them, and leave the model in `out_dir`.

    Each part goes on where it was broken off.

    Args:
        out_dir: Gets the model, its checkpoint and figures.json.
        dataset_dir: Gets the pictures, about 0.4 MB each.
        pictures: Training pictures; a sixteenth as many are rendered for validation and as many
            again with pairs of colour and noun that training never shows.
        steps: Batches to train on; None to go by minutes.
        minutes: Time to train; None to go by steps.
        threads: Processor threads of the training.
        workers: Processes of the rendering.
        bfloat16: Compute most of it in bfloat16, for processors that are fast with it.
        start_from: Folder of a finished model to go on from; None to begin anew.
        seed: Decides weights and batches.
        report: Is told of progress, a line at a time.

    Returns:
        The figures on validation pictures.

    Raises:
        ConfigError: Neither or both of steps and minutes are given, or a checkpoint does not fit.
        SimulationError: There is no off-screen rendering.
    """
    config = GrounderTraining(
        steps=None if minutes is not None else steps,
        minutes=minutes,
        threads=threads,
        bfloat16=bfloat16,
        start_from=start_from,
        seed=seed,
    )
    others = max(_FEWEST_PICTURES, pictures // _VALIDATION_SHARE)
    generate(dataset_dir / "train", pictures, _TRAIN_SEED, workers)
    generate(dataset_dir / "val", others, _VALIDATION_SEED, workers)
    generate(dataset_dir / "heldout", others, _HELD_OUT_SEED, workers, held_out=True)
    return train(config, dataset_dir, out_dir, report)
