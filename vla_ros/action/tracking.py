"""Where a thing is after it was acted on, though the detector may not name it any more.

What was grasped is what was placed: identity is known, so what is asked of a second look is only
where it is. It is told by what the detector names, by surface that is new where the fingers let
go, and by a thing of its size that stands where nothing stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vla_ros.action.change import (
    alike,
    covered_share,
    new_surface,
    same_place,
    surface_of,
    unexplained,
    visible_size,
)
from vla_ros.action.evidence import Evidence
from vla_ros.action.points import inside_box
from vla_ros.action.space import target_points
from vla_ros.types import Target

_STRAYS_M = 0.03
_FEWEST_POINTS = 10
_SHARE_SEEN = 0.25
_SEEN_ALONG = 0.6
_OLD_M = 0.009
_OLD_SHARE = 0.6
_NEW_SHARE = 0.35
_SCORE_SLACK = 0.05
_UNDER_M = 0.01
_ANY_HEIGHT_M = 2.0
_STANDS_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Sighting:
    """A thing found again.

    Attributes:
        target: It as it is seen now.
        named: Whether the detector gives it the name too.
        doubt: What speaks against its being the thing, in words for people; empty where nothing.
    """

    target: Target
    named: bool
    doubt: str = ""


def find_again(evidence: Evidence) -> Sighting | None:
    """Return where the thing that was acted on is now, or None where it is not to be seen."""
    fresh = [t for t in evidence.fresh if not _was_there(t, evidence)]
    left = left_at_release(evidence)
    strangers = _strangers(evidence)
    if fresh:
        at = None if left is None else left.T_base_object[:3, 3]
        found = min(fresh, key=lambda t: _rank(t, at))
        return Sighting(found, True, mistaken(evidence, found.score))
    if left is not None:
        elsewhere = [t for t in strangers if not _overlap(t, left)]
        whole = [t for t in strangers if _holds(t, left)]
        left = whole[0] if whole else left  # A part that was seen apart has the better outline.
        doubt = f"something like the {evidence.name} stands elsewhere" if elsewhere else ""
        return Sighting(left, False, doubt or mistaken(evidence, 0.0))
    if len(strangers) == 1:
        return Sighting(strangers[0], False, mistaken(evidence, 0.0))
    return None


def left_at_release(evidence: Evidence) -> Target | None:
    """Return the thing where new surface shows that it lies where the fingers let go of it."""
    let_go = evidence.let_go
    if let_go is None or not len(evidence.seen_after):
        return None
    T, extent = let_go.T_base_object, let_go.held.extent_m
    own = evidence.before or let_go.held.target
    # As high again as the thing: it may stand on something that was not seen.
    grown = np.r_[np.asarray(extent)[:2] + 2.0 * _STRAYS_M, 3.0 * float(extent[2])]
    near = inside_box(evidence.after_m, T, grown, 0.0)
    fresh = new_surface(evidence.after_m[near], evidence.rest_before_m)
    expected = 40 if own is None else visible_size(own)
    if len(fresh) < max(_FEWEST_POINTS, _SHARE_SEEN * expected):
        return None
    centre = T[:3, 3].copy()
    local = (fresh - centre) @ T[:3, :3]
    low, high = np.percentile(local, 3.0, axis=0), np.percentile(local, 97.0, axis=0)
    wide = (high - low)[:2] >= _SEEN_ALONG * extent[:2]
    shift = np.where(wide, (low + high)[:2] / 2.0, 0.0)
    centre += T[:3, :2] @ shift
    centre[2] = T[2, 3] + high[2] - float(extent[2]) / 2.0
    moved = T.copy()
    moved[:3, 3] = centre
    score = 1.0 if own is None else own.score
    return Target(evidence.name, np.zeros(4), moved, extent, score, points_m=fresh)


def stands_here(evidence: Evidence, place: Target) -> Target | None:
    """Return a place as it is now, by its surface: unchanged, or None where it is gone.

    What was set down on it hides what is under it.
    """
    points = target_points(place)
    if evidence.let_go is not None:
        T, extent = evidence.let_go.T_base_object, evidence.let_go.held.extent_m
        column = np.r_[np.asarray(extent)[:2] + 2.0 * _UNDER_M, _ANY_HEIGHT_M]
        free = points[~inside_box(points, T, column, 0.0)]
        points = free if len(free) >= _FEWEST_POINTS else points
    share = covered_share(points, evidence.after_m, _OLD_M)
    return place if share >= _STANDS_SHARE else None


def places_now(evidence: Evidence) -> Sequence[Target]:
    """Return the destination's things where they are now; empty where one of them is lost.

    A thing that still shows its surface where it stood has not moved, whatever the detector says
    now that something lies in it or on it; unless its like stands where nothing stood before, for
    then the surface is that of what was set down. Its size too is as it was seen when it was free.
    """
    before, now = evidence.places_before, list(evidence.places)
    if not before:
        return now
    if not len(evidence.seen_after):
        return now or before
    found: list[Target] = []
    for index, place in enumerate(before):
        named = now[index] if len(now) == len(before) else None
        near = named is not None and _level_gap(named, place) < _STRAYS_M
        if named is not None and not near and _is_moved(place, named, evidence):
            found.append(_at(place, named))
        elif stands_here(evidence, place) is not None:
            found.append(_at(place, named) if near and named is not None else place)
        elif named is not None:
            found.append(_at(place, named))
        else:
            return ()
    return found


def _is_moved(place: Target, named: Target, evidence: Evidence) -> bool:
    """Whether what has a place's name now is like it and stands where nothing stood before."""
    old = surface_of(evidence.seen_before)
    return alike(named, place) and covered_share(target_points(named), old, _OLD_M) < _NEW_SHARE


