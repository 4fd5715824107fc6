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
_SMALLEST_TEXT_PX = 10
_PALETTE_PICTURES = 6


def with_caption(rgb: np.ndarray, caption: str) -> np.ndarray:
    """Return a picture (H, W, 3) uint8 with a line of text on a dark bar at the bottom."""
    if not caption:
        return rgb
    height, width = rgb.shape[:2]
    bar = max(_SMALLEST_TEXT_PX, height // 18) * 3 // 2 + 4
    picture = Image.fromarray(rgb).convert("RGBA")
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    draw.rectangle((0, height - bar, width, height), fill=_BAR_RGBA)
    text, font = _fitting(draw, caption, max(_SMALLEST_TEXT_PX, height // 18), width - bar)
    draw.text((bar // 2, height - bar / 2), text, font=font, fill=_TEXT_RGBA, anchor="lm")
    return np.asarray(Image.alpha_composite(picture, layer).convert("RGB"))


def _fitting(
    draw: ImageDraw.ImageDraw, text: str, size_px: int, width_px: int
) -> tuple[str, ImageFont.FreeTypeFont | ImageFont.ImageFont]:
    """Return a text and a font that fit a width: first smaller, then cut off."""
    for size in range(size_px, _SMALLEST_TEXT_PX - 1, -1):
        font = ImageFont.load_default(size=size)
        if draw.textlength(text, font=font) <= width_px:
            return text, font
    while text and draw.textlength(text + "…", font=font) > width_px:
        text = text[:-1]
    return text + "…", font


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
    palette = _common_palette(frames)
    drawn = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    drawn[0].save(path, save_all=True, append_images=drawn[1:], duration=round(1000 / fps), loop=0)


def _common_palette(frames: Sequence[Image.Image]) -> Image.Image:
    """Return one palette for all: a palette per picture makes flat surfaces flicker."""
    chosen = np.unique(np.linspace(0, len(frames) - 1, _PALETTE_PICTURES).round().astype(int))
    mosaic = np.concatenate([np.asarray(frames[index].convert("RGB")) for index in chosen])
    return Image.fromarray(mosaic).quantize(colors=255, dither=Image.Dither.NONE)


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
