"""Detections placed in the base frame, and the distinct things that they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vla_ros.errors import GroundingError
from vla_ros.params import PerceptionParams
from vla_ros.perception.relations import same_thing
from vla_ros.perception.robot_volume import behind_fingers
from vla_ros.perception.targets import target_from_detection
from vla_ros.perception.view import View
from vla_ros.types import Detection, Target

_HELD_DEPTH_M = 0.05


@dataclass(frozen=True, slots=True)
class Placed:
    """A detection with its place in the world.

    Attributes:
        detection: The detection.
        target: What it shows, or None where that cannot be placed.
        reason: Why not, or "".
    """

    detection: Detection
    target: Target | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for each simple phrase.

    Attributes:
        targets: Distinct things by phrase, best first.
        reasons: Why detections of a phrase had to be dropped.
    """

    targets: Mapping[str, list[Target]]
    reasons: Mapping[str, str]


def place_detections(
    detections: Sequence[Detection],
    view: View,
    T_base_tool: np.ndarray,
    params: PerceptionParams,
) -> tuple[Placed, ...]:
    """Place each detection by itself; one box is measured once, whatever phrases it answers.

    Args:
        detections: Boxes in the view's picture.
        view: The picture, lifted.
        T_base_tool: (4, 4) pose of the tool: what is a part of the hand or the arm is no thing.
        params: Ranges, gaps and areas.
    """
    measured: dict[tuple[bytes, bytes], Target] = {}
    placed: list[Placed] = []
    for detection in detections:
        mask = b"" if detection.mask is None else detection.mask.tobytes()
        shown = np.asarray(detection.box_px, float).tobytes(), mask
        try:
            if shown not in measured:
                measured[shown] = target_from_detection(detection, view, params)
        except GroundingError as error:
            placed.append(Placed(detection, None, str(error)))
            continue
        target = replace(measured[shown], phrase=detection.phrase, score=detection.score)
        if _is_robot(target, T_base_tool, params):
            reason = f"'{detection.phrase}': what looks like it is the robot itself"
            placed.append(Placed(detection, None, reason))
        else:
            placed.append(Placed(detection, target))
    return tuple(placed)


def things_found(placed: Sequence[Placed], view: View, params: PerceptionParams) -> Found:
    """Return the things that placed detections show; what two of a phrase show is kept once."""
    reasons: dict[str, str] = {}
    kept: list[tuple[Detection, Target]] = []
    for one in placed:
        phrase, target = one.detection.phrase, one.target
        if target is None:
            reasons.setdefault(phrase, one.reason)
        elif not any(d.phrase == phrase and same_thing(target, t) for d, t in kept):
            kept.append((one.detection, target))
    every = [target for _, target in kept]
    targets: dict[str, list[Target]] = {}
    for detection, target in kept:
        alone = _without_loads(detection, target, every, view, params)
        targets.setdefault(detection.phrase, []).append(alone)
    return Found(targets, reasons)


def _without_loads(
    detection: Detection,
    target: Target,
    every: Sequence[Target],
    view: View,
    params: PerceptionParams,
) -> Target:
    """Place a thing again without the pixels of what stands on it or lies in it.

    From depth alone, a cube on a box is one tower: only the other detection tells them apart.
    """
    loads = [other.mask for other in every if _is_load(other, target)]
    if not loads:
        return target
    others = np.any([mask for mask in loads if mask is not None], axis=0)
    try:
        return target_from_detection(detection, view, params, others)
    except GroundingError:
        return target  # Too little of it is left to see: the tower is the better answer.


def _is_load(other: Target, target: Target) -> bool:
    """Whether two things claim the same pixels and the other one is the smaller."""
    if other.mask is None or target.mask is None:
        return False
    count = int(other.mask.sum())
    common = int(np.sum(other.mask & target.mask))
    return common > 0.2 * count and count < 0.85 * int(target.mask.sum())


def _is_robot(target: Target, T_base_tool: np.ndarray, params: PerceptionParams) -> bool:
    """Whether a target is a part of the hand or the arm; what the fingers hold is not."""
    if target.points_m is None:
        return False
    own = behind_fingers(target.points_m, T_base_tool, params, _HELD_DEPTH_M)
    return float(np.mean(own)) > 0.5
