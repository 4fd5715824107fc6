"""Looks at the scene: phrases in, what they mean in the base frame out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from vla_ros.errors import GroundingError
from vla_ros.language.referring import ReferringExpression, atoms, parse_anchors
from vla_ros.params import PerceptionParams
from vla_ros.perception.detections import credible
from vla_ros.perception.grounder import Grounder
from vla_ros.perception.health import require_picture
from vla_ros.perception.lifting import Found, Placed, place_detections, things_found
from vla_ros.perception.obstacles import obstacles_on_table
from vla_ros.perception.referents import Referents, resolve
from vla_ros.perception.relations import same_thing
from vla_ros.perception.view import View, view_of
from vla_ros.types import CameraFrame, Detection, Grounding, Look, Observation, Target


@dataclass(frozen=True, slots=True)
class Perceived:
    """A look, with what led to it.

    Attributes:
        look: The answer.
        detections: The model's detections that were credible, best first.
        ground_s: Time the grounding model took [s].
        lift_s: Time the geometry took [s].
    """

    look: Look
    detections: tuple[Detection, ...]
    ground_s: float
    lift_s: float


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture that the grounder has answered, before phrases are resolved in it.

    Attributes:
        view: The picture, lifted.
        placed: The model's detections that were credible, best first, each with its place.
        T_base_tool: (4, 4) pose of the tool.
        ground_s: Time the grounding model took [s].
    """

    view: View
    placed: tuple[Placed, ...]
    T_base_tool: np.ndarray
    ground_s: float


