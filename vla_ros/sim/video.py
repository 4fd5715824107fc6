"""Films and pictures of what the simulator shows, with captions; needs the [sim] extra."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import imageio_ffmpeg
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vla_ros.errors import SimulationError

_BAR_RGBA = (16, 18, 22, 190)
_TEXT_RGBA = (245, 246, 248, 255)
_EVEN = 2
_CRF = "20"


def with_caption(rgb: np.ndarray, caption: str) -> np.ndarray:
    """Return a picture (H, W, 3) uint8 with a line of text on a dark bar at the bottom."""
    if not caption:
        return rgb
    height, width = rgb.shape[:2]
    size_px = max(11, height // 18)
    picture = Image.fromarray(rgb).convert("RGBA")
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    bar = size_px + size_px // 2 + 4
    draw.rectangle((0, height - bar, width, height), fill=_BAR_RGBA)
    font = ImageFont.load_default(size=size_px)
    while size_px > 8 and draw.textlength(caption, font=font) > width - 2 * size_px:
        size_px -= 1
        font = ImageFont.load_default(size=size_px)
    middle = height - bar / 2
    draw.text((size_px, middle), caption, font=font, fill=_TEXT_RGBA, anchor="lm")
    return np.asarray(Image.alpha_composite(picture, layer).convert("RGB"))


def side_by_side(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Return pictures (H, W, 3) of any sizes in a row, all as high as the first."""
    height = pictures[0].shape[0]
    scaled = [
        np.asarray(Image.fromarray(p).resize((round(p.shape[1] * height / p.shape[0]), height)))
        for p in pictures
    ]
    return np.concatenate(scaled, axis=1)


def save_picture(path: Path, rgb: np.ndarray, caption: str = "") -> None:
    """Save a PNG or JPEG, by the path's suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(with_caption(rgb, caption)).save(path)


def save_gif(path: Path, pictures: Iterable[np.ndarray], fps: float) -> None:
    """Save pictures (H, W, 3) uint8 as a GIF that repeats.

    Raises:
        SimulationError: There are no pictures.
    """
    frames = [Image.fromarray(picture) for picture in pictures]
    if not frames:
        raise SimulationError(f"no pictures to save as {path}")
    path.parent.mkdir(parents=True, exist_ok=True)
    # One palette for all: a palette per picture makes flat surfaces flicker.
    palette = frames[len(frames) // 2].quantize(colors=255, dither=Image.Dither.NONE)
    drawn = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    drawn[0].save(
        path, save_all=True, append_images=drawn[1:], duration=round(1000 / fps), loop=0
    )


class VideoWriter:
    """Writes pictures to an H.264 MP4 as they come; use it in a `with` block."""

    def __init__(self, path: Path, fps: float) -> None:
        """Prepare to write to a path at a number of pictures per second of film."""
        self._path = path
        self._fps = fps
        self._size: tuple[int, int] | None = None
        self._sink: Generator[None, Any, None] | None = None

    @property
    def path(self) -> Path:
        """The file it writes."""
        return self._path

    def add(self, rgb: np.ndarray, caption: str = "") -> None:
        """Append a picture (H, W, 3) uint8; every picture must be as large as the first.

        Raises:
            SimulationError: It is not.
        """
        height, width = (n - n % _EVEN for n in rgb.shape[:2])
        if self._sink is None:
            self._sink = self._open((width, height))
        if (width, height) != self._size:
            raise SimulationError(
                f"{self._path} has pictures of {self._size} px, this one is {(width, height)}"
            )
        picture = with_caption(rgb[:height, :width], caption)
        self._sink.send(np.ascontiguousarray(picture, dtype=np.uint8))

    def close(self) -> None:
        """Finish the file; nothing can be added after."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def __enter__(self) -> VideoWriter:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file, also after an error."""
        self.close()

    def _open(self, size: tuple[int, int]) -> Generator[None, Any, None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._size = size
        sink: Generator[None, Any, None] = imageio_ffmpeg.write_frames(
            str(self._path),
            size,
            fps=self._fps,
            codec="libx264",
            pix_fmt_out="yuv420p",
            macro_block_size=_EVEN,
            output_params=["-crf", _CRF, "-movflags", "+faststart"],
        )
        sink.send(None)
        return sink
