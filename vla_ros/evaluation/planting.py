"""Mishaps, planted between an act and the second look: what verification must not call done."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from vla_ros.evaluation import arrangement
from vla_ros.evaluation.arrangement import WORK_AREA
from vla_ros.evaluation.case import Case, Truths
from vla_ros.geometry import pose
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.footprints import under_m
from vla_ros.types import Skill

Moves = dict[str, np.ndarray]
"""Where things (4, 4) are put, by name."""

_TRIES = 200
_ROOM_M = 0.012
_BESIDE_M = (0.004, 0.03)
_MOVED_M = 0.12
_LIFT_M = 0.002
_ALIKE = 1.8
_CLOSED_HAND = Skill.PICK


def _dropped(case: Case, before: Truths, now: Truths, rng: np.random.Generator) -> Moves | None:
    """The thing lies somewhere else on the table, as if it had slipped on the way."""
    thing = now[case.objects[0]]
    spot = _free_spot(thing, now, rng)
    return None if spot is None else {thing.name: _standing(before[thing.name], spot)}


def _returned(case: Case, before: Truths, now: Truths, rng: np.random.Generator) -> Moves | None:
    """The thing stands where it stood, as if it had never been taken."""
    del now, rng
    return {case.objects[0]: before[case.objects[0]].T_base_object}


def _missed(case: Case, before: Truths, now: Truths, rng: np.random.Generator) -> Moves | None:
    """The thing lies on the table close beside its container or support."""
    if case.family not in ("put_in", "put_on", "stack", "referring") or not case.destinations:
        return None
    thing, place = before[case.objects[0]], now[case.destinations[0]]
    near = _radius_m(place) + _radius_m(thing)
    for _ in range(_TRIES):
        angle, gap = rng.uniform(-np.pi, np.pi), rng.uniform(*_BESIDE_M)
        toward = np.array([np.cos(angle), np.sin(angle)])
        spot = place.T_base_object[:2, 3] + (near + gap) * toward
        if _is_free(spot, thing, now, (place.name,)):
            return {thing.name: _standing(thing, spot)}
    return None


def _swapped(case: Case, before: Truths, now: Truths, rng: np.random.Generator) -> Moves | None:
    """Another thing of about its size is where the thing should be, which stands where it stood."""
    if case.task is None or case.task.skill is _CLOSED_HAND:
        return None
    thing = now[case.objects[0]]
    others = [
        other
        for name, other in now.items()
        if name not in (*case.objects, *case.destinations)
        and arrangement.graspable(other)
        and _alike(other, thing)
    ]
    if not others:
        return None
    other = others[int(rng.integers(len(others)))]
    there = thing.T_base_object.copy()
    there[:3, :3] = other.T_base_object[:3, :3]
    there[2, 3] += (other.extent_m[2] - thing.extent_m[2]) / 2.0 + _LIFT_M
    return {other.name: there, thing.name: before[thing.name].T_base_object}


def _moved_away(case: Case, before: Truths, now: Truths, rng: np.random.Generator) -> Moves | None:
    """The destination stands elsewhere, as if it had been moved while the arm was on its way."""
    if not case.destinations or not arrangement.movable(now[case.destinations[0]]):
        return None
    thing, place = before[case.objects[0]], now[case.destinations[0]]
    spot = _free_spot(place, now, rng)
    if spot is None:
        return None
    fallen = now[thing.name].T_base_object[:2, 3]
    return {place.name: _standing(place, spot), thing.name: _standing(thing, fallen)}


Plant = Callable[[Case, Truths, Truths, np.random.Generator], Moves | None]
MISHAPS: Mapping[str, Plant] = {
    "missed": _missed,
    "dropped": _dropped,
    "moved": _moved_away,
    "swapped": _swapped,
    "returned": _returned,
}
"""Mishaps by name. Each takes the case, the truth before the act and the truth now, and returns
what is to be put where, or None where the case has no such mishap."""


def _alike(first: ObjectTruth, second: ObjectTruth) -> bool:
    sides = np.sort(np.stack([first.extent_m, second.extent_m]), axis=1)
    return bool(np.all(sides.max(axis=0) < _ALIKE * sides.min(axis=0)))


def _radius_m(thing: ObjectTruth) -> float:
    return float(np.hypot(*thing.extent_m[:2])) / 2.0


def _standing(thing: ObjectTruth, spot_m: np.ndarray) -> np.ndarray:
    """Return the pose (4, 4) of a thing that stands on the table at a spot, turned as it is."""
    T = pose(np.r_[spot_m, 0.0])
    T[:3, :3] = thing.T_base_object[:3, :3]
    T[2, 3] = thing.T_base_object[2, 3] - under_m(thing) + _LIFT_M
    return T


def _free_spot(thing: ObjectTruth, now: Truths, rng: np.random.Generator) -> np.ndarray | None:
    """Return a free spot (2,) of the table, well away from where a thing is now; None: too full."""
    area = WORK_AREA
    for _ in range(_TRIES):
        x, y = rng.uniform(area.x_min_m, area.x_max_m), rng.uniform(area.y_min_m, area.y_max_m)
        spot = np.array([x, y])
        far = float(np.linalg.norm(spot - thing.T_base_object[:2, 3])) >= _MOVED_M
        if far and _is_free(spot, thing, now):
            return spot
    return None


def _is_free(
    spot_m: np.ndarray, thing: ObjectTruth, now: Truths, leaving_out: tuple[str, ...] = ()
) -> bool:
    return all(
        float(np.linalg.norm(other.T_base_object[:2, 3] - spot_m))
        >= _radius_m(other) + _radius_m(thing) + _ROOM_M
        for name, other in now.items()
        if name != thing.name and name not in leaving_out
    )
