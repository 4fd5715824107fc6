"""Relations that hold beyond doubt, and places that are free, judged from ground truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.footprints import gap_m
from vla_ros.sim.objects import kind_named
from vla_ros.sim.placement import Region
from vla_ros.sim.predicates import direction
from vla_ros.types import Relation

Truths = Mapping[str, ObjectTruth]

SIDES = (Relation.LEFT_OF, Relation.RIGHT_OF, Relation.IN_FRONT_OF, Relation.BEHIND)
WORK_AREA = Region(x_min_m=0.33, x_max_m=0.62, y_min_m=-0.26, y_max_m=0.26)
"""Where things are put: the region of the scenes, less the room that a hand needs."""

_CLEAR_ANGLE_RAD, _DOUBTFUL_ANGLE_RAD = np.deg2rad(25.0), np.deg2rad(75.0)
_CLEAR_OFFSET_M = 0.05
_NEAR_GAP_M, _FAR_GAP_M = 0.20, 0.46
_TOUCHING_GAP_M, _APART_GAP_M = 0.05, 0.17
_HAND_ROOM_M = 0.035
_PUT_GAP_M = 0.05
_FITS = 0.85


def holds(
    relation: Relation, thing: ObjectTruth, anchor: ObjectTruth, viewer_yaw_rad: float
) -> bool | None:
    """Return whether a thing stands next to or on a side of another; None where people may differ.

    Args:
        relation: NEXT_TO or one of SIDES.
        thing: What is asked about.
        anchor: What it is related to.
        viewer_yaw_rad: Where the viewer looks.
    """
    offset = _center(thing) - _center(anchor)
    if relation is Relation.NEXT_TO:
        if np.linalg.norm(offset) >= _APART_GAP_M + _half_diagonal_m(thing) + _half_diagonal_m(
            anchor
        ):
            return False
        gap = gap_m(thing, anchor)
        return _decided(gap <= _TOUCHING_GAP_M, gap >= _APART_GAP_M)
    toward = direction(relation, viewer_yaw_rad)
    along = float(offset @ toward)
    across = abs(float(toward[0] * offset[1] - toward[1] * offset[0]))
    angle = float(np.arctan2(across, along))
    if angle >= _DOUBTFUL_ANGLE_RAD:
        return False
    gap = gap_m(thing, anchor)
    clear = angle <= _CLEAR_ANGLE_RAD and along >= _CLEAR_OFFSET_M and gap <= _NEAR_GAP_M
    return _decided(clear, gap >= _FAR_GAP_M)


def _decided(yes: bool, no: bool) -> bool | None:
    return True if yes else False if no else None


def along(thing: ObjectTruth, relation: Relation, viewer_yaw_rad: float) -> float:
    """Return how far a thing lies in a direction [m], from the base's origin."""
    return float(_center(thing) @ direction(relation, viewer_yaw_rad))


def fits_inside(thing: ObjectTruth, container: ObjectTruth) -> bool:
    """Whether a thing can be set down flat inside a container with room for the fingers."""
    kind = kind_named(container.kind)
    if kind.cavity is None:
        return False
    length, width, height = (float(side) for side in container.extent_m)
    cavity = kind.cavity((length, width, height))
    deep = cavity.rim_m - cavity.floor_m >= 0.025
    return deep and _half_diagonal_m(thing) <= _FITS * cavity.radius_m


def fits_on(thing: ObjectTruth, support: ObjectTruth) -> bool:
    """Whether a thing can be set down on another without overhang and stays there."""
    kind = kind_named(support.kind)
    narrow = 0.5 * float(support.extent_m[:2].min())
    low = float(support.extent_m[2]) <= 0.12
    room = _half_diagonal_m(thing) <= _FITS * narrow
    return kind.holds_on_top and not kind.fixed and low and room and stays_put(thing)


def stacks_on(thing: ObjectTruth, support: ObjectTruth) -> bool:
    """Whether a thing can stand on top of another that is about as large."""
    both = kind_named(thing.kind), kind_named(support.kind)
    flat = all(kind.holds_on_top and kind.graspable for kind in both)
    wide = float(thing.extent_m[:2].max()) <= 1.3 * float(support.extent_m[:2].min())
    low = float(thing.extent_m[2]) <= 0.09 and float(support.extent_m[2]) <= 0.09
    return flat and wide and low


def graspable(thing: ObjectTruth) -> bool:
    """Whether a parallel gripper can take a thing from above."""
    return kind_named(thing.kind).graspable


def stays_put(thing: ObjectTruth) -> bool:
    """Whether a thing does not roll away."""
    return not kind_named(thing.kind).rolls


def movable(thing: ObjectTruth) -> bool:
    """Whether a thing is not screwed to the table."""
    return not kind_named(thing.kind).fixed


def free_beside(
    thing: ObjectTruth, anchor: ObjectTruth, toward: np.ndarray, truths: Truths
) -> bool:
    """Whether there is room for a thing on the table beside another, in a direction (2,)."""
    reach = _half_along_m(anchor, toward) + _half_along_m(thing, toward)
    place = _center(anchor) + (reach + _PUT_GAP_M) * toward
    return _is_free(place, _half_diagonal_m(thing), truths, (thing, anchor))


def can_slide(
    thing: ObjectTruth, toward: np.ndarray, truths: Truths, distance_m: float = 0.10
) -> bool:
    """Whether nothing is in the way of sliding a thing, nor of the hand that pushes it."""
    half = _half_diagonal_m(thing)
    ahead = [(step, half) for step in np.arange(0.0, distance_m + 1e-9, 0.02)]
    hand = (-half - _HAND_ROOM_M, _HAND_ROOM_M)
    return all(
        _is_free(_center(thing) + step * toward, radius, truths, (thing,), margin_m=0.01)
        for step, radius in (*ahead, hand)
    )


def _is_free(
    place_m: np.ndarray,
    radius_m: float,
    truths: Truths,
    leaving_out: Sequence[ObjectTruth],
    margin_m: float = _HAND_ROOM_M,
) -> bool:
    """Whether a circle lies within the work area and keeps a margin to all other things."""
    x, y = float(place_m[0]), float(place_m[1])
    within = (
        WORK_AREA.x_min_m <= x <= WORK_AREA.x_max_m and WORK_AREA.y_min_m <= y <= WORK_AREA.y_max_m
    )
    skipped = {thing.name for thing in leaving_out}
    return within and all(
        np.linalg.norm(_center(other) - place_m) >= radius_m + _half_diagonal_m(other) + margin_m
        for other in truths.values()
        if other.name not in skipped
    )


def _center(thing: ObjectTruth) -> np.ndarray:
    return np.asarray(thing.T_base_object[:2, 3])


def _half_diagonal_m(thing: ObjectTruth) -> float:
    """Return the radius of the circle around a thing's footprint [m]; round things have none."""
    length, width = (float(side) for side in thing.extent_m[:2])
    round_ = abs(length - width) < 1e-3 and kind_named(thing.kind).name != "cube"
    return 0.5 * length if round_ else 0.5 * float(np.hypot(length, width))


def _half_along_m(thing: ObjectTruth, toward: np.ndarray) -> float:
    """Return half of a thing's extent in a horizontal direction (2,) [m]."""
    axes = thing.T_base_object[:2, :2]
    return float(np.abs(toward @ axes) @ (thing.extent_m[:2] / 2.0))
