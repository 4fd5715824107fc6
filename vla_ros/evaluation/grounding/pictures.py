"""A picture of an answer that was wrong: what was meant, what was found, what was asked."""

from __future__ import annotations

import cv2
import numpy as np

from vla_ros.evaluation.film import jpeg
from vla_ros.evaluation.grounding.judging import Judged
from vla_ros.evaluation.grounding.things import Things
from vla_ros.types import Detection
from vla_ros.visualization.overlay import draw_overlay

_SCALE = 2
_MEANT_RGB = (255, 255, 255)
_DASH_PX = 6


def picture_of(judged: Judged, rgb: np.ndarray, things: Things) -> bytes:
    """Return a JPEG: what was meant in white dashes, what was found in colour with its score.

    Args:
        judged: The answer.
        rgb: (H, W, 3) uint8 picture that was asked about.
        things: What stands there.
    """
    height, width = rgb.shape[:2]
    large = cv2.resize(rgb, (_SCALE * width, _SCALE * height), interpolation=cv2.INTER_CUBIC)
    detections = [
        Detection(name or "no thing", _SCALE * target.box_px, target.score)
        for name, target in zip(judged.found, judged.grounding.targets, strict=True)
    ]
    drawn = draw_overlay(large, detections=detections, stage=judged.question.phrase)
    for name in judged.question.meant:
        _dash(drawn, _SCALE * things[name].box_px)
    return jpeg(drawn)


def _dash(rgb: np.ndarray, box_px: np.ndarray) -> None:
    """Draw a dashed box onto a picture."""
    x0, y0, x1, y1 = np.rint(box_px).astype(int)
    for x in range(x0, x1, 2 * _DASH_PX):
        for y in (y0 - 2, y1 + 1):
            _line(rgb, (x, y), (min(x + _DASH_PX, x1), y))
    for y in range(y0, y1, 2 * _DASH_PX):
        for x in (x0 - 2, x1 + 1):
            _line(rgb, (x, y), (x, min(y + _DASH_PX, y1)))


def _line(rgb: np.ndarray, start: tuple[int, int], end: tuple[int, int]) -> None:
    cv2.line(rgb, start, end, (0, 0, 0), 3)
    cv2.line(rgb, start, end, _MEANT_RGB, 1)
