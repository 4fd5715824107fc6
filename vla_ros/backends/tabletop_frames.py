"""What the tabletop detector does before and after the network, in numpy alone.

A picture of any size is letterboxed: scaled by one factor until it fits into 320x240, centred,
the rest filled with grey. Boxes are brought back by the inverse of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vla_ros.types import Detection

MEAN = np.array([0.48, 0.46, 0.42], np.float32)
STD = np.array([0.27, 0.26, 0.27], np.float32)
FILL = 114
"""Grey level of the letterbox's margins."""
LEAST_SCORE = 0.05
"""Boxes less probable than this are left out."""
MOST_OVERLAP = 0.5
"""Boxes of one phrase that overlap more than this are the same thing."""
_MOST_CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where a picture went: pixel * scale + offset.

    Attributes:
        scale: Pixels of the network's picture for each of the given one.
        offset_px: (x, y) of the given picture's corner in the network's picture.
        size_px: (height, width) of the given picture.
        canvas_px: (height, width) of the network's picture.
    """

    scale: float
    offset_px: tuple[int, int]
    size_px: tuple[int, int]
    canvas_px: tuple[int, int]

    def undo(self, boxes_px: np.ndarray) -> np.ndarray:
        """Bring (N, 4) boxes x0, y0, x1, y1 back to the given picture, clipped to it."""
        height, width = self.size_px
        boxes = (boxes_px - np.array(self.offset_px * 2, np.float32)) / self.scale
        return np.clip(boxes, 0.0, np.array([width, height, width, height], np.float32))


def fit(size_px: tuple[int, int], canvas_px: tuple[int, int]) -> Letterbox:
    """Return where a picture of a size (height, width) goes in a canvas (height, width)."""
    (height, width), (rows, columns) = size_px, canvas_px
    scale = min(rows / height, columns / width)
    top, left = (rows - round(height * scale)) // 2, (columns - round(width * scale)) // 2
    return Letterbox(scale, (left, top), size_px, canvas_px)


def letterbox(rgb: np.ndarray, canvas_px: tuple[int, int]) -> tuple[np.ndarray, Letterbox]:
    """Fit a picture (H, W, 3) uint8 into a canvas (height, width) and say where it went."""
    height, width = rgb.shape[:2]
    where = fit((height, width), canvas_px)
    fitted = max(1, round(height * where.scale)), max(1, round(width * where.scale))
    if fitted != (height, width):
        method = cv2.INTER_AREA if where.scale < 1.0 else cv2.INTER_LINEAR
        rgb = cv2.resize(rgb, (fitted[1], fitted[0]), interpolation=method)
    if fitted == canvas_px:
        return rgb, where
    left, top = where.offset_px
    canvas = np.full((*canvas_px, 3), FILL, np.uint8)
    canvas[top : top + fitted[0], left : left + fitted[1]] = rgb
    return canvas, where


def normalized(rgb: np.ndarray) -> np.ndarray:
    """Return (3, H, W) float32 network input of a picture (H, W, 3) uint8."""
    pixels = (rgb.astype(np.float32) / 255.0 - MEAN) / STD
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def corners_px(boxes: np.ndarray, canvas_px: tuple[int, int]) -> np.ndarray:
    """Return (N, 4) x0, y0, x1, y1 [px] of (N, 4) centre and size fractions of a canvas."""
    rows, columns = canvas_px
    half = boxes[:, 2:] / 2.0
    corners = np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)
    return np.asarray(corners * np.array([columns, rows, columns, rows], np.float32))


def overlap(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return (N,) intersection over union of a box (4,) with (N, 4) others, corners [px]."""
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.clip(high - low, 0.0, None), axis=1)
    area = np.prod(box[2:] - box[:2])
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    return np.asarray(shared / np.maximum(area + areas - shared, 1e-9))


def distinct(boxes_px: np.ndarray, scores: np.ndarray, most_overlap: float) -> list[int]:
    """Return indices of boxes, best first, none of which overlaps a better one too much."""
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if not kept or overlap(boxes_px[index], boxes_px[kept]).max() <= most_overlap:
            kept.append(int(index))
    return kept


def detections(
    phrases: Sequence[str],
    logits: np.ndarray,
    boxes: np.ndarray,
    where: Letterbox,
    threshold: float,
    most_overlap: float,
) -> list[Detection]:
    """Turn the network's output for one picture into detections in that picture.

    Args:
        phrases: Q phrases.
        logits: (P, Q) calibrated logits.
        boxes: (P, 4) centre x, centre y, width, height as fractions of the canvas.
        where: How the picture was letterboxed.
        threshold: Least probability that counts as found.
        most_overlap: Boxes of one phrase that overlap more than this are the same thing.
    """
    scores = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
    boxes_px = where.undo(corners_px(boxes, where.canvas_px))
    visible = (boxes_px[:, 2:] - boxes_px[:, :2]).min(axis=1) >= 1.0
    found: list[Detection] = []
    for column, phrase in enumerate(phrases):
        (candidates,) = np.nonzero((scores[:, column] >= threshold) & visible)
        best_first = np.argsort(-scores[candidates, column], kind="stable")
        candidates = candidates[best_first[:_MOST_CANDIDATES]]
        for index in distinct(boxes_px[candidates], scores[candidates, column], most_overlap):
            cell = candidates[index]
            found.append(
                Detection(phrase, boxes_px[cell].astype(np.float32), float(scores[cell, column]))
            )
    return found
