"""Whether a task was done, judged from ground truth alone; pure functions of object poses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from vla_ros.sim.catalogue.furniture import DRAWER_TRAVEL_M
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.footprints import gap_m, top_m, under_m
from vla_ros.types import Relation, Skill, Task

Truths = Mapping[str, ObjectTruth]
Resolve = Callable[[str], Sequence[str]]
"""Names of the objects that a phrase means, the best first; empty where there is none."""

LIFTED_M = 0.05
MOVED_M = 0.03
UNTOUCHED_M = 0.03
NEXT_TO_GAP_M = 0.12
BESIDE_GAP_M = 0.25
OPEN_FRACTION = 0.7
CLOSED_FRACTION = 0.1
POINTING_M = 0.08
FLAT_M = 0.04
_CONTACT_M = 0.015
_SINK_M = 0.005
_RECTANGULAR_KINDS = ("tray", "basket")

_DIRECTIONS = (Relation.LEFT_OF, Relation.RIGHT_OF, Relation.IN_FRONT_OF, Relation.BEHIND)


def direction(relation: Relation, viewer_yaw_rad: float) -> np.ndarray:
    """Return the horizontal unit vector (2,) in the base frame of a relation, for the viewer.

    Raises:
        ValueError: The relation is not a direction.
    """
    forward = np.array([np.cos(viewer_yaw_rad), np.sin(viewer_yaw_rad)])
    left = np.array([-forward[1], forward[0]])
    toward = {
        Relation.BEHIND: forward,
        Relation.IN_FRONT_OF: -forward,
        Relation.LEFT_OF: left,
        Relation.RIGHT_OF: -left,
    }
    if relation not in toward:
        raise ValueError(f"'{relation.value}' is not a direction")
    return toward[relation]


def inside(thing: ObjectTruth, container: ObjectTruth) -> bool:
    """Whether a thing's centre is over a container's opening and its lowest point below the rim.

    The opening of a round container is the ellipse within its box. A drawer counts where it
    stands out of its chest as well as within.
    """
    local = _in_frame_of(container, thing.T_base_object[:3, 3])
    half = container.extent_m / 2.0
    if container.opening is not None:
        reach = container.opening * DRAWER_TRAVEL_M
        over_opening = -half[0] <= local[0] <= half[0] + reach and abs(local[1]) <= half[1]
    elif container.kind in _RECTANGULAR_KINDS:
        over_opening = bool(np.all(np.abs(local[:2]) <= half[:2]))
    else:
        over_opening = float(np.sum((local[:2] / half[:2]) ** 2)) <= 1.0
    return bool(
        over_opening
        and thing.T_base_object[2, 3] > under_m(container)
        and under_m(thing) < top_m(container) - _SINK_M
    )


def on_top(thing: ObjectTruth, support: ObjectTruth) -> bool:
    """Whether a thing rests on a support: its centre over it, its lowest point at its surface.

    The surface may lie below the support's highest point, within its rim: by up to 20 mm, or by all
    of the height of something as flat as a plate or a tray.
    """
    local = _in_frame_of(support, thing.T_base_object[:3, 3])
    if np.any(np.abs(local[:2]) > support.extent_m[:2] / 2.0):
        return False
    top = top_m(support)
    height = top - under_m(support)
    depth = height if height <= FLAT_M else 0.02 + _SINK_M
    higher = thing.T_base_object[2, 3] > support.T_base_object[2, 3]
    return bool(higher and top - depth <= under_m(thing) <= top + _CONTACT_M)


def stacked(thing: ObjectTruth, support: ObjectTruth) -> bool:
    """Whether a thing stands on the very top of another one."""
    return on_top(thing, support) and under_m(thing) >= top_m(support) - 2.0 * _SINK_M


def next_to(
    thing: ObjectTruth, reference: ObjectTruth, gap_band_m: tuple[float, float] = (0.0, 0.12)
) -> bool:
    """Whether two things stand side by side, with a gap between their footprints in the band."""
    low, high = gap_band_m
    return _same_level(thing, reference) and low - _SINK_M <= gap_m(thing, reference) <= high


def towards(
    thing: ObjectTruth, reference: ObjectTruth, relation: Relation, viewer_yaw_rad: float
) -> bool:
    """Whether a thing stands left of, right of, in front of or behind another, near to it.

    It does where the offset between the centres is within 45 degrees of the direction.
    """
    offset = (thing.T_base_object - reference.T_base_object)[:2, 3]
    near = gap_m(thing, reference) <= BESIDE_GAP_M
    return near and _points_along(offset, direction(relation, viewer_yaw_rad))


def between(thing: ObjectTruth, first: ObjectTruth, second: ObjectTruth) -> bool:
    """Whether a thing stands in the middle half of the line between two others, or beside it."""
    start, end = first.T_base_object[:2, 3], second.T_base_object[:2, 3]
    line = end - start
    length = float(np.linalg.norm(line))
    if length == 0.0:
        return False
    offset = thing.T_base_object[:2, 3] - start
    along = float(offset @ line) / length
    across = abs(float(line[0] * offset[1] - line[1] * offset[0])) / length
    return 0.2 * length <= along <= 0.8 * length and across <= 0.25 * length


def lifted(before: ObjectTruth, after: ObjectTruth) -> bool:
    """Whether a thing is clearly higher than before."""
    return under_m(after) - under_m(before) >= LIFTED_M


def moved(
    before: ObjectTruth, after: ObjectTruth, toward: np.ndarray, distance_m: float = MOVED_M
) -> bool:
    """Whether a thing went at least a distance along a horizontal unit vector (2,), mostly so."""
    offset = (after.T_base_object - before.T_base_object)[:2, 3]
    return float(offset @ toward) >= distance_m and _points_along(offset, toward)


def opened(thing: ObjectTruth) -> bool:
    """Whether something that opens is open."""
    return thing.opening is not None and thing.opening >= OPEN_FRACTION


def closed(thing: ObjectTruth) -> bool:
    """Whether something that opens is closed."""
    return thing.opening is not None and thing.opening <= CLOSED_FRACTION


def disturbed(before: Truths, after: Truths, allowed: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of things that moved by more than 30 mm though nobody asked for it."""
    return tuple(
        name
        for name, was in before.items()
        if name not in allowed and not _untouched(was, after[name])
    )


