"""A picture with one painted rectangle, and networks that see exactly that: the oracle of geometry.

A perfect network says where the paint is in the very tensor it was given. Whatever a processor did
to the picture, the answer must then come back as the rectangle that was painted.
"""

from __future__ import annotations

import numpy as np
import torch

from vla_ros.types import CameraFrame

PAINTED = (
    # width, height, rectangle x0, y0, x1, y1
    (400, 250, (40, 60, 160, 140)),
    (250, 400, (30, 250, 120, 390)),
    (300, 300, (100, 20, 290, 100)),
    (640, 180, (500, 10, 630, 170)),
)


def painted(width: int, height: int, box: tuple[int, int, int, int]) -> CameraFrame:
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[..., 2] = 255
    x0, y0, x1, y1 = box
    rgb[y0:y1, x0:x1] = (255, 0, 0)
    return CameraFrame(rgb, None, np.eye(3), "camera", 0)


def paint_in(pixel_values: torch.Tensor) -> torch.Tensor:
    """(h, w) bool: where one picture (1, 3, h, w) of a network's input shows the paint."""
    red_over_blue = pixel_values[0, 0] - pixel_values[0, 2]
    low, high = red_over_blue.min(), red_over_blue.max()
    return red_over_blue > (low + high) / 2


def paint_box(pixel_values: torch.Tensor) -> torch.Tensor:
    """(4,) centre and size of the paint as fractions of a network's input."""
    rows, columns = torch.nonzero(paint_in(pixel_values), as_tuple=True)
    height, width = pixel_values.shape[-2:]
    x0, x1 = columns.min() / width, (columns.max() + 1) / width
    y0, y1 = rows.min() / height, (rows.max() + 1) / height
    return torch.stack([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0])


def overlap(mask: np.ndarray, box: tuple[int, int, int, int]) -> float:
    """Intersection over union of a mask (H, W) with a box of whole pixels."""
    truth = np.zeros_like(mask)
    x0, y0, x1, y1 = box
    truth[y0:y1, x0:x1] = True
    return float((mask & truth).sum() / (mask | truth).sum())
