"""The picture as a model sees it, and the way back to the camera's pixels.

Models that write boxes in pixels mean those of the picture after their own processor resized it.
So pictures are brought to a size here that no processor changes again.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

LONGEST_SIDE_PX = 1024
_MOST_STRETCH = 200.0
_GREY = 127


@dataclass(frozen=True, slots=True)
class PictureRule:
    """What a family needs of a picture.

    Attributes:
        multiple_px: Both sides are made multiples of this [px].
        least_side_px: Both sides are made at least this long [px].
        square: Whether it is padded to a square, right and below.
    """

    multiple_px: int = 1
    least_side_px: int = 1
    square: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ModelPicture:
    """A picture made fit for a model.

    Attributes:
        rgb: (H, W, 3) uint8.
        scale_xy: (2,) pixels here for one of the camera's.
        camera_size_px: Width and height of the camera's picture.
    """

    rgb: np.ndarray
    scale_xy: np.ndarray
    camera_size_px: tuple[int, int]

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return int(self.rgb.shape[1]), int(self.rgb.shape[0])

    def to_camera(self, boxes_px: np.ndarray) -> np.ndarray:
        """Return boxes (N, 4) or points (N, 2) of this picture in the camera's pixels.

        What lies in the padding is moved to the picture's edge; a box that lies in it wholly
        becomes empty.
        """
        repeats = boxes_px.shape[1] // 2
        sides = np.tile(np.array(self.camera_size_px, dtype=np.float64), repeats)
        pixels = boxes_px / np.tile(self.scale_xy, repeats)
        return np.asarray(np.clip(pixels, 0.0, sides))


def model_picture(rgb: np.ndarray, rule: PictureRule) -> ModelPicture:
    """Return a camera's picture (H, W, 3) uint8 as a family needs it, at most LONGEST_SIDE_PX."""
    height, width = rgb.shape[:2]
    scale = min(1.0, LONGEST_SIDE_PX / max(height, width))
    scale = max(scale, min(rule.least_side_px / min(height, width), _MOST_STRETCH))
    columns = _side(width * scale, rule)
    rows = _side(height * scale, rule)
    if (columns, rows) == (width, height):
        resized = np.asarray(rgb)
    else:
        shrinks = columns < width or rows < height
        resized = np.asarray(
            cv2.resize(
                np.ascontiguousarray(rgb),
                (columns, rows),
                interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC,
            )
        )
    if rule.square and rows != columns:
        side = max(rows, columns)
        padded = np.full((side, side, 3), _GREY, dtype=np.uint8)
        padded[:rows, :columns] = resized
        resized = padded
    return ModelPicture(resized, np.array([columns / width, rows / height]), (width, height))


def _side(length_px: float, rule: PictureRule) -> int:
    """Return the multiple nearest to a length, and no shorter than the rule allows."""
    least = -(-rule.least_side_px // rule.multiple_px)
    return max(round(length_px / rule.multiple_px), least, 1) * rule.multiple_px
