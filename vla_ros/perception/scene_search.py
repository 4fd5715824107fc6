"""Which of many pictures shows a thing, and roughly where: search by a dual encoder's vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vla_ros.errors import GroundingError


class SceneEncoder(Protocol):
    """Turns pictures and phrases into vectors that can be compared."""

    def encode_pictures(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """Return (N, D) unit vectors of pictures (H, W, 3) uint8; raises ModelError."""
        ...

    def encode_phrases(self, phrases: Sequence[str]) -> np.ndarray:
        """Return (Q, D) unit vectors of phrases; raises GroundingError or ModelError."""
        ...

    def similarities(self, pictures: np.ndarray, phrases: np.ndarray) -> np.ndarray:
        """Return (N, Q) how well (N, D) fit (Q, D) [nats]; only differences mean something."""
        ...


@dataclass(frozen=True, slots=True)
class SceneMatch:
    """A picture that may show a thing.

    Attributes:
        name: Of the picture, as it was added.
        box_px: (4,) x0, y0, x1, y1 [px], the part that fits best: all of it or a quarter.
        similarity_nats: How well it fits; compare it with the other pictures' only.
    """

    name: str
    box_px: np.ndarray
    similarity_nats: float


class SceneIndex:
    """Remembers pictures as vectors: each as a whole, and its overlapping quarters.

    The quarters are there because a dual encoder hardly sees a small thing in a large picture.
    """

    def __init__(self, encoder: SceneEncoder) -> None:
        """Make an empty index."""
        self._encoder = encoder
        self._names: list[str] = []
        self._boxes: list[np.ndarray] = []
        self._vectors: list[np.ndarray] = []

    def add(self, name: str, rgb: np.ndarray) -> None:
        """Remember a picture (H, W, 3) uint8 of at least 2x2 pixels.

        Raises:
            ModelError: The encoder fails.
        """
        boxes = list(_parts(rgb.shape[1], rgb.shape[0]))
        vectors = self._encoder.encode_pictures([rgb[y0:y1, x0:x1] for x0, y0, x1, y1 in boxes])
        self._names += [name] * len(boxes)
        self._boxes += [np.array(box, float) for box in boxes]
        self._vectors.append(vectors)

    def search(self, phrase: str, most: int = 10) -> list[SceneMatch]:
        """Return the pictures that fit a phrase best, each once, the best first.

        Raises:
            GroundingError: No picture was added, or the phrase is too long for the encoder.
            ModelError: The encoder fails.
        """
        if not self._vectors:
            raise GroundingError("there is no picture to search in")
        query = self._encoder.encode_phrases([phrase])
        similarities = self._encoder.similarities(np.concatenate(self._vectors), query)[:, 0]
        best: dict[str, SceneMatch] = {}
        for row in np.argsort(-similarities, kind="stable"):
            name = self._names[row]
            if name not in best:
                best[name] = SceneMatch(name, self._boxes[row], float(similarities[row]))
        return list(best.values())[:most]


def _parts(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield boxes x0, y0, x1, y1 [px]: the whole picture, and four parts of 60 % of each side."""
    yield 0, 0, width, height
    across, down = -(-width * 6 // 10), -(-height * 6 // 10)
    for top in (0, height - down):
        for left in (0, width - across):
            yield left, top, left + across, top + down
