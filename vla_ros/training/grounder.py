"""Trains the default grounding model from a folder of labelled pictures; resumes where it stopped.

`train` reads `<dataset>/train` and `<dataset>/val` (and `<dataset>/heldout` for the report), keeps
a checkpoint in `<out>/checkpoint`, and leaves the finished model in `<out>`.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from vla_ros.backends.tabletop_detector import (
    TabletopDetectorConfig,
    TabletopDetectorForZeroShotObjectDetection,
)
from vla_ros.errors import ConfigError
from vla_ros.training.detector_batches import Batch, BatchMaker
from vla_ros.training.detector_checkpoint import Average, Progress, restore, save
from vla_ros.training.detector_evaluation import GroundingScores, evaluate, scores
from vla_ros.training.detector_export import calibrate, export
from vla_ros.training.detector_loss import detector_loss
from vla_ros.training.labelled_pictures import LabelledPictures
from vla_ros.training.phrases import PhraseMaker
from vla_ros.training.training_views import VIEW_SIZES, ViewSize
from vla_ros.training.vocabulary import UNKNOWN, build_tokenizer, every_word

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class GrounderTraining:
    """How to train.

    Attributes:
        steps: Batches to train on. With it the result does not depend on the machine's speed.
        minutes: Where steps is None: stop after this long [min], paced by the clock.
        sizes: Sizes of the examples.
        queries: Phrases asked about each example.
        learning_rate: Highest rate; warms up, then falls along a cosine to zero.
        warmup_steps: Steps of the warm-up.
        weight_decay: Of the matrices.
        average_decay: Of the moving average of the weights, which is what is kept.
        checkpoint_s: Longest time between checkpoints [s].
        evaluate_every: Steps between looks at the validation pictures.
        evaluation_pictures: How many of them then.
        seed: Decides everything random.
        threads: Processor threads.
        bfloat16: Compute the visual encoder in bfloat16: about twice as fast where the processor
            multiplies such matrices (AMX, AVX512-BF16), slower elsewhere.
        start_from: Folder of a finished model whose weights, sizes and words are taken over; None
            to begin with random weights. A checkpoint in the output folder wins over it, and the
            odds of `sizes` are from the beginning those that come last.
        model: Sizes of the model, as TabletopDetectorConfig's arguments.
    """

    steps: int | None = 20_000
    minutes: float | None = None
    sizes: tuple[ViewSize, ...] = VIEW_SIZES
    queries: int = 8
    learning_rate: float = 1.8e-3
    warmup_steps: int = 300
    weight_decay: float = 0.02
    average_decay: float = 0.998
    checkpoint_s: float = 240.0
    evaluate_every: int = 2000
    evaluation_pictures: int = 150
    seed: int = 0
    threads: int = 2
    bfloat16: bool = False
    start_from: Path | None = None
    model: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.minutes is None):
            raise ConfigError("say either steps or minutes of training, not both")
        if self.start_from is not None and self.model:
            raise ConfigError(
                f"the model in {self.start_from} has sizes of its own: leave out {self.model}"
            )


def train(
    config: GrounderTraining,
    dataset_dir: Path,
    out_dir: Path,
    report: Callable[[str], None] = logger.info,
) -> GroundingScores:
    """Train, calibrate and export; return the figures on validation pictures.

    Args:
        config: How.
        dataset_dir: Holds train/, val/ and heldout/ of shards.
        out_dir: Gets the model; a checkpoint in it is resumed.
        report: Is told of progress, a line at a time.

    Raises:
        ConfigError: The pictures are missing, or a checkpoint does not fit the configuration.
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    pictures = LabelledPictures(dataset_dir / "train")
    validation = LabelledPictures(dataset_dir / "val")
    phrases = PhraseMaker(pictures.objects())
    tokenizer = _tokenizer(config, phrases, out_dir)
    model = _model(config, tokenizer.get_vocab_size()).to(memory_format=torch.channels_last)
    report(f"{len(pictures)} pictures, {tokenizer.get_vocab_size()} words, {_size(model)}")
    maker = BatchMaker(pictures, phrases, tokenizer, _sizes(config), config.queries, config.seed)
    run = _Run(config, model, out_dir, report)

    def look(average: TabletopDetectorForZeroShotObjectDetection) -> GroundingScores:
        answers = evaluate(
            average, tokenizer, validation, phrases, config.evaluation_pictures, seed=1
        )
        return scores(answers)

    run.fit(maker, look)
    finished = run.average.model
    calibrate(finished, tokenizer, validation, phrases)
    return export(finished, tokenizer, dataset_dir, phrases, out_dir, report)


