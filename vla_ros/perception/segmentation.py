"""Which pixels of a detection's box are the object, and what the object stands on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.params import PerceptionParams
from vla_ros.perception.hollows import continued
from vla_ros.perception.surface import Surface, connected
from vla_ros.perception.table import Table

_LEVEL_NZ = 0.9
_WORTHWHILE = 0.15
_THIN_SHARE = 0.2
_LIKE_ENOUGH = 0.75


@dataclass(frozen=True, slots=True)
class Segment:
    """An object's pixels in a window.

    Attributes:
        mask: (h, w) bool in the surface's window.
        support_m: Height of what it stands on [m].
    """

    mask: np.ndarray
    support_m: float


def segment_box(
    surface: Surface,
    box_px: np.ndarray,
    table: Table,
    params: PerceptionParams,
    allowed: np.ndarray,
) -> Segment:
    """Find the object in a box: the connected surface that the box was drawn around.

    The table and level surfaces that go on outside the box are background. Of what is left, the
    connected part whose own box is most like the detection's is the object, together with parts
    that make the two more alike (an object cut in two by something in front of it).

    Args:
        surface: A window that holds the box with a margin.
        box_px: (4,) x0, y0, x1, y1 in the whole picture [px].
        table: The table.
        params: Gaps and heights.
        allowed: (h, w) bool of the pixels that may belong to it.
    """
    inside = _box_mask(surface, box_px, 1.0)
    above = table.rises(surface.points_m, params.min_height_m)
    ground = _ground(surface, above, box_px, params)
    keep = above & ~ground & allowed
    labels = connected(surface, keep, params.gap_px, params.gap_m)
    box = box_px - np.tile(surface.origin_px, 2)
    mask = _assemble(labels, inside, box)
    apart = keep & ~continued(surface, labels, inside, ~_grown_box(surface, box_px))
    if (mask & ~apart).any():
        parts = connected(surface, apart, params.gap_px, params.gap_m)
        thing = _assemble(parts, inside, box)
        if _box_likeness(thing, box) >= _LIKE_ENOUGH * _box_likeness(mask, box):
            labels, mask = parts, thing
    mask = _with_last_row(surface, mask, np.where(inside, labels, -1), params)
    return _settled(surface, mask, support_height(surface, mask, ground, table), params)


def segment_mask(
    surface: Surface, mask: np.ndarray, table: Table, params: PerceptionParams
) -> Segment:
    """Take a model's mask (h, w), without the table and without scattered crumbs of background."""
    keep = mask & table.rises(surface.points_m, params.min_height_m)
    labels = connected(surface, keep, params.gap_px, params.gap_m)
    counts = np.bincount(labels[keep]) if keep.any() else np.zeros(1)
    large = np.flatnonzero(counts >= 0.2 * counts.max())
    chosen = keep & np.isin(labels, large)
    support = support_height(surface, chosen, np.zeros_like(mask), table)
    return _settled(surface, chosen, support, params)


def _settled(
    surface: Surface, mask: np.ndarray, support_m: float, params: PerceptionParams
) -> Segment:
    """Drop the support's own pixels along the crease where the object stands on it."""
    with np.errstate(invalid="ignore"):
        clear = mask & (surface.points_m[..., 2] > support_m + params.min_height_m)
    return Segment(clear if clear.any() else mask, support_m)


def _box_mask(surface: Surface, box_px: np.ndarray, margin_px: float) -> np.ndarray:
    """Return (h, w) whether a pixel's centre lies in the box grown by a margin."""
    rows, columns = surface.shape
    x = surface.origin_px[0] + np.arange(columns) + 0.5
    y = surface.origin_px[1] + np.arange(rows) + 0.5
    x0, y0, x1, y1 = box_px + np.array([-1.0, -1.0, 1.0, 1.0]) * margin_px
    return np.asarray(((y > y0) & (y < y1))[:, None] & ((x > x0) & (x < x1))[None, :])


def _grown_box(surface: Surface, box_px: np.ndarray) -> np.ndarray:
    """Return (h, w) the box with a margin, for boxes are not exact."""
    return _box_mask(surface, box_px, 1.0 + 0.05 * float(np.max(box_px[2:] - box_px[:2])))


def _ground(
    surface: Surface, above: np.ndarray, box_px: np.ndarray, params: PerceptionParams
) -> np.ndarray:
    """Return (h, w) level surface above the table that goes on outside the box: a support."""
    with np.errstate(invalid="ignore"):
        level = above & (surface.normals[..., 2] > _LEVEL_NZ)
    labels = connected(surface, level, params.gap_px, params.gap_m)
    if not level.any():
        return level
    outside = ~_grown_box(surface, box_px)
    total = np.bincount(labels[level])
    out = np.bincount(labels[level & outside], minlength=len(total))
    support = np.flatnonzero((out >= 6) & (out > 0.3 * total))
    return np.asarray(level & np.isin(labels, support))


