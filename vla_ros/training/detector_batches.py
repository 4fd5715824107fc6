"""Batches for the detector: batch number i of a seed is always the same, so training can resume."""

from __future__ import annotations

from collections.abc import Iterator
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

LEAST_VISIBLE_FRACTION = 0.3
"""Objects that show less than this are neither asked about nor counted as background."""


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


@dataclass(frozen=True)
class BatchMaker:
    """Makes training batches.

    Attributes:
        pictures: Where they come from.
        phrases: Makes the phrases.
        tokenizer: Makes word ids of them.
        batch_size: Pictures in a batch of crops; a batch of whole pictures has half as many.
        queries: Phrases asked about each picture.
        crop_px: (height, width) of crops, divisible by 16. Crops cost less than half of a whole
            picture and show most of its objects.
        picture_px: (height, width) of whole pictures.
        whole_odds: Share of batches that show whole pictures.
        seed: Decides everything random.
    """

    pictures: LabelledPictures
    phrases: PhraseMaker
    tokenizer: Tokenizer
    batch_size: int
    queries: int
    crop_px: tuple[int, int]
    picture_px: tuple[int, int]
    whole_odds: float
    seed: int

    def batch(self, number: int) -> Batch:
        """Return batch `number`, always the same one."""
        rng = np.random.default_rng((self.seed, number))
        whole = rng.random() < self.whole_odds
        size_px = self.picture_px if whole else self.crop_px
        count = self.batch_size // 2 if whole else self.batch_size
        pixels: list[np.ndarray] = []
        texts: list[str] = []
        truths: list[CellTargets] = []
        words = self.phrases.single_words(rng)
        for _ in range(count):
            rgb, asked, truth = self._example(size_px, words, rng)
            pixels.append(rgb)
            texts.extend(asked)
            truths.append(truth)
        word_ids = encode(self.tokenizer, [word.text() for word in words])
        return _collate(np.stack(pixels), encode(self.tokenizer, texts), truths, word_ids)

    def batches(self, start: int, stop: int) -> Iterator[Batch]:
        """Yield batches in order, each made while the one before is used."""
        with ThreadPoolExecutor(max_workers=1) as worker:
            ahead = worker.submit(self.batch, start)
            for number in range(start, stop):
                ready = ahead.result()
                if number + 1 < stop:
                    ahead = worker.submit(self.batch, number + 1)
                yield ready

    def _example(
        self, size_px: tuple[int, int], words: list[Phrase], rng: np.random.Generator
    ) -> tuple[np.ndarray, list[str], CellTargets]:
        """Return a changed picture, phrases about it and the truth."""
        rgb, things = self.pictures.picture(int(rng.integers(len(self.pictures))))
        boxes_px = np.array([thing.box_px for thing in things], float).reshape(-1, 4)
        view = random_view(self.picture_px, boxes_px, size_px, rng)
        boxes_px, inside = view.boxes(boxes_px)
        touched = (boxes_px[:, 2:] - boxes_px[:, :2]).min(axis=1, initial=np.inf) >= 1.0
        seen = [thing for thing, touches in zip(things, touched, strict=True) if touches]
        clear = inside[touched] & np.array(
            [thing.visible_fraction >= LEAST_VISIBLE_FRACTION for thing in seen], bool
        )
        whole = size_px == self.picture_px
        askable = [thing for thing, shows in zip(seen, clear, strict=True) if shows]
        queries = self.phrases.training_queries(askable, self.queries, rng, sizes=whole)
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
