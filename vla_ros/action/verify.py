"""The second look: was it done? Judged from what is seen and felt, never from what was intended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vla_ros.action.handle import find_handle
from vla_ros.action.points import footprint_radius
from vla_ros.action.skill_head import placing_relation
from vla_ros.action.skills.push import push_direction
from vla_ros.errors import TaskFailed
from vla_ros.perception.relations import viewer_directions
from vla_ros.types import Relation, Skill, Target, Task

_SAME_PLACE_M = 0.03
_LIFTED_M = 0.04
_PUSHED_M = 0.025
_DRAWER_MOVED_M = 0.05
_POINTING_M = 0.05
_BESIDE_M = 0.16
_ON_M = 0.03


@dataclass(frozen=True, slots=True)
class Verified:
    """What a second look says.

    Attributes:
        success: It was done; False also where that cannot be told.
        reason: Why, for people.
        unsure: It could not be told from this look: another one may help.
        error_m: Distance between where the thing is and where it should be [m], where measured.
        where: The thing as it is seen now, where it is.
    """

    success: bool
    reason: str
    unsure: bool = False
    error_m: float | None = None
    where: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known for the verdict.

    Attributes:
        task: What was asked for.
        name: What the thing is called.
        before: The thing as it was seen before it was touched, or None where it never was.
        others: Other things of the same name as seen before.
        after: Things of that name now.
        places: The destination's targets now (two for "between").
        places_before: The same before; used for what is hidden now.
        T_base_tool: (4, 4) the tool now.
        holding: Whether the fingers are kept apart by something.
        viewer_yaw_rad: Where the viewer looks.
    """

    task: Task
    name: str
    before: Target | None
    others: Sequence[Target]
    after: Sequence[Target]
    places: Sequence[Target]
    places_before: Sequence[Target]
    T_base_tool: np.ndarray
    holding: bool
    viewer_yaw_rad: float


def verify(evidence: Evidence) -> Verified:
    """Return whether a task was done."""
    skill = evidence.task.skill
    if skill is Skill.PICK:
        return _picked(evidence)
    if skill in (Skill.PLACE, Skill.PUT_IN, Skill.PUT_ON, Skill.STACK):
        return _placed(evidence)
    if skill is Skill.PUSH:
        return _pushed(evidence)
    if skill in (Skill.OPEN, Skill.CLOSE):
        return _drawer_moved(evidence)
    if skill is Skill.POINT_AT:
        return _pointed(evidence)
    if skill is Skill.RELEASE and evidence.holding:
        return Verified(False, "the gripper still holds something")
    return Verified(True, "done")


def _picked(evidence: Evidence) -> Verified:
    name = evidence.name
    if not evidence.holding:
        return Verified(False, f"the gripper does not hold the {name}")
    if evidence.before is not None and _still_there(evidence.before, evidence.after):
        return Verified(False, f"the {name} still stands where it was")
    return Verified(True, f"the gripper holds the {name} and it is gone from the table")


def _still_there(before: Target, after: Sequence[Target]) -> bool:
    for target in after:
        way = target.T_base_object[:3, 3] - before.T_base_object[:3, 3]
        if float(np.hypot(*way[:2])) < _SAME_PLACE_M and float(way[2]) < _LIFTED_M:
            return True
    return False


def _placed(evidence: Evidence) -> Verified:
    name = evidence.name
    if evidence.holding:
        return Verified(False, f"the gripper still holds the {name}")
    relation = placing_relation(evidence.task)
    if relation is None or evidence.task.destination is None:
        return Verified(True, f"the {name} is put down")
    places = evidence.places or evidence.places_before
    if not places:
        return Verified(False, f"the {evidence.task.destination} is not to be seen", unsure=True)
    viewer = evidence.viewer_yaw_rad
    there = [t for t in evidence.after if stands(relation, t, places, viewer)]
    there_before = [t for t in evidence.others if stands(relation, t, places, viewer)]
    if len(there) > len(there_before):
        new = [t for t in there if not _among(t, evidence.others)] or there
        way = new[0].T_base_object[:2, 3] - places[0].T_base_object[:2, 3]
        where = _where(relation, evidence.task.destination)
        return Verified(
            True, f"the {name} is {where}", error_m=float(np.hypot(*way)), where=(new[0],)
        )
    return _not_seen_there(evidence, name, relation, there)


def _not_seen_there(
    evidence: Evidence, name: str, relation: Relation, there: Sequence[Target]
) -> Verified:
    destination = evidence.task.destination or ""
    where = _where(relation, destination)
    elsewhere = [t for t in evidence.after if not any(t is other for other in there)]
    elsewhere = [t for t in elsewhere if not _among(t, evidence.others)]
    if evidence.before is not None and _still_there(evidence.before, elsewhere):
        return Verified(False, f"the {name} still stands where it was")
    if elsewhere:
        return Verified(False, f"the {name} is not {where}", unsure=True)
    if relation is Relation.IN and _hides(evidence):
        return Verified(
            True, f"the {name} was let go over the {destination} and is seen nowhere else"
        )
    return Verified(False, f"the {name} is not to be seen", unsure=True)


def _hides(evidence: Evidence) -> bool:
    """Return whether the container's walls can hide the thing from the camera altogether."""
    if evidence.before is None or not evidence.places_before:
        return False
    container = evidence.places_before[0]
    return float(container.extent_m[2]) > 0.6 * float(evidence.before.extent_m[2])


