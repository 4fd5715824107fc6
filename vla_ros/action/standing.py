"""How things stand to each other as they are seen: in, on, beside, between.

Drawn a little tighter than people would: what is on the borderline is not claimed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vla_ros.perception.footprint import bottom_m, gap_m, top_m
from vla_ros.perception.relations import viewer_directions
from vla_ros.types import Relation, Target

_ON_M = 0.03
_UNDER_RIM_M = 0.006
_NEXT_TO_GAP_M = 0.115
_SIDE_GAP_M = 0.23
_SIDE_COSINE = 0.74
_LEVEL_M = 0.025


def stands(
    relation: Relation, thing: Target, places: Sequence[Target], viewer_yaw_rad: float
) -> bool:
    """Return whether a thing stands in a relation to a place (to two of them for BETWEEN)."""
    if relation is Relation.BETWEEN:
        return len(places) >= 2 and _between(thing, places[0], places[1])
    place = places[0]
    if relation is Relation.IN:
        return over(thing, place, 1.0) and bottom_m(thing) < top_m(place) - _UNDER_RIM_M
    if relation is Relation.ON:
        return _on(thing, place)
    return _beside(relation, thing, place, viewer_yaw_rad)


def over(thing: Target, place: Target, share: float) -> bool:
    """Return whether a thing's centre is over the share of a place's ellipse."""
    local = _seen_from(place, thing)
    half = np.maximum(place.extent_m[:2] / 2.0 * share, 0.015)
    return bool(np.sum((local[:2] / half) ** 2) <= 1.0)


def on_level(thing: Target, place: Target) -> bool:
    """Return whether two things stand equally high."""
    return abs(bottom_m(thing) - bottom_m(place)) <= _LEVEL_M


def _on(thing: Target, place: Target) -> bool:
    surface = top_m(place) - min(0.5 * float(place.extent_m[2]), 0.02)
    # What is hidden of a thing's foot is taken to reach down to what it stands on.
    at_surface = bottom_m(thing) <= top_m(place) + _ON_M
    return over(thing, place, 1.1) and top_m(thing) > surface + 0.004 and at_surface


def _beside(relation: Relation, thing: Target, place: Target, viewer_yaw_rad: float) -> bool:
    toward = viewer_directions(viewer_yaw_rad).get(relation)
    gap = gap_m(thing, place)
    if over(thing, place, 0.8) or not on_level(thing, place):
        return False
    if toward is None:
        return gap <= _NEXT_TO_GAP_M
    way = thing.T_base_object[:2, 3] - place.T_base_object[:2, 3]
    return gap <= _SIDE_GAP_M and float(way @ toward) >= _SIDE_COSINE * float(np.hypot(*way))


def _between(thing: Target, first: Target, second: Target) -> bool:
    start, end = first.T_base_object[:2, 3], second.T_base_object[:2, 3]
    line = end - start
    length = max(float(np.linalg.norm(line)), 1e-6)
    offset = thing.T_base_object[:2, 3] - start
    along = float(offset @ line) / length**2
    across = abs(float(line[0] * offset[1] - line[1] * offset[0])) / length
    return 0.22 <= along <= 0.78 and across <= 0.23 * length


def _seen_from(place: Target, thing: Target) -> np.ndarray:
    T = place.T_base_object
    return np.asarray(T[:3, :3].T @ (thing.T_base_object[:3, 3] - T[:3, 3]))
