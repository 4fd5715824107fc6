"""The second look: was it done? Judged from what is seen and felt, never from what was intended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.action.change import Presence, presence
from vla_ros.action.evidence import Evidence
from vla_ros.action.handle import find_handle
from vla_ros.action.points import footprint_radius
from vla_ros.action.skill_head import placing_relation
from vla_ros.action.skills.push import push_direction
from vla_ros.action.standing import over, stands
from vla_ros.action.tracking import Sighting, find_again, mistaken, moved_thing, places_now
from vla_ros.errors import TaskFailed
from vla_ros.perception.footprint import bottom_m, top_m
from vla_ros.types import Relation, Skill, Target

__all__ = ["Evidence", "Verified", "stands", "verify"]

_SAME_PLACE_M = 0.03
_LIFTED_M = 0.04
_PUSHED_M = 0.035
_PUSHED_COSINE = 0.75
_FARTHEST_PUSH_M = 0.35
_DRAWER_MOVED_M = 0.05
_POINTING_M = 0.05
_ON_TABLE_M = 0.03
_LEAST_RISE = 0.5


@dataclass(frozen=True, slots=True)
class Verified:
    """What a second look says.

    Attributes:
        success: It was done; False also where that cannot be told.
        reason: Why, for people.
        unsure: It could not be told from this look: another one may help.
        error_m: Distance between where the thing is and where it should be [m], where measured.
        where: The thing as it is seen now, where it is, also where it is not where it should be.
        final: Another attempt would not help: it may be the wrong thing that was taken.
    """

    success: bool
    reason: str
    unsure: bool = False
    error_m: float | None = None
    where: tuple[Target, ...] = ()
    final: bool = False


def verify(evidence: Evidence) -> Verified:
    """Return whether a task was done."""
    skill = evidence.task.skill
    if skill is Skill.PICK:
        return _picked(evidence)
    if skill in (Skill.PLACE, Skill.PUT_IN, Skill.PUT_ON, Skill.STACK, Skill.RELEASE):
        return _placed(evidence)
    if skill is Skill.PUSH:
        return _pushed(evidence)
    if skill in (Skill.OPEN, Skill.CLOSE):
        return _drawer_moved(evidence)
    if skill is Skill.POINT_AT:
        return _pointed(evidence)
    return Verified(True, "done")


def _picked(evidence: Evidence) -> Verified:
    name = evidence.name
    if not evidence.holding:
        return Verified(False, f"the gripper does not hold the {name}")
    if _still_there(evidence):
        return Verified(False, f"the {name} still stands where it was")
    doubt = mistaken(evidence, 0.0)
    if doubt:
        return Verified(False, doubt, unsure=True, final=True)
    return Verified(True, f"the gripper holds the {name} and it is gone from the table")


def _still_there(evidence: Evidence) -> bool:
    """Whether the thing is where it was: its surface is, or the detector finds it there."""
    before = evidence.before
    if before is None:
        return False
    seen = presence(before, evidence.after_m if len(evidence.seen_after) else np.zeros((0, 3)))
    if seen is not Presence.UNKNOWN:
        return seen is Presence.THERE
    for target in evidence.fresh:
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
        return _put_down(evidence)
    places = places_now(evidence)
    if not places:
        return Verified(False, f"the {evidence.task.destination} is not to be seen", unsure=True)
    where = _where(relation, evidence.task.destination)
    found = find_again(evidence)
    if found is None:
        return _not_seen(evidence, relation, places[0])
    thing = found.target
    stacked = evidence.task.skill is not Skill.STACK or _on_top(evidence, thing, places[0])
    if not (stacked and stands(relation, thing, places, evidence.viewer_yaw_rad)):
        if _left_where_it_was(evidence):
            return Verified(False, f"the {name} still stands where it was", where=(thing,))
        return Verified(False, f"the {name} is not {where}", unsure=True, where=(thing,))
    if _left_where_it_was(evidence) and not _put_back(evidence):
        return Verified(False, f"the {name} still stands where it was", unsure=True)
    if found.doubt:
        return Verified(False, found.doubt, unsure=True, where=(thing,), final=True)
    way = thing.T_base_object[:2, 3] - places[0].T_base_object[:2, 3]
    return Verified(True, f"the {name} is {where}", error_m=float(np.hypot(*way)), where=(thing,))


def _on_top(evidence: Evidence, thing: Target, place: Target) -> bool:
    """Whether a thing reaches so high above another that it stands on it, not in its stead."""
    own = evidence.before or thing
    return top_m(thing) >= top_m(place) + _LEAST_RISE * float(np.min(own.extent_m))


def _left_where_it_was(evidence: Evidence) -> bool:
    return evidence.before is not None and _still_there(evidence)


def _put_back(evidence: Evidence) -> bool:
    """Whether the thing was let go so near to where it stood that its old place may look full."""
    if evidence.before is None or evidence.let_go is None:
        return False
    way = evidence.let_go.T_base_object[:3, 3] - evidence.before.T_base_object[:3, 3]
    return float(np.linalg.norm(way)) < footprint_radius(evidence.before.extent_m)


def _not_seen(evidence: Evidence, relation: Relation, place: Target) -> Verified:
    """Return the verdict on a thing that is seen nowhere: a container may hide it."""
    name, destination = evidence.name, evidence.task.destination
    if _left_where_it_was(evidence):
        return Verified(False, f"the {name} still stands where it was")
    if relation is Relation.IN and _hides(evidence, place):
        return Verified(
            True, f"the {name} was let go over the {destination} and is seen nowhere else"
        )
    return Verified(False, f"the {name} is not to be seen", unsure=True)


def _hides(evidence: Evidence, place: Target) -> bool:
    """Whether a container's walls hide what the fingers let go over it from the camera."""
    if evidence.before is None:
        return False
    deep = float(place.extent_m[2]) > 0.6 * float(evidence.before.extent_m[2])
    if evidence.let_go is None:
        return deep
    dropped = evidence.before
    T = evidence.let_go.T_base_object
    released = Target(dropped.phrase, dropped.box_px, T, dropped.extent_m, dropped.score)
    return deep and over(released, place, 0.85)