def satisfied(
    task: Task,
    before: Truths,
    after: Truths,
    viewer_yaw_rad: float,
    resolve: Resolve,
    T_base_tool: np.ndarray | None = None,
) -> bool:
    """Whether a task was done.

    Args:
        task: What was asked for.
        before: Ground truth before the task.
        after: Ground truth after it.
        viewer_yaw_rad: Where the viewer looks (RobotParams.viewer_yaw_rad).
        resolve: Names of what the task's phrases mean, by the truth before the task.
        T_base_tool: (4, 4) pose of the tool after it; only pointing needs it.
    """
    if task.object is None:
        return not disturbed(before, after)
    names = resolve(task.object)
    places = resolve(task.destination) if task.destination else ()
    if not names or (task.destination and not places):
        return False
    allowed = (*names, *places)
    if task.skill is Skill.POINT_AT:
        return _pointed_at(after, names, T_base_tool) and not disturbed(before, after)
    if task.skill in (Skill.ASK, Skill.DESCRIBE):
        return not disturbed(before, after)
    done = [
        name
        for name in names
        if name not in places and _done(task, name, places, before, after, viewer_yaw_rad)
    ]
    others = [name for name in names if name not in places]
    return len(done) >= _wanted(task.count, others) and not disturbed(before, after, allowed)


def _done(
    task: Task,
    name: str,
    places: Sequence[str],
    before: Truths,
    after: Truths,
    viewer_yaw_rad: float,
) -> bool:
    """Whether what the task asks for is true of one object."""
    thing, was = after[name], before[name]
    if task.skill is Skill.PICK:
        return lifted(was, thing)
    if task.skill is Skill.OPEN:
        return opened(thing)
    if task.skill is Skill.CLOSE:
        return closed(thing)
    if task.skill is Skill.PUSH and not places:
        return task.relation in _DIRECTIONS and moved(
            was, thing, direction(task.relation, viewer_yaw_rad)
        )
    if not places:
        return not lifted(was, thing)
    targets = [after[place] for place in places]
    relation = _relation(task)
    if task.skill is Skill.STACK:
        return any(stacked(thing, target) for target in targets)
    if relation is Relation.BETWEEN:
        return len(targets) >= 2 and between(thing, targets[0], targets[1])
    return any(_related(thing, target, relation, viewer_yaw_rad) for target in targets)


def _relation(task: Task) -> Relation:
    """Return the relation a task asks for; the skill implies it where nothing was said."""
    implied = {Skill.PUT_IN: Relation.IN, Skill.PUT_ON: Relation.ON, Skill.STACK: Relation.ON}
    return implied.get(task.skill) or task.relation or Relation.NEXT_TO


def _related(
    thing: ObjectTruth, target: ObjectTruth, relation: Relation, viewer_yaw_rad: float
) -> bool:
    if relation is Relation.IN:
        return inside(thing, target)
    if relation is Relation.ON:
        return on_top(thing, target)
    if relation is Relation.NEXT_TO:
        return next_to(thing, target, (0.0, NEXT_TO_GAP_M))
    return towards(thing, target, relation, viewer_yaw_rad)


def _wanted(count: int | Literal["all"] | None, names: Sequence[str]) -> int:
    return max(1, len(names)) if count == "all" else (count or 1)


def _pointed_at(after: Truths, names: Sequence[str], T_base_tool: np.ndarray | None) -> bool:
    """Whether the line out of the tool passes near the best match."""
    if T_base_tool is None:
        return False
    offset = after[names[0]].T_base_object[:3, 3] - T_base_tool[:3, 3]
    approach = T_base_tool[:3, 2]
    along = float(offset @ approach)
    beside = float(np.linalg.norm(offset - along * approach))
    return along > 0.0 and beside <= POINTING_M


def _points_along(offset: np.ndarray, toward: np.ndarray) -> bool:
    """Whether a horizontal offset (2,) is within 45 degrees of a unit vector (2,)."""
    along = float(offset @ toward)
    return along > 0.0 and along >= np.cos(np.pi / 4.0) * float(np.linalg.norm(offset))


def _same_level(first: ObjectTruth, second: ObjectTruth) -> bool:
    return abs(under_m(first) - under_m(second)) <= 2.0 * _CONTACT_M


def _untouched(before: ObjectTruth, after: ObjectTruth) -> bool:
    offset = np.linalg.norm((after.T_base_object - before.T_base_object)[:3, 3])
    return bool(offset <= UNTOUCHED_M)


def _in_frame_of(reference: ObjectTruth, point_m: np.ndarray) -> np.ndarray:
    """Return a base-frame point (3,) in a thing's frame."""
    T = reference.T_base_object
    return np.asarray(T[:3, :3].T @ (point_m - T[:3, 3]))