def _among(target: Target, others: Sequence[Target]) -> bool:
    return any(
        float(np.linalg.norm(target.T_base_object[:3, 3] - other.T_base_object[:3, 3]))
        < _SAME_PLACE_M
        for other in others
    )


def stands(
    relation: Relation, thing: Target, places: Sequence[Target], viewer_yaw_rad: float
) -> bool:
    """Return whether a thing stands in a relation to a place (to two of them for BETWEEN)."""
    if relation is Relation.BETWEEN:
        return len(places) >= 2 and _between(thing, places[0], places[1])
    place = places[0]
    if relation is Relation.IN:
        return _over(thing, place, 1.0) and _bottom(thing) < _top(place)
    if relation is Relation.ON:
        surface = _top(place) - min(0.5 * float(place.extent_m[2]), 0.02)
        at_surface = surface - 0.01 <= _bottom(thing) <= _top(place) + _ON_M
        higher = _top(thing) > surface + 0.004
        return _over(thing, place, 1.1) and higher and (at_surface or _bottom(thing) < surface)
    way = thing.T_base_object[:2, 3] - place.T_base_object[:2, 3]
    reach = footprint_radius(thing.extent_m) + footprint_radius(place.extent_m) + _BESIDE_M
    if float(np.hypot(*way)) > reach or _over(thing, place, 0.8):
        return False
    toward = viewer_directions(viewer_yaw_rad).get(relation)
    return toward is None or float(way @ toward) >= 0.7 * float(np.hypot(*way))


def _between(thing: Target, first: Target, second: Target) -> bool:
    start, end = first.T_base_object[:2, 3], second.T_base_object[:2, 3]
    line = end - start
    length = max(float(np.linalg.norm(line)), 1e-6)
    offset = thing.T_base_object[:2, 3] - start
    along = float(offset @ line) / length**2
    across = abs(float(line[0] * offset[1] - line[1] * offset[0])) / length
    return 0.2 <= along <= 0.8 and across <= 0.25 * length


def _over(thing: Target, place: Target, share: float) -> bool:
    """Return whether a thing's centre is over the share of a place's ellipse."""
    T = place.T_base_object
    local = T[:3, :3].T @ (thing.T_base_object[:3, 3] - T[:3, 3])
    half = np.maximum(place.extent_m[:2] / 2.0 * share, 0.015)
    return bool(np.sum((local[:2] / half) ** 2) <= 1.0)


def _top(target: Target) -> float:
    return float(target.T_base_object[2, 3] + target.extent_m[2] / 2.0)


def _bottom(target: Target) -> float:
    return float(target.T_base_object[2, 3] - target.extent_m[2] / 2.0)


def _pushed(evidence: Evidence) -> Verified:
    name = evidence.name
    candidates = [t for t in evidence.after if not _among(t, evidence.others)]
    if evidence.before is None or not candidates:
        return Verified(False, f"the {name} is not to be seen after the push", unsure=True)
    was = evidence.before.T_base_object[:2, 3]
    ways = [target.T_base_object[:2, 3] - was for target in candidates]
    if evidence.places:
        there = evidence.places[0].T_base_object[:2, 3]
        toward = (there - was) / max(float(np.linalg.norm(there - was)), 1e-6)
    else:
        toward = push_direction(evidence.task.relation, evidence.viewer_yaw_rad)
    along = [float(way @ toward) for way in ways]
    moved = max(along)
    if moved < _PUSHED_M:
        return Verified(False, f"the {name} moved only {100.0 * max(moved, 0.0):.1f} cm")
    return Verified(
        True,
        f"the {name} moved {100.0 * moved:.0f} cm",
        where=(candidates[along.index(moved)],),
    )


def _drawer_moved(evidence: Evidence) -> Verified:
    name = evidence.name
    if evidence.before is None or not evidence.after:
        return Verified(False, f"the {name} is not to be seen", unsure=True)
    try:
        before, after = find_handle(evidence.before), find_handle(evidence.after[0])
    except TaskFailed as failure:
        return Verified(False, failure.message, unsure=True)
    way = float((after.tip_m[:2] - before.tip_m[:2]) @ before.outward)
    wanted = way if evidence.task.skill is Skill.OPEN else -way
    if wanted < _DRAWER_MOVED_M:
        return Verified(False, f"the {name} moved only {100.0 * max(wanted, 0.0):.1f} cm")
    done = "out" if evidence.task.skill is Skill.OPEN else "in"
    return Verified(True, f"the {name} moved {100.0 * wanted:.0f} cm {done}")


def _pointed(evidence: Evidence) -> Verified:
    if evidence.before is None:
        return Verified(False, "nothing to point at", unsure=True)
    way = evidence.before.T_base_object[:2, 3] - evidence.T_base_tool[:2, 3]
    aside = float(np.hypot(*way))
    name = evidence.name
    if aside > _POINTING_M:
        return Verified(False, f"the tool is {100.0 * aside:.0f} cm beside the {name}")
    return Verified(True, f"the tool points at the {name}", error_m=aside)


def _where(relation: Relation, destination: str) -> str:
    words = {Relation.LEFT_OF: "to the left of", Relation.RIGHT_OF: "to the right of"}
    return f"{words.get(relation, relation.value.replace('_', ' '))} the {destination}"