class _Run:
    """The state of a training: model, optimiser, moving average and how far it is."""

    def __init__(
        self,
        config: GrounderTraining,
        model: TabletopDetectorForZeroShotObjectDetection,
        out_dir: Path,
        report: Callable[[str], None],
    ) -> None:
        self._config = config
        self._model = model
        self._report = report
        self._folder = out_dir / "checkpoint"
        self._optimizer = torch.optim.AdamW(
            _parameter_groups(model, config.weight_decay), config.learning_rate, (0.9, 0.98)
        )
        self.average = Average(model, config.average_decay)
        self._progress = Progress()
        if (self._folder / "training.pt").exists():
            self._progress = restore(self._folder, model, self.average, self._optimizer)
            report(f"resuming at step {self._progress.step}")

    def fit(
        self,
        maker: BatchMaker,
        look: Callable[[TabletopDetectorForZeroShotObjectDetection], GroundingScores],
    ) -> None:
        """Train to the end."""
        self._model.train()
        begun = saved = time.monotonic()
        spent_before_s = self._progress.seconds
        last = self._config.steps if self._config.steps is not None else 10**9
        recent: list[tuple[float, ...]] = []
        for batch in maker.batches(self._progress.step, last, self._done):
            done = self._done(self._progress.step)
            if done >= 1.0:
                break
            recent.append(self._step(batch, done))
            self._progress.step += 1
            self._progress.seconds = spent_before_s + time.monotonic() - begun
            if self._progress.step % 100 == 0:
                self._report(self._line(recent, done))
                recent.clear()
            if self._progress.step % self._config.evaluate_every == 0:
                self._report(json.dumps(look(self.average.model).as_json()))
            if time.monotonic() - saved > self._config.checkpoint_s:
                save(self._folder, self._model, self.average, self._optimizer, self._progress)
                saved = time.monotonic()
        save(self._folder, self._model, self.average, self._optimizer, self._progress)

    def _done(self, step: int) -> float:
        """Return how much of the training is done at a step, 0..1."""
        if self._config.steps is not None:
            return step / self._config.steps
        return min(1.0, self._progress.seconds / (60.0 * (self._config.minutes or 1.0)))

    def _step(self, batch: Batch, done: float) -> tuple[float, ...]:
        """Learn from a batch and return the parts of the loss."""
        warm = min(1.0, (self._progress.step + 1) / self._config.warmup_steps)
        rate = self._config.learning_rate * warm * 0.5 * (1.0 + math.cos(math.pi * done))
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        loss = detector_loss(self._model, batch, self._config.bfloat16)
        self._optimizer.zero_grad(set_to_none=True)
        loss.total.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 2.0)
        self._optimizer.step()
        self.average.update(self._model, self._progress.step)
        return tuple(
            float(part.detach())
            for part in (loss.total, loss.match, loss.objectness, loss.overlap, loss.words)
        )

    def _line(self, recent: list[tuple[float, ...]], done: float) -> str:
        total, match, objectness, overlap, words = (
            sum(parts) / len(recent) for parts in zip(*recent, strict=True)
        )
        minutes = self._progress.seconds / 60.0
        return (
            f"step {self._progress.step} ({100 * done:.0f} %, {minutes:.1f} min) loss {total:.3f} "
            f"match {match:.3f} objectness {objectness:.3f} overlap {overlap:.3f} words {words:.3f}"
        )


def _parameter_groups(model: torch.nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Return groups for the optimiser: only matrices and kernels decay."""
    decays = [p for p in model.parameters() if p.ndim >= 2]
    others = [p for p in model.parameters() if p.ndim < 2]
    return [
        {"params": decays, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def _sizes(config: GrounderTraining) -> tuple[ViewSize, ...]:
    """Return the sizes of the examples; a finished model goes on with those that come last."""
    if config.start_from is None:
        return config.sizes
    return tuple(replace(size, odds=(size.odds[1], size.odds[1])) for size in config.sizes)


def _model(config: GrounderTraining, words: int) -> TabletopDetectorForZeroShotObjectDetection:
    """Return the model as it is before the first step."""
    kind = TabletopDetectorForZeroShotObjectDetection
    if config.start_from is None:
        return kind(TabletopDetectorConfig(vocab_size=words, **config.model))
    model = kind.from_pretrained(config.start_from, local_files_only=True)
    # Learning goes on from the raw scores; they are calibrated anew at the end.
    model.calibration_scale.fill_(1.0)
    model.calibration_bias.fill_(0.0)
    return model


def _tokenizer(config: GrounderTraining, phrases: PhraseMaker, out_dir: Path) -> Tokenizer:
    """Return the checkpoint's tokenizer, that of the model to start from, or a new one."""
    path = out_dir / "checkpoint" / "tokenizer.json"
    if path.exists():
        return Tokenizer.from_file(str(path))
    words = every_word(phrases)
    if config.start_from is None:
        tokenizer = build_tokenizer(words, config.model.get("max_words", 12))
    else:
        tokenizer = _known_words(config.start_from, words)
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer


def _known_words(start_from: Path, words: list[str]) -> Tokenizer:
    """Return a finished model's tokenizer; ConfigError where it lacks a word of the pictures."""
    path = start_from / "tokenizer.json"
    if not path.is_file():
        raise ConfigError(f"{start_from} holds no finished model: there is no tokenizer.json")
    tokenizer = Tokenizer.from_file(str(path))
    unknown = tokenizer.token_to_id(UNKNOWN)
    missing = [word for word in words if unknown in tokenizer.encode(word).ids]
    if missing:
        raise ConfigError(
            f"the model in {start_from} does not know {missing}: train without --start-from"
        )
    return tokenizer


def _size(model: torch.nn.Module) -> str:
    return f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters"