def _assemble(labels: np.ndarray, inside: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Return (h, w) the parts that together fill the box best; box in the window's pixels."""
    candidates = np.unique(labels[inside & (labels >= 0)])
    parts = [(labels == label) & inside for label in candidates]
    if not parts:
        return np.zeros(labels.shape, dtype=bool)
    weights = _center_weights(labels.shape, box)
    total = float((weights * inside).sum())
    worth = [_box_likeness(part, box) + 0.5 * float(weights[part].sum()) / total for part in parts]
    mask: np.ndarray = parts.pop(int(np.argmax(worth)))
    likeness = _box_likeness(mask, box)
    while parts:
        gains = [_box_likeness(mask | part, box) for part in parts]
        best = int(np.argmax(gains))
        if gains[best] < likeness + _WORTHWHILE:
            break
        likeness = gains[best]
        mask = mask | parts.pop(best)
    return mask


def _with_last_row(
    surface: Surface, mask: np.ndarray, labels: np.ndarray, params: PerceptionParams
) -> np.ndarray:
    """Take back the last pixels before a curved outline, which the gap has cut off.

    There the surface turns away from the camera and the points of neighbouring pixels lie far
    apart: thin parts that touch the mask all along are joined across twice the gap.
    """
    reach = 2.2 * np.maximum(params.gap_px * surface.pixel_m, params.gap_m)
    near = np.zeros(mask.shape, dtype=bool)
    for shift in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        step = surface.points_m - np.roll(surface.points_m, shift, axis=(0, 1))
        with np.errstate(invalid="ignore"):
            close = np.linalg.norm(step, axis=-1) < reach
        near |= close & np.roll(mask, shift, axis=(0, 1))
    thin = near & ~mask & (labels >= 0)
    joined: np.ndarray = mask.copy()
    for label in np.unique(labels[thin]):
        part = labels == label
        if part.sum() <= _THIN_SHARE * mask.sum() and np.mean(near[part]) > 0.5:
            joined |= part
    return np.asarray(joined)


def _center_weights(shape: tuple[int, ...], box: np.ndarray) -> np.ndarray:
    """Return (h, w) weights that fall off from the box's centre to its sides."""
    center = 0.5 * (box[:2] + box[2:])
    half = np.maximum(0.5 * (box[2:] - box[:2]), 1.0)
    x = (np.arange(shape[1]) + 0.5 - center[0]) / half[0]
    y = (np.arange(shape[0]) + 0.5 - center[1]) / half[1]
    return np.asarray(np.exp(-(x[None, :] ** 2 + y[:, None] ** 2)))


def _box_likeness(mask: np.ndarray, box: np.ndarray) -> float:
    """Return the intersection over union of a mask's own box and a box."""
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return 0.0
    low = np.array([columns.min(), rows.min()], dtype=float)
    high = np.array([columns.max() + 1, rows.max() + 1], dtype=float)
    common = np.prod(np.maximum(np.minimum(high, box[2:]) - np.maximum(low, box[:2]), 0.0))
    union = np.prod(high - low) + np.prod(box[2:] - box[:2]) - common
    return float(common / max(union, 1e-9))


def support_height(surface: Surface, mask: np.ndarray, ground: np.ndarray, table: Table) -> float:
    """Return the height [m] of what a mask's object stands on.

    Below the object's lower outline the picture shows the support, unless something nearer
    covers it. Where too little of it is seen, a support found behind the object counts, then the
    table.
    """
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return table.height_m
    points = surface.points_m
    fallback = float(table.height_at(np.median(points[mask][:, :2], axis=0)))
    lowest = np.full(surface.shape[1], -1)
    np.maximum.at(lowest, columns, rows)
    here = np.flatnonzero(lowest >= 0)
    levels = []
    for step in (1, 2, 3):
        below = lowest[here] + step
        use = below < surface.shape[0]
        column, row = here[use], below[use]
        foot = points[lowest[column], column]
        reach = 3.0 * surface.pixel_m[lowest[column], column] * step
        with np.errstate(invalid="ignore"):
            level = (
                (np.linalg.norm(points[row, column, :2] - foot[:, :2], axis=1) < reach)
                & (surface.normals[row, column, 2] > _LEVEL_NZ)
                & (points[row, column, 2] < foot[:, 2] + 0.003)
                & ~mask[row, column]
            )
        levels.append(points[row, column, 2][level])
    seen = np.concatenate(levels)
    if len(seen) >= 0.3 * len(here):
        found = float(np.median(seen))
        return fallback if abs(found - fallback) < 0.004 else max(found, fallback)
    return _ground_under(points, mask, ground, fallback)


def _ground_under(
    points: np.ndarray, mask: np.ndarray, ground: np.ndarray, fallback: float
) -> float:
    """Return the height of the support that lies around the object, or the fallback."""
    if not ground.any():
        return fallback
    center = np.median(points[mask][:, :2], axis=0)
    around = points[ground]
    distance = np.linalg.norm(around[:, :2] - center, axis=1)
    reach = 1.5 * float(np.max(np.ptp(points[mask][:, :2], axis=0)))
    heights = around[distance < reach, 2]
    lowest = float(np.min(points[mask][:, 2]))
    if len(heights) < 12 or float(np.median(heights)) > lowest + 0.01:
        return fallback
    return max(float(np.median(heights)), fallback)
