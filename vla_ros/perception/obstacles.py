"""Everything that stands on the table, found from depth alone, whether anybody named it or not."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vla_ros.geometry import inverse, transform_points
from vla_ros.params import PerceptionParams
from vla_ros.perception.robot_volume import on_robot
from vla_ros.perception.segmentation import Segment
from vla_ros.perception.surface import Surface, connected
from vla_ros.perception.table import Table
from vla_ros.perception.targets import target_from_segment, window_around
from vla_ros.perception.view import View
from vla_ros.types import Target

_FLOATING_M = 0.10
_SKIN_M = 0.005


def obstacles_on_table(
    view: View,
    T_base_tool: np.ndarray | None,
    params: PerceptionParams,
    named: Sequence[Target] = (),
) -> tuple[Target, ...]:
    """Return what stands on the table besides the named things, as targets without a phrase.

    Args:
        view: The picture, lifted.
        T_base_tool: (4, 4) pose of the tool then, to leave out the robot, or None.
        params: Ranges, gaps, the viewed area and the robot's volume.
        named: Things that are already known.
    """
    surface, table = view.whole(), view.table
    keep = table.rises(surface.points_m, params.min_height_m) & _in_view(surface, params)
    for target in named:
        keep &= ~_belongs(surface, keep, target)
    robot = np.zeros(keep.shape, dtype=bool)
    if T_base_tool is not None:
        robot[keep] = on_robot(surface.points_m[keep], T_base_tool, params)
    labels = connected(surface, keep, params.gap_px, params.gap_m)
    counts = np.bincount(labels[keep], minlength=1)
    found: list[Target] = []
    inside = np.zeros(keep.shape, dtype=bool)
    for label in np.argsort(-counts, kind="stable"):
        if counts[label] < params.min_points:
            break
        mask = labels == label
        # Parts inside a larger thing, such as the floor of a tray, are parts of it.
        if float(np.mean(inside[mask])) > 0.5:
            continue
        if not _is_robot(surface, mask, robot, table, params):
            found.append(_obstacle(view, surface, mask))
            inside |= _belongs(surface, keep, found[-1])
    return tuple(found)


def _belongs(surface: Surface, asked: np.ndarray, target: Target) -> np.ndarray:
    """Return (h, w) which of some pixels are in a target's mask or in its box, as a bowl's inside.

    Args:
        surface: The whole picture.
        asked: (h, w) bool of the pixels.
        target: The thing.
    """
    local = transform_points(inverse(target.T_base_object), surface.points_m[asked])
    belongs = np.zeros(asked.shape, dtype=bool)
    belongs[asked] = np.all(np.abs(local) < 0.5 * target.extent_m + _SKIN_M, axis=1)
    if target.mask is not None:
        belongs |= cv2.dilate(target.mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return belongs


def _in_view(surface: Surface, params: PerceptionParams) -> np.ndarray:
    x0, y0, x1, y1 = params.view_area_m
    x, y = surface.points_m[..., 0], surface.points_m[..., 1]
    with np.errstate(invalid="ignore"):
        return np.asarray((x > x0) & (x < x1) & (y > y0) & (y < y1))


def _is_robot(
    surface: Surface, mask: np.ndarray, robot: np.ndarray, table: Table, params: PerceptionParams
) -> bool:
    """Whether a part is the robot: in its capsules, too high, or floating in the air."""
    heights = table.height_above(surface.points_m[mask])
    # What the picture's upper edge cuts off goes on upwards.
    limit = params.max_height_m * (0.5 if mask[0].any() else 1.0)
    if float(np.mean(robot[mask])) > 0.5 or float(heights.max()) > limit:
        return True
    return float(heights.min()) > _FLOATING_M and not _foot_hidden(surface, mask)


def _foot_hidden(surface: Surface, mask: np.ndarray) -> bool:
    """Whether something nearer covers the lower end of a part, so that it may well stand."""
    rows, columns = np.nonzero(mask)
    lowest = np.full(mask.shape[1], -1)
    np.maximum.at(lowest, columns, rows)
    here = np.flatnonzero((lowest >= 0) & (lowest + 1 < mask.shape[0]))
    eye = surface.T_base_camera[:3, 3]
    own = np.linalg.norm(surface.points_m[lowest[here], here] - eye, axis=1)
    below = np.linalg.norm(surface.points_m[lowest[here] + 1, here] - eye, axis=1)
    with np.errstate(invalid="ignore"):
        return bool(len(here) and np.mean(below < own - 0.01) > 0.5)


def _obstacle(view: View, surface: Surface, mask: np.ndarray) -> Target:
    rows, columns = np.nonzero(mask)
    box = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], dtype=float)
    center = np.median(surface.points_m[mask][:, :2], axis=0)
    # Wide enough for what the thing may hide behind itself.
    x0, y0, x1, y1 = window = window_around(box, view.shape, 1.0)
    segment = Segment(mask[y0:y1, x0:x1], float(view.table.height_at(center)))
    part = surface.window(window)
    return target_from_segment(part, segment, view, phrase="", box_px=box, score=1.0)
