"""A detection's box and the depth behind it, turned into a thing in the base frame."""

from __future__ import annotations

from functools import partial

import numpy as np

from vla_ros.errors import GroundingError, NoDepthError
from vla_ros.params import PerceptionParams
from vla_ros.perception.segmentation import Segment, segment_box, segment_mask
from vla_ros.perception.shape import complete_box
from vla_ros.perception.surface import Surface, outline_points, seen_past
from vla_ros.perception.view import View
from vla_ros.perception.visible_side import VisibleSide
from vla_ros.types import Detection, Target

MAX_POINTS = 2000
_SMALLEST_MARGIN_PX = 6


def target_from_detection(
    detection: Detection,
    view: View,
    params: PerceptionParams,
    others: np.ndarray | None = None,
) -> Target:
    """Place what a detection shows in the base frame.

    Args:
        detection: The box in the view's picture, with a mask where the model gives one.
        view: The picture, lifted.
        params: Ranges, gaps and areas.
        others: (H, W) bool of pixels that are known to show something else, such as what stands
            on it.

    Raises:
        NoDepthError: There is no depth in the box.
        GroundingError: The box is outside the picture, holds too few points above the table, or
            what it shows stands outside the viewed area or is too high.
    """
    shape = view.shape
    box = clipped_box(detection.box_px, shape, detection.phrase)
    window = window_around(box, shape)
    surface = view.window(window)
    _require_measured(surface, box, detection.phrase)
    part = (slice(window[1], window[3]), slice(window[0], window[2]))
    allowed = np.ones(surface.shape, dtype=bool) if others is None else ~others[part]
    if detection.mask is None:
        segment = segment_box(surface, box, view.table, params, allowed)
    else:
        segment = segment_mask(surface, detection.mask[part] & allowed, view.table, params)
    _require_points(segment, params, detection.phrase)
    target = target_from_segment(
        surface, segment, view, phrase=detection.phrase, box_px=box, score=detection.score
    )
    _require_in_view(target, params)
    return target


def target_from_segment(
    surface: Surface,
    segment: Segment,
    view: View,
    *,
    phrase: str,
    box_px: np.ndarray,
    score: float,
) -> Target:
    """Return the target of an object's pixels in a window, its hidden back completed."""
    points = surface.points_m[segment.mask]
    away = points[:, :2].mean(axis=0) - surface.T_base_camera[:2, 3]
    side = VisibleSide(
        points,
        surface.normals[segment.mask],
        outline_points(surface, segment.mask),
        segment.support_m,
        float(np.median(surface.pixel_m[segment.mask])),
        away / max(float(np.linalg.norm(away)), 1e-9),
        partial(seen_past, surface, segment.mask),
        view.table.noise_m,
    )
    T_base_object, extent = complete_box(side)
    x0, y0 = surface.origin_px
    rows, columns = surface.shape
    mask = np.zeros(view.shape, dtype=bool)
    mask[y0 : y0 + rows, x0 : x0 + columns] = segment.mask
    thinned = points[:: -(-len(points) // MAX_POINTS)]
    return Target(
        phrase, box_px, T_base_object, extent, score, mask, thinned, view.camera, view.stamp_ns
    )


def clipped_box(box_px: np.ndarray, shape: tuple[int, ...], phrase: str) -> np.ndarray:
    """Return the part (4,) of a box that lies in a picture of a shape (H, W).

    Raises:
        GroundingError: The box is not finite, empty, or entirely outside.
    """
    box = np.asarray(box_px, dtype=float)
    if box.shape != (4,) or not np.all(np.isfinite(box)):
        raise GroundingError(f"'{phrase}': the box {box.tolist()} is not four finite numbers")
    height, width = shape[:2]
    clipped: np.ndarray = np.clip(box, 0.0, [width, height, width, height])
    if np.any(clipped[2:] - clipped[:2] < 1.0):
        raise GroundingError(
            f"'{phrase}': the box {np.round(box, 1).tolist()} is empty or outside the picture of "
            f"{width}x{height}"
        )
    return clipped


def window_around(
    box: np.ndarray, shape: tuple[int, ...], share: float = 0.25
) -> tuple[int, int, int, int]:
    """Return a box grown by a share of its size, to show its surroundings, in whole pixels."""
    margin = max(_SMALLEST_MARGIN_PX, share * float(np.max(box[2:] - box[:2])))
    x0, y0 = np.floor(np.maximum(box[:2] - margin, 0.0)).astype(int)
    limits = np.array([shape[1], shape[0]])
    x1, y1 = np.ceil(np.minimum(box[2:] + margin, limits)).astype(int)
    return int(x0), int(y0), int(x1), int(y1)


def _require_measured(surface: Surface, box: np.ndarray, phrase: str) -> None:
    x0, y0 = np.floor(box[:2]).astype(int) - surface.origin_px
    x1, y1 = np.ceil(box[2:]).astype(int) - surface.origin_px
    if not np.any(surface.measured[y0:y1, x0:x1]):
        raise NoDepthError(
            f"'{phrase}': no depth in its box; it may be too near, too far, black, shiny or clear"
        )


def _require_points(segment: Segment, params: PerceptionParams, phrase: str) -> None:
    count = int(segment.mask.sum())
    if count < params.min_points:
        raise GroundingError(
            f"'{phrase}': only {count} depth pixels above the table in its box, "
            f"{params.min_points} are needed: it is too flat, too small or hidden"
        )


def _require_in_view(target: Target, params: PerceptionParams) -> None:
    x, y, z = target.T_base_object[:3, 3]
    x0, y0, x1, y1 = params.view_area_m
    margin = params.view_margin_m
    within = x0 - margin <= x <= x1 + margin and y0 - margin <= y <= y1 + margin
    top = z + 0.5 * target.extent_m[2] - params.table_height_m
    if not within:
        raise GroundingError(
            f"'{target.phrase}': not on the table: it is at x {x:.2f}, y {y:.2f} m, outside of "
            f"view_area_m {list(params.view_area_m)}"
        )
    if top > params.max_height_m:
        raise GroundingError(
            f"'{target.phrase}': reaches {top:.2f} m above the table, more than max_height_m "
            f"{params.max_height_m}: it may be the robot itself"
        )
