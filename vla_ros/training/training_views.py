"""Which part of which picture a training example shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from vla_ros.training.labelled_pictures import LabelledObject, LabelledPictures

LEAST_VISIBLE_FRACTION = 0.3
"""Objects that show less than this are neither asked about nor counted as background."""

_LARGEST_SHARE = 0.8
_RARITY = 0.6


@dataclass(frozen=True, slots=True)
class ViewSize:
    """Examples of one size.

    Attributes:
        size_px: (height, width), divisible by 16.
        count: Examples in a batch.
        odds: Share of batches when training begins and when it ends.
    """

    size_px: tuple[int, int]
    count: int
    odds: tuple[float, float]


VIEW_SIZES = (
    ViewSize((64, 64), 64, (0.8, 0.2)),
    ViewSize((128, 160), 16, (0.1, 0.3)),
    ViewSize((240, 320), 8, (0.1, 0.5)),
)
"""A small view of one object costs a twentieth of a whole picture of four, so most of what there
is to learn about single things is learnt from those; whole pictures come at the end."""


def choose_size(sizes: tuple[ViewSize, ...], done: float, rng: np.random.Generator) -> ViewSize:
    """Return the size of the next batch when `done` (0..1) of the training is over."""
    odds = np.array([(1.0 - done) * size.odds[0] + done * size.odds[1] for size in sizes])
    return sizes[int(rng.choice(len(sizes), p=odds / odds.sum()))]


class Subjects:
    """The objects that fit into a view; kinds that are rare in scenes come up more often here."""

    def __init__(self, pictures: LabelledPictures, size_px: tuple[int, int]) -> None:
        """Find them."""
        found: list[tuple[int, int]] = []
        kinds: list[str] = []
        for picture, things in enumerate(pictures.all_objects()):
            for number, thing in enumerate(things):
                if _fits(thing, size_px):
                    found.append((picture, number))
                    kinds.append(thing.nouns[0])
        self._found = np.array(found, int).reshape(-1, 2)
        frequency = Counter(kinds)
        odds = np.array([frequency[kind] ** -_RARITY for kind in kinds])
        self._cumulated = np.cumsum(odds)

    def pick(self, rng: np.random.Generator) -> tuple[int, int] | None:
        """Return the number of a picture and of an object in it, or None where none fits."""
        if not len(self._found):
            return None
        at = rng.random() * self._cumulated[-1]
        picture, number = self._found[int(np.searchsorted(self._cumulated, at, side="right"))]
        return int(picture), int(number)


def _fits(thing: LabelledObject, size_px: tuple[int, int]) -> bool:
    x0, y0, x1, y1 = thing.box_px
    return (
        thing.visible_fraction >= LEAST_VISIBLE_FRACTION
        and x1 - x0 <= _LARGEST_SHARE * size_px[1]
        and y1 - y0 <= _LARGEST_SHARE * size_px[0]
    )
