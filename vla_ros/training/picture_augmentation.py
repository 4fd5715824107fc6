"""Changes to training pictures: where things are, and how the camera saw them.

Flips are allowed because phrases never say left or right. Hue changes stay small because phrases
do say colours.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vla_ros.backends.tabletop_frames import FILL

_LEAST_KEPT_FRACTION = 0.6
_LEAST_SHOWN = 0.85


@dataclass(frozen=True, slots=True)
class View:
    """A crop of a picture: x' = a x + b for columns and rows; a is negative in x when flipped.

    Attributes:
        scale: (x, y) factors.
        offset_px: (x, y) offsets in the crop.
        size_px: (height, width) of the crop.
    """

    scale: tuple[float, float]
    offset_px: tuple[float, float]
    size_px: tuple[int, int]

    def picture(self, rgb: np.ndarray) -> np.ndarray:
        """Return the crop (height, width, 3) of a picture."""
        matrix = np.array(
            [[self.scale[0], 0.0, self.offset_px[0]], [0.0, self.scale[1], self.offset_px[1]]]
        )
        # Pixel centres lie at half integers in the boxes and at integers in OpenCV.
        matrix[:, 2] += 0.5 * np.array(self.scale) - 0.5
        height, width = self.size_px
        return cv2.warpAffine(
            rgb, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(FILL,) * 3
        )

    def boxes(self, boxes_px: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (N, 4) boxes in the crop, clipped, and which (N,) are still mostly inside."""
        corners = boxes_px.reshape(-1, 2, 2) * np.array(self.scale) + np.array(self.offset_px)
        low, high = corners.min(axis=1), corners.max(axis=1)
        whole = np.prod(high - low, axis=1)
        height, width = self.size_px
        limits = np.array([width, height], float)
        low, high = np.clip(low, 0.0, limits), np.clip(high, 0.0, limits)
        kept = np.prod(high - low, axis=1) >= _LEAST_KEPT_FRACTION * np.maximum(whole, 1e-9)
        return np.concatenate([low, high], axis=1), kept & (whole > 0.0)


def random_view(
    picture_px: tuple[int, int],
    focus_px: np.ndarray | None,
    size_px: tuple[int, int],
    rng: np.random.Generator,
) -> View:
    """Return a view of a size (height, width), about a box (4,) where it shows only a part."""
    height, width = size_px
    size = np.array([width, height], float)
    spread = (-0.15, 0.12) if focus_px is None else (-0.25, 0.3)
    scale = float(np.exp(rng.uniform(*spread)))
    stretch = float(np.exp(rng.uniform(-0.06, 0.06)))
    factors = np.array([scale * stretch, scale / stretch])
    if focus_px is None:
        center = np.array([picture_px[1], picture_px[0]]) / 2.0
        aim = size * rng.uniform(0.42, 0.58, 2)
    else:
        center = (focus_px[:2] + focus_px[2:]) / 2.0
        # A little of the box may be cut off, as at the edge of a whole picture.
        reach = _LEAST_SHOWN * factors * (focus_px[2:] - focus_px[:2]) / 2.0 / size
        margin = np.clip(reach, 0.2, 0.5)
        aim = size * rng.uniform(margin, 1.0 - margin)
    offset = aim - factors * center
    if rng.random() < 0.5:
        factors[0], offset[0] = -factors[0], width - offset[0]
    return View(
        (float(factors[0]), float(factors[1])), (float(offset[0]), float(offset[1])), size_px
    )


def random_camera(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a picture as another camera may have seen it: exposure, white balance, noise, JPEG."""
    levels = np.arange(256, dtype=np.float32)[:, None] / 255.0
    gamma = float(np.exp(rng.uniform(-0.12, 0.12)))
    contrast, brightness = rng.uniform(0.85, 1.15), rng.uniform(-0.05, 0.05)
    balance = 1.0 + rng.uniform(-0.04, 0.04, 3)
    curve = ((levels**gamma - 0.45) * contrast + 0.45 + brightness) * balance
    table = np.clip(curve * 255.0, 0.0, 255.0).astype(np.uint8)
    rgb = np.stack([table[:, c][rgb[..., c]] for c in range(3)], axis=-1)
    if rng.random() < 0.25:
        rgb = cv2.GaussianBlur(rgb, (0, 0), float(rng.uniform(0.4, 1.1)))
    if rng.random() < 0.5:
        noise = rng.standard_normal(rgb.shape, dtype=np.float32) * np.float32(rng.uniform(1.0, 8.0))
        rgb = np.clip(rgb + noise, 0.0, 255.0).astype(np.uint8)
    if rng.random() < 0.2:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 96))]
        encoded = cv2.imencode(".jpg", rgb, quality)[1]
        rgb = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    return rgb
