"""Keeps moments of an episode, few however long it is, and makes a short film of them if wanted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from vla_ros.evaluation.worlds import Shot

MOST_SHOTS = 64
"""Most pictures of a film; 8 s of it."""

FPS = 8.0
_FIRST_PERIOD_NS = 250_000_000
_JPEG_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Media:
    """What an episode looked like.

    Attributes:
        picture_jpeg: Its last moment; empty where none was kept.
        film_mp4: All of it, in H.264; empty where nothing moved.
        mistakes_jpeg: A picture for each mistake that its result tells of.
    """

    picture_jpeg: bytes = b""
    film_mp4: bytes = b""
    mistakes_jpeg: tuple[bytes, ...] = ()


class Film:
    """Keeps a shot now and then; the longer it goes on, the seldomer."""

    def __init__(self, shot: Callable[[], Shot]) -> None:
        """Film what `shot` keeps."""
        self._shot = shot
        self._shots: list[tuple[int, Shot]] = []
        self._period_ns = _FIRST_PERIOD_NS

    def tick(self, now_ns: int) -> None:
        """Keep the present moment if it is time to; simulated time [ns]."""
        if self._shots and 0 <= now_ns - self._shots[-1][0] < self._period_ns:
            return
        self.keep(now_ns)

    def keep(self, now_ns: int) -> None:
        """Keep the present moment; simulated time [ns]."""
        self._shots.append((now_ns, self._shot()))
        if len(self._shots) > MOST_SHOTS:
            self._shots = self._shots[::2]
            self._period_ns *= 2

    def develop(self) -> Media | None:
        """Return the pictures, or None where nothing was kept; needs the [sim] extra."""
        if not self._shots:
            return None
        began_ns = self._shots[0][0]
        pictures = [((at_ns - began_ns) * 1e-9, shot()) for at_ns, shot in self._shots]
        return Media(jpeg(pictures[-1][1]), _mp4(pictures))


def jpeg(rgb: np.ndarray) -> bytes:
    """Return a picture (H, W, 3) uint8 as a JPEG file; needs the [sim] extra."""
    from PIL import Image

    written = BytesIO()
    Image.fromarray(rgb).save(written, "JPEG", quality=_JPEG_QUALITY)
    return written.getvalue()


def _mp4(pictures: list[tuple[float, np.ndarray]]) -> bytes:
    from vla_ros.sim.video import VideoWriter

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with VideoWriter(path, FPS) as film:
            for seconds, rgb in pictures:
                film.add(rgb, f"{seconds:.1f} s")
        return path.read_bytes()