def _at(place: Target, seen: Target) -> Target:
    """Return a place of its former size where it is seen now."""
    T = seen.T_base_object.copy()
    T[2, 3] = place.T_base_object[2, 3]
    # Lengths belong to the axes they were measured along.
    if not alike(replace(place, extent_m=seen.extent_m), place, 1.25):
        T[:3, :3] = place.T_base_object[:3, :3]
        return replace(place, T_base_object=T)
    size = np.r_[seen.extent_m[:2], place.extent_m[2]]
    return replace(place, T_base_object=T, extent_m=size, points_m=seen.points_m)


def _strangers(evidence: Evidence) -> list[Target]:
    """Return things of the thing's size that stand where nothing stood before."""
    own = evidence.before or (evidence.let_go.held.target if evidence.let_go else None)
    if own is None or not len(evidence.seen_before):
        return []
    new = unexplained(evidence.seen_after, evidence.rest_before, evidence.rest_before_m)
    here = [t for t in new if alike(t, own) and not _same_as_place(t, evidence)]
    kept: list[Target] = []
    for thing in here:
        if not any(same_place(thing, other, _STRAYS_M) for other in kept):
            kept.append(thing)
    return kept


def _was_there(thing: Target, evidence: Evidence) -> bool:
    """Whether a thing of the name is one that stood there before under no such name."""
    old = evidence.rest_before_m
    return covered_share(target_points(thing), old, _OLD_M) >= _OLD_SHARE and any(
        same_place(thing, other) and alike(thing, other) for other in evidence.rest_before
    )


def mistaken(evidence: Evidence, score: float) -> str:
    """Return why the wrong thing may have been taken: one that never moved fits the name better."""
    own = evidence.before
    if own is None:
        return ""
    rivals = [t for t in evidence.fresh if _was_there(t, evidence)]
    best = max((t.score for t in rivals), default=0.0)
    if best > max(own.score - _SCORE_SLACK, score):
        return f"another thing looks more like the {evidence.name} now"
    return ""


def _same_as_place(thing: Target, evidence: Evidence) -> bool:
    return any(same_place(thing, place, 0.04) for place in evidence.places)


def _overlap(first: Target, second: Target) -> bool:
    reach = float(np.mean(first.extent_m[:2]) + np.mean(second.extent_m[:2])) / 2.0
    return _level_gap(first, second) < max(reach, _STRAYS_M)


def _holds(stranger: Target, left: Target) -> bool:
    """Whether most of the new surface belongs to a thing that was seen apart."""
    points = target_points(left)
    inside = inside_box(points, stranger.T_base_object, stranger.extent_m, 0.006)
    return float(np.mean(inside)) >= _OLD_SHARE


def _level_gap(first: Target, second: Target) -> float:
    """Return the horizontal distance of two things' centres [m]."""
    return float(np.hypot(*(first.T_base_object[:2, 3] - second.T_base_object[:2, 3])))


def _rank(target: Target, at: np.ndarray | None) -> float:
    """Return what to sort named things by: near to where it was let go, then the score."""
    if at is None:
        return -target.score
    return float(np.linalg.norm(target.T_base_object[:3, 3] - at)) - 0.05 * target.score


def moved_thing(evidence: Evidence, reach_m: float) -> Sighting | None:
    """Return where a thing is that was pushed, dragged or knocked some way [m] at most."""
    was = evidence.before
    if was is None:
        return None
    named = [t for t in evidence.fresh if not _was_there(t, evidence) and alike(t, was)]
    unnamed = _strangers(evidence)
    for found, by_name in ((named or list(evidence.fresh), True), (unnamed, False)):
        near = [t for t in found if _level_gap(t, was) <= reach_m]
        if near and (by_name or len(near) == 1):
            return Sighting(min(near, key=lambda t: _level_gap(t, was)), by_name)
    return None