class Perceiver:
    """Asks the grounder once for each picture and resolves phrases in 3D.

    Attributes:
        grounder: The model.
        params: Thresholds, areas, the viewer; may be replaced between looks.
    """

    def __init__(
        self,
        grounder: Grounder,
        params: PerceptionParams,
        clock_s: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Make a perceiver.

        Args:
            grounder: Finds simple phrases in a picture.
            params: How pictures become things.
            clock_s: A clock [s] for the timings that are reported; nothing else depends on it.
        """
        self.grounder = grounder
        self.params = params
        self._clock_s = clock_s
        self._lifter = ThreadPoolExecutor(1, "lifter")

    def look(self, observation: Observation, phrases: Sequence[str]) -> Look:
        """Return what the phrases mean in what is seen now, and what else stands there.

        Args:
            observation: Pictures, camera poses and the robot's state.
            phrases: Whole phrases as in Task: with relations ("can behind the mug"), ranks
                ("second cube from the left") or two things ("bowl and plate"; then each of the
                two has a grounding of its own too).

        Raises:
            NoDepthError: There is no usable depth.
            GroundingError: The observation lacks the camera, or its picture shows nothing, or not
                what its pose says.
            ModelError: The grounder broke its promise.
        """
        return self.perceive(observation, phrases).look

    def perceive(
        self, observation: Observation, phrases: Sequence[str], others: bool = True
    ) -> Perceived:
        """Return a look together with its detections and timings; raises as `look` does.

        Without `others` only the named things are looked for, in a fraction of the time.
        """
        started, params = self._clock_s(), self.params
        sight = self._see(observation, phrases, params)
        found = things_found(sight.placed, sight.view, params)
        groundings = _groundings(_with_parts(phrases), found, params)
        obstacles: tuple[Target, ...] = ()
        if others:
            obstacles = _others(groundings, found, sight.view, sight.T_base_tool, params)
        look = Look(groundings, obstacles, sight.view.stamp_ns)
        lift_s = self._clock_s() - started - sight.ground_s
        detections = tuple(placed.detection for placed in sight.placed)
        return Perceived(look, detections, sight.ground_s, lift_s)

    def see(self, observation: Observation, phrases: Sequence[str]) -> Sight:
        """Lift the picture and ask the grounder for all that phrases name; raises as `look`."""
        return self._see(observation, phrases, self.params)

    def understand(self, sight: Sight, phrase: str) -> Grounding:
        """Return what one phrase means in a sight that was asked for it, among other phrases.

        It is what a look at this phrase alone would give.
        """
        phrases = _with_parts((phrase,))
        own = set(_atoms(phrases))
        placed = [one for one in sight.placed if one.detection.phrase in own]
        found = things_found(placed, sight.view, self.params)
        return _groundings(phrases, found, self.params)[phrase]

    def _see(
        self, observation: Observation, phrases: Sequence[str], params: PerceptionParams
    ) -> Sight:
        frame, T_base_camera = _camera(observation, params.camera)
        require_picture(frame, params.camera)
        simple = _atoms(_with_parts(phrases))
        lifting = self._lifter.submit(view_of, frame, T_base_camera, params, params.camera)
        asking = self._clock_s()
        try:
            raw = self.grounder.ground(frame, simple) if simple else []
        finally:  # what is wrong with the picture counts more than what the model makes of it
            ground_s = self._clock_s() - asking
            view = lifting.result()
        detections = credible(raw, simple, frame.rgb.shape, params)
        T_base_tool = observation.robot.T_base_tool
        placed = place_detections(detections, view, T_base_tool, params)
        return Sight(view, placed, T_base_tool, ground_s)


def _camera(observation: Observation, name: str) -> tuple[CameraFrame, np.ndarray]:
    if name not in observation.frames or name not in observation.T_base_camera:
        raise GroundingError(
            f"no picture with a pose from camera '{name}': there are pictures from "
            f"{sorted(observation.frames)} and poses of {sorted(observation.T_base_camera)}"
        )
    return observation.frames[name], observation.T_base_camera[name]


def _with_parts(phrases: Sequence[str]) -> tuple[str, ...]:
    """Return the phrases, and for each that names two things also the two."""
    every: dict[str, None] = {}
    for phrase in phrases:
        every[phrase] = None
        if len(set(parse_anchors(phrase))) > 1:
            every.update(dict.fromkeys(phrase.split(" and ")))
    return tuple(every)


def _atoms(phrases: Sequence[str]) -> tuple[str, ...]:
    """Return the simple phrases that the grounder must be asked for, each once."""
    trees = (tree for phrase in phrases for tree in parse_anchors(phrase))
    return tuple(dict.fromkeys(atom for tree in trees for atom in atoms(tree)))


def _groundings(
    phrases: Sequence[str], found: Found, params: PerceptionParams
) -> dict[str, Grounding]:
    return {phrase: _grounding(phrase, parse_anchors(phrase), found, params) for phrase in phrases}


def _grounding(
    phrase: str,
    trees: Sequence[ReferringExpression],
    found: Found,
    params: PerceptionParams,
) -> Grounding:
    """Return what a phrase means: the matches, or those of its two parts one after the other."""
    parts = [resolve(tree, found.targets, params) for tree in dict.fromkeys(trees)]
    for part in parts:
        if not part.targets:
            return Grounding(phrase, (), _reason(part, trees, found))
    firsts = [part.targets[0] for part in parts]
    rest = [target for part in parts for target in part.targets[1:]]
    return Grounding(phrase, tuple(replace(t, phrase=phrase) for t in (*firsts, *rest)))


def _reason(part: Referents, trees: Sequence[ReferringExpression], found: Found) -> str:
    """Return why there is none; where it was seen but could not be placed, why that is."""
    for tree in trees:
        for atom in atoms(tree):
            if atom in found.reasons and not found.targets.get(atom):
                return f"{part.reason} that can be placed: {found.reasons[atom]}"
    return part.reason


def _others(
    groundings: Mapping[str, Grounding],
    found: Found,
    view: View,
    T_base_tool: np.ndarray,
    params: PerceptionParams,
) -> tuple[Target, ...]:
    """Return what else stands there: things found on the way, and what depth alone shows."""
    named = [target for grounding in groundings.values() for target in grounding.targets]
    extra: list[Target] = []
    for target in (t for targets in found.targets.values() for t in targets):
        if not any(same_thing(target, other) for other in (*named, *extra)):
            extra.append(replace(target, phrase=""))
    unnamed = obstacles_on_table(view, T_base_tool, params, (*named, *extra))
    return (*extra, *unnamed)
