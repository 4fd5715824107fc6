"""Looks at the scene: pictures and phrases in, detections, targets and answers out."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from vla_ros.errors import ConfigError
from vla_ros.params import (
    GroundingParams,
    ModelParams,
    PerceptionParams,
    PipelineParams,
    RobotParams,
    ServerParams,
)
from vla_ros.perception.assembly import assemble_grounder
from vla_ros.perception.grounder import Grounder, placement_of
from vla_ros.perception.perceiver import Perceiver
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.fast_lane import FastLane
from vla_ros.ros.ground_service import GroundService
from vla_ros.ros.lifecycle import ManagedNode
from vla_ros.ros.parameters import NodeParameters
from vla_ros.ros.question_service import QuestionService
from vla_ros.ros.running import run_node
from vla_ros.ros.scene_eye import SceneEye
from vla_ros.ros.scene_watch import SceneWatch
from vla_ros.vlm.creation import create_answerer

if TYPE_CHECKING:
    from vla_ros.perception.answerer import Answerer


class GroundingNode(ManagedNode):
    """Answers Ground and Ask at once; between them it watches what was asked for last."""

    def __init__(self, **options: Any) -> None:
        super().__init__("grounding", **options)
        looking = (GroundingParams, ModelParams, ServerParams, PerceptionParams)
        kinds = (*looking, PipelineParams, RobotParams)
        self._settings = NodeParameters(self, kinds, self._on_change)
        self._robot = self._settings.get(RobotParams)
        self._diagnostics = Diagnostics(self, "camera")
        self._eye: SceneEye | None = None
        self._watch: SceneWatch | None = None
        self._lane = FastLane(self)
        self._answerer: Answerer | None = None
        self._looks = GroundService(self, self._settings, self._active_eye, self._looked_for)
        self._questions = QuestionService(
            self, self._settings, self._active_eye, lambda: self._answerer
        )
        self.create_timer(1.0, self._diagnose)
        self._lane.start()

    def load_grounder(self) -> Grounder:
        """Return the grounding model that the parameters name."""
        get = self._settings.get
        return assemble_grounder(get(GroundingParams), get(ModelParams), get(ServerParams))

    def load_answerer(self) -> Answerer | None:
        """Return the model that answers questions; with None detections answer them."""
        get = self._settings.get
        return create_answerer(get(GroundingParams).vqa_model, get(ModelParams), get(ServerParams))

    def configure(self) -> None:
        """Load the model and listen to the camera."""
        grounder = self.load_grounder()
        self.get_logger().info(f"grounding with {placement_of(grounder)}")
        self._diagnostics.fact("grounder", placement_of(grounder))
        perceiver = Perceiver(grounder, self._settings.get(PerceptionParams))
        params = self._settings.get(GroundingParams)
        self._answerer = self.load_answerer()
        self._eye = SceneEye(self, perceiver, params, self._robot, self._diagnostics, self._lane)

    def activate(self) -> None:
        """Answer requests and watch."""
        params = partial(self._settings.get, GroundingParams)
        if self._eye is not None:
            self._watch = SceneWatch(self._eye, params, self.get_logger())

    def deactivate(self) -> None:
        """Answer no more."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def cleanup(self) -> None:
        """Let the model go."""
        self.deactivate()
        if self._eye is not None:
            self._eye.close()
            self._eye = self._answerer = None

    def close(self) -> None:
        """End the threads before the process ends."""
        self.deactivate()
        self._lane.close()

    def _active_eye(self) -> SceneEye:
        if self._eye is None or self._watch is None:
            raise ConfigError("the grounding node is not active: configure and activate it")
        return self._eye

    def _looked_for(self, phrases: tuple[str, ...]) -> None:
        if self._watch is not None:
            self._watch.phrases = phrases

    def _diagnose(self) -> None:
        fault = "" if self._eye is None else self._eye.camera.diagnosis()
        self._diagnostics.fault("camera", fault)

    def _on_change(self) -> None:
        if self._eye is not None:
            self._eye.perceiver.params = self._settings.get(PerceptionParams)


def main() -> None:
    """Run the node."""
    sys.exit(run_node(GroundingNode, threads=5))


if __name__ == "__main__":
    main()
