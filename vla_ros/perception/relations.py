"""How well a spatial relation holds between things, as the viewer sees them.

A degree is 1 where anybody would say that the relation holds, 0 where nobody would, and 0.5 on
the borderline.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vla_ros.params import PerceptionParams
from vla_ros.perception.footprint import bottom_m, center_xy, gap_m, normalized_offset, top_m
from vla_ros.types import Relation, Target

_CLEAR_ANGLE_RAD, _WIDEST_ANGLE_RAD = np.deg2rad(30.0), np.deg2rad(70.0)
_NEAR_M, _FAR_M = 0.25, 0.45
_SURFACE_BELOW_TOP_M = 0.02
_MOST_UNLIKE = 1.7


def viewer_directions(viewer_yaw_rad: float) -> dict[Relation, np.ndarray]:
    """Return the horizontal unit vector (2,) of each direction in the base frame."""
    forward = np.array([np.cos(viewer_yaw_rad), np.sin(viewer_yaw_rad)])
    left = np.array([-forward[1], forward[0]])
    return {
        Relation.BEHIND: forward,
        Relation.IN_FRONT_OF: -forward,
        Relation.LEFT_OF: left,
        Relation.RIGHT_OF: -left,
    }


def degree(
    relation: Relation, thing: Target, anchors: Sequence[Target], params: PerceptionParams
) -> float:
    """Return how well a thing stands in a relation to its anchors, 0 to 1.

    Args:
        relation: The relation.
        thing: What is asked about.
        anchors: Two for BETWEEN, else one.
        params: The viewer and the margins.
    """
    if relation is Relation.BETWEEN:
        return _between(thing, anchors[0], anchors[1])
    anchor = anchors[0]
    if relation is Relation.IN:
        return _inside(thing, anchor)
    if relation is Relation.ON:
        return _on_top(thing, anchor)
    if relation is Relation.NEXT_TO:
        return _next_to(thing, anchor, params.next_to_m)
    direction = viewer_directions(params.viewer_yaw_rad)[relation]
    return _towards(thing, anchor, direction, params.relation_margin_m)


def same_thing(first: Target, second: Target) -> bool:
    """Whether two targets are one thing: box in the picture, place and size nearly agree.

    Size tells a thing from the small plate that it stands on.
    """
    if first is second:
        return True
    apart = np.linalg.norm(first.T_base_object[:3, 3] - second.T_base_object[:3, 3])
    reach = max(0.25 * float(np.mean(first.extent_m + second.extent_m)), 0.015)
    sides = np.maximum(np.stack([first.extent_m, second.extent_m]), 1e-3)
    alike = float(np.max(sides.max(axis=0) / sides.min(axis=0))) < _MOST_UNLIKE
    return alike and float(apart) < reach and overlap(first.box_px, second.box_px) > 0.5


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Return the intersection over union of two boxes x0, y0, x1, y1."""
    sides = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
    common = float(np.prod(np.maximum(sides, 0.0)))
    both = float(np.prod(first[2:] - first[:2]) + np.prod(second[2:] - second[:2]))
    return common / max(both - common, 1e-9)


def _falling(value: float, good: float, bad: float) -> float:
    """Return 1 up to `good`, 0 from `bad` on, and a straight line in between."""
    return float(np.clip((bad - value) / (bad - good), 0.0, 1.0))


def _towards(thing: Target, anchor: Target, direction: np.ndarray, margin_m: float) -> float:
    offset = center_xy(thing) - center_xy(anchor)
    along = float(offset @ direction)
    across = abs(float(direction[0] * offset[1] - direction[1] * offset[0]))
    angle = float(np.arctan2(across, along))
    clear = 1.0 - _falling(along, 0.0, max(2.0 * margin_m, 1e-6))
    near = _falling(gap_m(thing, anchor), _NEAR_M, _FAR_M)
    return min(_falling(angle, _CLEAR_ANGLE_RAD, _WIDEST_ANGLE_RAD), clear, near)


def _inside(thing: Target, container: Target) -> float:
    """Centre over the opening, underside below the rim."""
    over = _falling(normalized_offset(thing, container), 0.8, 1.2)
    rim = top_m(container)
    below = _falling(bottom_m(thing), rim - 0.015, rim)
    return min(over, below, _smaller(thing, container))


def _on_top(thing: Target, support: Target) -> float:
    """Centre over the support, and higher than its surface, which may lie within a rim."""
    over = _falling(normalized_offset(thing, support), 1.0, 1.4)
    surface = top_m(support) - min(0.5 * float(support.extent_m[2]), _SURFACE_BELOW_TOP_M)
    height = 1.0 - _falling(top_m(thing), surface, surface + 0.012)
    return min(over, height)


def _smaller(thing: Target, container: Target) -> float:
    """Whether a thing's footprint is smaller than a container's."""
    share = float(np.prod(thing.extent_m[:2]) / max(float(np.prod(container.extent_m[:2])), 1e-9))
    return _falling(share, 0.9, 1.2)


def _next_to(thing: Target, anchor: Target, reach_m: float) -> float:
    if normalized_offset(thing, anchor) < 0.7:
        return 0.0
    return _falling(gap_m(thing, anchor), reach_m, reach_m + 0.08)


def _between(thing: Target, first: Target, second: Target) -> float:
    """In the middle of the line between two others, and near to that line."""
    line = center_xy(second) - center_xy(first)
    length = float(np.linalg.norm(line))
    if length < 1e-6:
        return 0.0
    offset = center_xy(thing) - center_xy(first)
    along = float(offset @ line) / length**2
    across = abs(float(line[0] * offset[1] - line[1] * offset[0])) / length**2
    return min(_falling(abs(along - 0.5), 0.25, 0.45), _falling(across, 0.2, 0.4))
