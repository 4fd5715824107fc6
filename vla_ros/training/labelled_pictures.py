"""Reads what rendered_scenes.py wrote: pictures with the truth about every object in them.

A folder of shards: `shard_*/images.npy` (N, H, W, 3) uint8 and `shard_*/objects.json`, one list of
objects for each picture.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vla_ros.errors import ConfigError


@dataclass(frozen=True, slots=True)
class LabelledObject:
    """What is known of one object in a picture.

    Attributes:
        nouns: What people call it, the plainest first.
        colors: Colour and material words that hold for it.
        sizes: Size words that hold for it among the others of its kind.
        categories: Families it belongs to.
        box_px: (x0, y0, x1, y1) of its visible part [px], x1 and y1 exclusive.
        visible_fraction: Visible part of its silhouette, 0..1.
    """

    nouns: tuple[str, ...]
    colors: tuple[str, ...]
    sizes: tuple[str, ...]
    categories: tuple[str, ...]
    box_px: tuple[float, float, float, float]
    visible_fraction: float


class LabelledPictures:
    """A split of the rendered pictures, memory-mapped."""

    def __init__(self, folder: Path) -> None:
        """Open every finished shard in a folder.

        Raises:
            ConfigError: There is no shard, or one is not in the format.
        """
        shards = sorted(p.parent for p in folder.glob("shard_*/objects.json"))
        if not shards:
            raise ConfigError(
                f"no shard_*/objects.json in {folder}: `vla-ros train grounder` renders them first"
            )
        self._images = [np.load(shard / "images.npy", mmap_mode="r") for shard in shards]
        self._objects = [_read_objects(shard / "objects.json") for shard in shards]
        for shard, images, objects in zip(shards, self._images, self._objects, strict=True):
            if len(images) != len(objects):
                raise ConfigError(
                    f"{shard}: {len(images)} pictures but objects of {len(objects)}; render again"
                )
        self._starts = np.cumsum([0, *(len(images) for images in self._images)])

    def __len__(self) -> int:
        """Number of pictures."""
        return int(self._starts[-1])

    def picture(self, index: int) -> tuple[np.ndarray, Sequence[LabelledObject]]:
        """Return picture (H, W, 3) uint8 number `index` and its objects."""
        shard = int(np.searchsorted(self._starts, index, side="right")) - 1
        row = index - int(self._starts[shard])
        return np.asarray(self._images[shard][row]), self._objects[shard][row]

    def objects(self) -> Iterator[LabelledObject]:
        """Yield every object of every picture."""
        for things in self.all_objects():
            yield from things

    def all_objects(self) -> Iterator[Sequence[LabelledObject]]:
        """Yield the objects of each picture, in the pictures' order."""
        for shard in self._objects:
            yield from shard


def _read_objects(path: Path) -> list[list[LabelledObject]]:
    try:
        pictures = json.loads(path.read_text())
        return [[_read_object(entry) for entry in picture] for picture in pictures]
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} is not a list of objects for each picture: {error!r}") from error


def _read_object(entry: dict[str, object]) -> LabelledObject:
    def words(key: str) -> tuple[str, ...]:
        value = entry[key]
        if not isinstance(value, list):
            raise TypeError(f"'{key}' is {value!r}")
        return tuple(str(word).lower() for word in value)

    x0, y0, x1, y1 = (float(v) for v in entry["box_px"])  # type: ignore[attr-defined]
    return LabelledObject(
        nouns=words("nouns"),
        colors=words("colors"),
        sizes=words("sizes"),
        categories=words("categories"),
        box_px=(x0, y0, x1, y1),
        visible_fraction=float(entry["visible_fraction"]),  # type: ignore[arg-type]
    )
