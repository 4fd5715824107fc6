"""Draws what was found, where the tool is and what is going on onto a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from vla_ros.geometry import inverse, project, transform_points
from vla_ros.types import Detection, Target

# Okabe and Ito's colours, which people with any colour vision can tell apart (RGB).
PALETTE = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
OBSTACLE_COLOR = (190, 190, 190)
AXIS_COLORS = ((213, 94, 0), (0, 158, 115), (86, 180, 233))
_AXIS_M = 0.05
_EDGES = [(a, a | bit) for a in range(8) for bit in (1, 2, 4) if not a & bit]


@dataclass(frozen=True, slots=True)
class CameraModel:
    """Where the picture was taken from; needed to draw things that are known in 3D.

    Attributes:
        k_px: (3, 3) intrinsics [px].
        T_base_camera: (4, 4) pose of the optical frame.
    """

    k_px: np.ndarray
    T_base_camera: np.ndarray

    def pixels(self, points_m: np.ndarray) -> np.ndarray | None:
        """Return (N, 2) pixels of (N, 3) base-frame points, None where one is not in front."""
        in_camera = transform_points(inverse(self.T_base_camera), points_m)
        if np.any(in_camera[:, 2] < 0.02):
            return None
        return project(in_camera, self.k_px)


@dataclass(slots=True)
class _Canvas:
    """A picture being drawn on, where its labels already are, and where the things are."""

    rgb: np.ndarray
    taken: list[tuple[int, int, int, int]] = field(default_factory=list)
    objects: list[np.ndarray] = field(default_factory=list)

    @property
    def scale(self) -> float:
        return float(np.clip(self.rgb.shape[1] / 640.0, 0.5, 2.5))

    @property
    def line(self) -> int:
        return max(1, round(2.0 * self.scale))


def draw_overlay(
    rgb: np.ndarray,
    *,
    detections: Sequence[Detection] = (),
    targets: Sequence[Target] = (),
    obstacles: Sequence[Target] = (),
    camera: CameraModel | None = None,
    T_base_tool: np.ndarray | None = None,
    stage: str = "",
) -> np.ndarray:
    """Return a copy of a picture with what is known drawn onto it.

    Args:
        rgb: (H, W, 3) uint8.
        detections: Boxes with phrase and score; masks are tinted.
        targets: Things in the world: their upright boxes where `camera` is given.
        obstacles: Things nobody named, drawn thin and gray.
        camera: Where the picture was taken from.
        T_base_tool: (4, 4) pose of the tool; drawn as axes where `camera` is given.
        stage: What is going on, written along the lower edge.

    Returns:
        (H, W, 3) uint8, a new array.
    """
    canvas = _Canvas(np.array(rgb, dtype=np.uint8, order="C"))
    items: list[Detection | Target] = [*targets, *detections]
    phrases = list(dict.fromkeys(item.phrase for item in items))
    colors = {phrase: PALETTE[i % len(PALETTE)] for i, phrase in enumerate(phrases)}
    for item in items:
        if item.mask is not None and item.mask.shape == canvas.rgb.shape[:2]:
            _tint(canvas, item.mask, colors[item.phrase])
    for obstacle in obstacles:
        _draw_target(canvas, obstacle, camera, OBSTACLE_COLOR, 1)
    for target in targets:
        _draw_target(canvas, target, camera, colors[target.phrase], canvas.line)
    for detection in detections:
        _draw_box(canvas, detection.box_px, colors[detection.phrase], canvas.line)
    if camera is not None and T_base_tool is not None:
        _draw_axes(canvas, camera, T_base_tool)
    if stage:
        _draw_stage(canvas, stage)
    labels = {f"{item.phrase} {item.score:.2f}": item for item in reversed(items)}
    canvas.objects.extend(item.box_px for item in items if np.all(np.isfinite(item.box_px)))
    for text, item in labels.items():
        _label(canvas, text, item.box_px, colors[item.phrase])
    return canvas.rgb


def _tint(canvas: _Canvas, mask: np.ndarray, color: tuple[int, int, int]) -> None:
    part = canvas.rgb[mask].astype(np.float32)
    canvas.rgb[mask] = (0.65 * part + 0.35 * np.array(color, dtype=np.float32)).astype(np.uint8)


def _draw_target(
    canvas: _Canvas,
    target: Target,
    camera: CameraModel | None,
    color: tuple[int, int, int],
    thickness: int,
) -> None:
    pixels = None if camera is None else camera.pixels(box_corners(target))
    if pixels is None:
        _draw_box(canvas, target.box_px, color, thickness)
        return
    for a, b in _EDGES:
        _draw_line(canvas, pixels[a], pixels[b], color, thickness)


def box_corners(target: Target) -> np.ndarray:
    """Return the (8, 3) corners of a target's box in the base frame [m]."""
    signs = np.array([[i & 1, (i >> 1) & 1, (i >> 2) & 1] for i in range(8)]) - 0.5
    return transform_points(target.T_base_object, signs * target.extent_m)