def _put_down(evidence: Evidence) -> Verified:
    """Return whether a thing lies on the table where the fingers opened."""
    name = evidence.name
    if evidence.let_go is None and not evidence.seen_after:
        return Verified(True, f"the {name} is put down")
    found = find_again(evidence)
    if found is None:
        return Verified(False, f"the {name} is not seen where it was let go", unsure=True)
    if bottom_m(found.target) > _ON_TABLE_M:
        message = f"the {name} does not stand on the table"
        return Verified(False, message, unsure=True, where=(found.target,))
    return Verified(True, f"the {name} is put down", where=(found.target,))


def _pushed(evidence: Evidence) -> Verified:
    name = evidence.name
    found = moved_thing(evidence, _FARTHEST_PUSH_M)
    if evidence.before is None or found is None:
        if _left_where_it_was(evidence):
            return Verified(False, f"the {name} did not move")
        return Verified(False, f"the {name} is not to be seen after the push", unsure=True)
    way = found.target.T_base_object[:2, 3] - evidence.before.T_base_object[:2, 3]
    along = float(way @ _push_toward(evidence))
    if along < _PUSHED_M or along < _PUSHED_COSINE * float(np.hypot(*way)):
        moved = 100.0 * max(along, 0.0)
        return Verified(
            False, f"the {name} moved only {moved:.1f} cm that way", where=(found.target,)
        )
    return _pushed_to(evidence, found, along)


def _push_toward(evidence: Evidence) -> np.ndarray:
    if evidence.before is None or not evidence.places_before:
        return push_direction(evidence.task.relation, evidence.viewer_yaw_rad)
    way = (evidence.places_before[0].T_base_object - evidence.before.T_base_object)[:2, 3]
    return np.asarray(way / max(float(np.linalg.norm(way)), 1e-6))


def _pushed_to(evidence: Evidence, found: Sighting, along_m: float) -> Verified:
    """Return whether a pushed thing is at its destination, where one was named."""
    name, destination = evidence.name, evidence.task.destination
    said = f"the {name} moved {100.0 * along_m:.0f} cm"
    if destination is None or not evidence.places_before:
        return Verified(True, said, where=(found.target,))
    places = places_now(evidence)
    relation = evidence.task.relation or Relation.NEXT_TO
    if places and stands(relation, found.target, places, evidence.viewer_yaw_rad):
        where = _where(relation, destination)
        return Verified(True, f"the {name} is {where}", where=(found.target,))
    return Verified(False, f"{said}, but is not at the {destination}", where=(found.target,))


def _drawer_moved(evidence: Evidence) -> Verified:
    name = evidence.name
    chests = list(evidence.after) or _where_it_stood(evidence)
    if evidence.before is None or not chests:
        return Verified(False, f"the {name} is not to be seen", unsure=True)
    try:
        before = find_handle(evidence.before, evidence.rest_before_m)
        after = find_handle(chests[0], evidence.after_m)
    except TaskFailed as failure:
        return Verified(False, failure.message, unsure=True)
    way = float((after.tip_m[:2] - before.tip_m[:2]) @ before.outward)
    wanted = way if evidence.task.skill is Skill.OPEN else -way
    if wanted < _DRAWER_MOVED_M:
        return Verified(False, f"the {name} moved only {100.0 * max(wanted, 0.0):.1f} cm")
    done = "out" if evidence.task.skill is Skill.OPEN else "in"
    return Verified(True, f"the {name} moved {100.0 * wanted:.0f} cm {done}")


def _where_it_stood(evidence: Evidence) -> list[Target]:
    """Return what stands where a chest stood, which is there whatever the detector calls it."""
    before = evidence.before
    if before is None:
        return []
    return [t for t in evidence.seen_after if over(before, t, 1.0)]


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
