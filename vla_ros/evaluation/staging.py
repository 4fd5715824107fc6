"""Sets an episode's scene: draws scenes until one offers a case of the episode's task family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from vla_ros.errors import ConfigError, SimulationError, TerminationReason
from vla_ros.evaluation.case import Case, Truths
from vla_ros.evaluation.instructions import draw_case
from vla_ros.evaluation.suites import Episode, TaskSpec
from vla_ros.evaluation.worlds import Judgement
from vla_ros.sim.scene_description import SceneOptions

BuildScene = Callable[[int, SceneOptions], Truths]
"""Builds the scene of a seed and returns its truth."""

MOST_SCENES = 30
# What a random scene seldom offers.
_REQUIRED: dict[str, tuple[tuple[str, str], ...]] = {
    "stack": (("cube", ""), ("cube", "")),
    "put_on": (("plate", ""),),
    "open": (("drawer", ""),),
    "close": (("drawer", ""),),
}
_SCENE_KEYS = {spec.name for spec in fields(SceneOptions)} - {
    "region",
    "excluded_pairs",
    "forced_pairs",
}


@dataclass(frozen=True, slots=True)
class TabletopTrial:
    """Implements Trial on ground truth, wherever that comes from.

    Attributes:
        case: What is said and meant.
        before: Ground truth before the instruction.
        truth: Gives the ground truth now.
        T_base_tool: Gives the tool's pose (4, 4) now.
    """

    case: Case
    before: Truths
    truth: Callable[[], Truths]
    T_base_tool: Callable[[], np.ndarray]

    @property
    def instruction(self) -> str:
        """What is said."""
        return self.case.instruction

    @property
    def landmark(self) -> str:
        """Phrase of a thing that the instruction leaves where it is."""
        task = self.case.task
        return task.destination if task is not None and task.destination else ""

    def judge(self, reason: TerminationReason) -> Judgement:
        """Return what is true now, given how the system said that it ended."""
        after = dict(self.truth())
        success = self.case.succeeded(reason, self.before, after, self.T_base_tool())
        return Judgement(success, placement_error_m(self.case, after) if success else None)


def stage(
    episode: Episode, spec: TaskSpec, viewer_yaw_rad: float, build: BuildScene
) -> tuple[Case, Truths]:
    """Return the case of an episode and the truth of its scene, which is then built.

    Raises:
        ConfigError: The suite says what no scene is like, or a wording that does not fit.
        SimulationError: No scene offers a case of the family.
    """
    options = scene_options(spec)
    for attempt in range(MOST_SCENES):
        rng = np.random.default_rng([episode.seed, attempt])
        truths = build(int(rng.integers(2**31)), options)
        case = draw_case(spec.family, truths, rng, viewer_yaw_rad)
        if case is not None:
            return _worded(case, spec, rng), truths
    raise SimulationError(
        f"none of {MOST_SCENES} scenes of seed {episode.seed} offers a case of '{episode.task}'"
    )


def scene_options(spec: TaskSpec) -> SceneOptions:
    """Return what a task's scenes are like.

    Raises:
        ConfigError: The suite says something that SceneOptions does not have.
    """
    unknown = set(spec.scene) - _SCENE_KEYS
    if unknown:
        raise ConfigError(
            f"the scene of task '{spec.name}' says {sorted(unknown)}; it may say "
            f"{sorted(_SCENE_KEYS)}"
        )
    said: Mapping[str, Any] = {name: _frozen(value) for name, value in spec.scene.items()}
    options = replace(SceneOptions(), required=_REQUIRED.get(spec.family, ()))
    return replace(options, **said)


def placement_error_m(case: Case, after: Truths) -> float | None:
    """Return the horizontal distance between the object's centre and its container's or support's.

    None where the task puts nothing in or on something.
    """
    if case.family not in ("put_in", "put_on", "stack") or not case.destinations:
        return None
    thing, place = after[case.objects[0]], after[case.destinations[0]]
    offset = thing.T_base_object[:2, 3] - place.T_base_object[:2, 3]
    return float(np.linalg.norm(offset))


def _worded(case: Case, spec: TaskSpec, rng: np.random.Generator) -> Case:
    """Return the case in one of the suite's own wordings, where it has some."""
    if not spec.templates or case.task is None:
        return case
    template = spec.templates[int(rng.integers(len(spec.templates)))]
    try:
        said = template.format(object=case.task.object, destination=case.task.destination)
    except (KeyError, IndexError, ValueError) as error:
        raise ConfigError(
            f"template '{template}' of task '{spec.name}' may hold {{object}} and {{destination}}, "
            f"nothing else: {error!r}"
        ) from error
    return replace(case, instruction=said)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
