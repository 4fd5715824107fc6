"""Looks at the scene: pictures and phrases in, detections, targets and answers out."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from vla_ros_interfaces.srv import Ground

from vla_ros.action.robot_port import look_failure
from vla_ros.errors import ConfigError, TerminationReason, VlaRosError
from vla_ros.params import (
    GroundingParams,
    ModelParams,
    PerceptionParams,
    PipelineParams,
    RobotParams,
)
from vla_ros.perception.grounder import Grounder
from vla_ros.perception.perceiver import Perceiver
from vla_ros.registry import create_grounder
from vla_ros.ros.detections import groundings_msg, target_msg
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.lifecycle import ManagedNode
from vla_ros.ros.parameters import NodeParameters
from vla_ros.ros.question_service import QuestionService
from vla_ros.ros.running import run_node
from vla_ros.ros.scene_eye import SceneEye
from vla_ros.ros.stamps import header, stamp_ns

if TYPE_CHECKING:
    from vla_ros.perception.answerer import Answerer

_NOTHING_TO_WATCH_S = 0.5
_LAST_LOOK_S = 20.0


class GroundingNode(ManagedNode):
    """Answers Ground and Ask at once; between them it watches what was asked for last."""

    def __init__(self, **options: Any) -> None:
        super().__init__("grounding", **options)
        kinds = (GroundingParams, ModelParams, PerceptionParams, PipelineParams, RobotParams)
        self._settings = NodeParameters(self, kinds, self._on_change)
        self._robot = self._settings.get(RobotParams)
        self._diagnostics = Diagnostics(self, "camera")
        self._eye: SceneEye | None = None
        self._ended: threading.Event | None = None
        self._watching: tuple[str, ...] = ()
        self._answerer: Answerer | None = None
        group = MutuallyExclusiveCallbackGroup()
        self.create_service(Ground, "ground", self._ground, callback_group=group)
        self._questions = QuestionService(
            self, self._settings, self._active_eye, lambda: self._answerer
        )
        self.create_timer(1.0, self._diagnose)

    def load_grounder(self) -> Grounder:
        """Return the grounding model that the parameters name."""
        name = self._settings.get(GroundingParams).grounder_model
        return create_grounder(name, self._settings.get(ModelParams))

    def load_answerer(self) -> Answerer | None:
        """Return the model that answers questions; with None detections answer them."""
        return None

    def configure(self) -> None:
        """Load the model and listen to the camera."""
        perceiver = Perceiver(self.load_grounder(), self._settings.get(PerceptionParams))
        params = self._settings.get(GroundingParams)
        self._answerer = self.load_answerer()
        self._eye = SceneEye(self, perceiver, params, self._robot, self._diagnostics)

    def activate(self) -> None:
        """Answer requests and watch."""
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, args=(self._ended,), daemon=True)
        self._watcher.start()

    def deactivate(self) -> None:
        """Answer no more."""
        if self._ended is not None:
            self._ended.set()
            self._ended = None
            self._watcher.join(_LAST_LOOK_S)

    def cleanup(self) -> None:
        """Let the model go."""
        self.deactivate()
        if self._eye is not None:
            self._eye.close()
            self._eye = self._answerer = None

    def close(self) -> None:
        """End the watch before the process ends."""
        self.deactivate()

    def _active_eye(self) -> SceneEye:
        if self._eye is None or self._ended is None:
            raise ConfigError("the grounding node is not active: configure and activate it")
        return self._eye

    def _ground(self, request: Ground.Request, response: Ground.Response) -> Ground.Response:
        base = self._robot.base_frame
        try:
            phrases = self._checked(request.phrases)
            perceived, camera_frame = self._active_eye().look(
                phrases,
                stamp_ns(request.not_before),
                self._settings.get(GroundingParams).picture_timeout_s,
            )
        except VlaRosError as error:
            failure = look_failure(error)
            response.success, response.message = False, failure.message
            response.reason = failure.reason.value
            return response
        look = perceived.look
        self._watching = phrases
        response.success, response.reason = True, TerminationReason.SUCCEEDED.value
        response.header = header(base, look.stamp_ns)
        response.groundings = groundings_msg(look, list(look.groundings), base, camera_frame)
        response.obstacles = [target_msg(thing, base, camera_frame) for thing in look.obstacles]
        return response

    def _checked(self, phrases: Sequence[str]) -> tuple[str, ...]:
        most = self._settings.get(GroundingParams).max_phrases
        if len(phrases) > most:
            raise ConfigError(f"{len(phrases)} phrases at once; at most {most} (max_phrases)")
        if not all(phrase.strip() for phrase in phrases):
            raise ConfigError("a phrase is empty")
        return tuple(phrases)

    def _watch(self, ended: threading.Event) -> None:
        """Look again and again, for those who watch the topics."""
        while not ended.is_set():
            params = self._settings.get(GroundingParams)
            rate_hz, eye = params.watch_rate_hz, self._eye
            if rate_hz <= 0.0 or eye is None or not self._watching:
                ended.wait(_NOTHING_TO_WATCH_S)
                continue
            try:
                eye.look(self._watching, 0, params.picture_timeout_s)
            except VlaRosError as error:
                self.get_logger().warning(f"watching: {error}", throttle_duration_sec=5.0)
            ended.wait(1.0 / rate_hz)

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
