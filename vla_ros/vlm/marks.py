"""Numbered boxes on a picture, for a model that is asked which of them is meant."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vla_ros.visualization.overlay import PALETTE

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)


def with_numbers(rgb: np.ndarray, boxes_px: Sequence[np.ndarray]) -> np.ndarray:
    """Return a copy of a picture (H, W, 3) with boxes drawn onto it, numbered from 1.

    Each number stands on a black plate at its box's upper left corner, inside the picture.
    """
    drawn: np.ndarray = np.ascontiguousarray(rgb).copy()
    height, width = drawn.shape[:2]
    scale = max(0.4, min(height, width) / 700.0)
    line = max(1, round(2 * scale))
    for number, box in enumerate(boxes_px, start=1):
        x0, y0, x1, y1 = (round(float(v)) for v in box)
        color = PALETTE[(number - 1) % len(PALETTE)]
        cv2.rectangle(drawn, (x0, y0), (x1 - 1, y1 - 1), color, line)
        (text_width, text_height), below = cv2.getTextSize(str(number), _FONT, scale, line)
        left = max(0, min(x0, width - text_width))
        base = max(text_height, min(y0, height - below))
        plate = (left, base - text_height), (left + text_width, base + below)
        cv2.rectangle(drawn, *plate, _BLACK, cv2.FILLED)
        cv2.putText(drawn, str(number), (left, base), _FONT, scale, _WHITE, line, cv2.LINE_AA)
    return drawn
