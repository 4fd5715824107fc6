"""Batches for the detector: batch number i of a seed is always the same, so training can resume."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from vla_ros.backends.tabletop_frames import MEAN, STD
from vla_ros.training.detector_targets import CellTargets, cell_targets
from vla_ros.training.labelled_pictures import LabelledPictures
from vla_ros.training.phrases import Phrase, PhraseMaker
from vla_ros.training.picture_augmentation import random_camera, random_view
from vla_ros.training.training_views import (
    LEAST_VISIBLE_FRACTION,
    Subjects,
    ViewSize,
    choose_size,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs and truth of B pictures with Q phrases each; the truth is as in CellTargets."""

    pixel_values: Tensor
    input_ids: Tensor
    matches: Tensor
    match_weights: Tensor
    centers: Tensor
    center_weights: Tensor
    boxes: Tensor
    box_weights: Tensor
    words: Tensor
    word_ids: Tensor


class BatchMaker:
    """Makes training batches."""

    def __init__(
        self,
        pictures: LabelledPictures,
        phrases: PhraseMaker,
        tokenizer: Tokenizer,
        sizes: tuple[ViewSize, ...],
        queries: int,
        seed: int,
    ) -> None:
        """Look through the pictures.

        Args:
            pictures: Where examples come from.
            phrases: Makes the phrases.
            tokenizer: Makes word ids of them.
            sizes: Sizes of examples; one as large as the pictures shows whole pictures.
            queries: Phrases asked about each example.
            seed: Decides everything random.
        """
        self._pictures = pictures
        self._phrases = phrases
        self._tokenizer = tokenizer
        self._sizes = sizes
        self._queries = queries
        self._seed = seed
        self._picture_px = pictures.picture(0)[0].shape[:2]
        self._subjects = {
            size.size_px: Subjects(pictures, size.size_px)
            for size in sizes
            if size.size_px != self._picture_px
        }

    def batch(self, number: int, done: float) -> Batch:
        """Return batch `number`, always the same one when `done` (0..1) is the same."""
        rng = np.random.default_rng((self._seed, number))
        size = choose_size(self._sizes, done, rng)
        pixels: list[np.ndarray] = []
        texts: list[str] = []
        truths: list[CellTargets] = []
        words = self._phrases.single_words(rng)
        for _ in range(size.count):
            rgb, asked, truth = self._example(size.size_px, words, rng)
            pixels.append(rgb)
            texts.extend(asked)
            truths.append(truth)
        word_ids = encode(self._tokenizer, [word.text() for word in words])
        return _collate(np.stack(pixels), encode(self._tokenizer, texts), truths, word_ids)

    def batches(self, start: int, stop: int, done: Callable[[int], float]) -> Iterator[Batch]:
        """Yield batches in order, each made while the one before is used.

        Args:
            start: Number of the first.
            stop: Number after the last.
            done: How much of the training is over (0..1) at a batch.
        """
        with ThreadPoolExecutor(max_workers=1) as worker:
            ahead = worker.submit(self.batch, start, done(start))
            for number in range(start, stop):
                ready = ahead.result()
                if number + 1 < stop:
                    ahead = worker.submit(self.batch, number + 1, done(number + 1))
                yield ready

    def _example(
        self, size_px: tuple[int, int], words: list[Phrase], rng: np.random.Generator
    ) -> tuple[np.ndarray, list[str], CellTargets]:
        """Return a changed picture, phrases about it and the truth."""
        whole = size_px == self._picture_px
        subject = None if whole else self._subjects[size_px].pick(rng)
        picked = int(rng.integers(len(self._pictures))) if subject is None else subject[0]
        rgb, things = self._pictures.picture(picked)
        boxes_px = np.array([thing.box_px for thing in things], float).reshape(-1, 4)
        focus_px = None if subject is None else boxes_px[subject[1]]
        view = random_view(self._picture_px, focus_px, size_px, rng)
        boxes_px, inside = view.boxes(boxes_px)
        touched = (boxes_px[:, 2:] - boxes_px[:, :2]).min(axis=1, initial=np.inf) >= 1.0
        seen = [thing for thing, touches in zip(things, touched, strict=True) if touches]
        clear = inside[touched] & np.array(
            [thing.visible_fraction >= LEAST_VISIBLE_FRACTION for thing in seen], bool
        )
        askable = [thing for thing, shows in zip(seen, clear, strict=True) if shows]
        queries = self._phrases.training_queries(askable, self._queries, rng, sizes=whole)
        truth = cell_targets(size_px, boxes_px[touched], clear, seen, queries, words)
        picture = random_camera(view.picture(rgb), rng)
        return picture, [query.text for query in queries], truth


def encode(tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    """Return (N, T) word ids of N phrases, padded to the longest of them."""
    return torch.tensor([encoding.ids for encoding in tokenizer.encode_batch(texts)])


def pixel_values(rgb: np.ndarray) -> Tensor:
    """Return (B, 3, H, W) normalised float pixels of (B, H, W, 3) uint8, channels innermost."""
    pixels = torch.from_numpy(rgb.astype(np.float32)).div_(255.0)
    return ((pixels - torch.from_numpy(MEAN)) / torch.from_numpy(STD)).permute(0, 3, 1, 2)


def _collate(
    rgb: np.ndarray, input_ids: Tensor, truths: list[CellTargets], word_ids: Tensor
) -> Batch:
    def stacked(name: str) -> Tensor:
        return torch.from_numpy(np.stack([getattr(truth, name) for truth in truths]))

    return Batch(
        pixel_values(rgb),
        input_ids,
        stacked("matches"),
        stacked("match_weights"),
        stacked("centers"),
        stacked("center_weights"),
        stacked("boxes"),
        stacked("box_weights"),
        stacked("words"),
        word_ids,
    )
