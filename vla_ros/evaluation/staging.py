"""Sets an episode's scene: draws scenes until one offers a case of the episode's task family."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vla_ros.errors import SimulationError
from vla_ros.evaluation.case import Case, Truths
from vla_ros.evaluation.instructions import draw_case
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.evaluation.suites import Episode
from vla_ros.types import Outcome

Required = tuple[tuple[str, str], ...]
BuildScene = Callable[[int, Required], Truths]
"""Builds the scene of a seed with required (kind, colour or "" for any), returns its truth."""

MOST_SCENES = 30
# What a random scene seldom offers.
REQUIRED: dict[str, Required] = {
    "stack": (("cube", ""), ("cube", "")),
    "put_on": (("plate", ""),),
    "open": (("drawer", ""),),
    "close": (("drawer", ""),),
}


def stage(episode: Episode, viewer_yaw_rad: float, build: BuildScene) -> tuple[Case, Truths]:
    """Return the case of an episode and the truth of its scene, which is then built.

    Raises:
        SimulationError: No scene offers a case of the family.
    """
    for attempt in range(MOST_SCENES):
        rng = np.random.default_rng([episode.seed, attempt])
        truths = build(int(rng.integers(2**31)), REQUIRED.get(episode.task, ()))
        case = draw_case(episode.task, truths, rng, viewer_yaw_rad)
        if case is not None:
            return case, truths
    raise SimulationError(
        f"none of {MOST_SCENES} scenes of seed {episode.seed} offers a case of '{episode.task}'"
    )


def placement_error_m(case: Case, after: Truths) -> float | None:
    """Return the horizontal distance between the object's centre and its container's or support's.

    None where the task puts nothing in or on something.
    """
    if case.family not in ("put_in", "put_on", "stack") or not case.destinations:
        return None
    thing, place = after[case.objects[0]], after[case.destinations[0]]
    offset = thing.T_base_object[:2, 3] - place.T_base_object[:2, 3]
    return float(np.linalg.norm(offset))


def scored(
    episode: Episode,
    case: Case,
    outcome: Outcome,
    before: Truths,
    after: Truths,
    T_base_tool: np.ndarray,
) -> EpisodeResult:
    """Return the result of an episode, judged by the truth before and after it.

    Args:
        episode: Which episode it was.
        case: What was said and meant.
        outcome: How the system said that it ended.
        before: Ground truth before.
        after: Ground truth after.
        T_base_tool: (4, 4) pose of the tool after.
    """
    figures = dict(outcome.figures, retries=float(outcome.retries))
    error_m = placement_error_m(case, after)
    if error_m is not None and outcome.success:
        figures["placement_error_m"] = error_m
    return EpisodeResult(
        seed=episode.seed,
        task=episode.task,
        instruction=case.instruction,
        success=case.succeeded(outcome.reason, before, after, T_base_tool),
        claimed=outcome.success,
        reason=outcome.reason.name.lower(),
        message=outcome.message,
        figures=figures,
    )