def _draw_box(
    canvas: _Canvas, box_px: np.ndarray, color: tuple[int, int, int], thickness: int
) -> None:
    height, width = canvas.rgb.shape[:2]
    if not np.all(np.isfinite(box_px)):
        return
    x0, y0, x1, y1 = np.clip(np.rint(box_px), 0, [width, height, width, height]).astype(int)
    # A dark border keeps the line visible on a background of its own colour.
    cv2.rectangle(canvas.rgb, (x0, y0), (x1 - 1, y1 - 1), (0, 0, 0), thickness + 1)
    cv2.rectangle(canvas.rgb, (x0, y0), (x1 - 1, y1 - 1), color, thickness)


def _draw_line(
    canvas: _Canvas,
    start: np.ndarray,
    end: np.ndarray,
    color: tuple[int, int, int],
    thickness: int,
) -> None:
    limit = 4.0 * max(canvas.rgb.shape)
    if not (np.all(np.abs(start) < limit) and np.all(np.abs(end) < limit)):
        return
    first, last = ([int(v) for v in np.rint(point)] for point in (start, end))
    cv2.line(canvas.rgb, first, last, (0, 0, 0), thickness + 1, cv2.LINE_AA)
    cv2.line(canvas.rgb, first, last, color, thickness, cv2.LINE_AA)


def _draw_axes(canvas: _Canvas, camera: CameraModel, T_base_tool: np.ndarray) -> None:
    """Draw the tool's axes; z, the approach direction, in blue."""
    tips = np.concatenate([np.zeros((1, 3)), _AXIS_M * np.eye(3)])
    pixels = camera.pixels(transform_points(T_base_tool, tips))
    if pixels is None:
        return
    for tip, color in zip(pixels[1:], AXIS_COLORS, strict=True):
        _draw_line(canvas, pixels[0], tip, color, canvas.line)


def _draw_stage(canvas: _Canvas, stage: str) -> None:
    height, width = canvas.rgb.shape[:2]
    text, _, text_height = _fitted(canvas, stage, width - 8)
    top = height - text_height - 6
    canvas.rgb[top:] = (0.35 * canvas.rgb[top:]).astype(np.uint8)
    _write(canvas, text, 4, height - 4, (255, 255, 255))
    canvas.taken.append((0, top, width, height))


def _label(canvas: _Canvas, text: str, box_px: np.ndarray, color: tuple[int, int, int]) -> None:
    """Write a label at its box, inside the picture and clear of the other labels if it can be."""
    height, width = canvas.rgb.shape[:2]
    if not np.all(np.isfinite(box_px)):
        return
    text, text_width, text_height = _fitted(canvas, text, width - 4)
    wide, high = text_width + 4, text_height + 4
    left = int(np.clip(box_px[0], 0, max(width - wide, 0)))
    lowest = max(height - high, 0)
    above = int(box_px[1]) - high
    wished = [above, int(box_px[3]), *(above - n * high for n in (1, 2))]
    wished += [int(box_px[3]) + n * high for n in (1, 2)]
    places = [int(np.clip(top, 0, lowest)) for top in wished]
    top = min(places, key=lambda top: _covered(canvas, (left, top, left + wide, top + high)))
    canvas.taken.append((left, top, left + wide, top + high))
    canvas.rgb[top : top + high, left : left + wide] = color
    dark = np.dot(color, (0.299, 0.587, 0.114)) < 110.0
    ink = (255, 255, 255) if dark else (0, 0, 0)
    _write(canvas, text, left + 2, top + high - 3, ink)


def _covered(canvas: _Canvas, place: tuple[int, int, int, int]) -> float:
    """Return how much a label at a place would hide; other labels count most [px]."""

    def common(box: Sequence[float] | np.ndarray) -> float:
        wide = min(place[2], box[2]) - max(place[0], box[0])
        high = min(place[3], box[3]) - max(place[1], box[1])
        return float(max(wide, 0.0) * max(high, 0.0))

    return 10.0 * sum(map(common, canvas.taken)) + sum(map(common, canvas.objects))


def _font_scale(canvas: _Canvas) -> float:
    return 0.2 + 0.3 * canvas.scale


def _fitted(canvas: _Canvas, text: str, widest: int) -> tuple[str, int, int]:
    """Return a text cut to a width, with its width and height [px]."""
    text = " ".join(text.split()).encode("ascii", "replace").decode()[:200]
    cut = text
    while True:
        (wide, high), _ = cv2.getTextSize(cut, cv2.FONT_HERSHEY_SIMPLEX, _font_scale(canvas), 1)
        if wide <= widest or len(text) <= 1:
            return cut, int(wide), int(high)
        text = text[:-1]
        cut = text.rstrip() + ".."


def _write(canvas: _Canvas, text: str, x: int, y: int, ink: tuple[int, int, int]) -> None:
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(canvas.rgb, text, (x, y), font, _font_scale(canvas), ink, 1, cv2.LINE_AA)
