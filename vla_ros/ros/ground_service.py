"""The Ground service: phrases in, what they name in the newest picture out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from vla_ros_interfaces.srv import Ground

from vla_ros.action.robot_port import look_failure
from vla_ros.errors import ConfigError, TerminationReason, VlaRosError
from vla_ros.params import GroundingParams, RobotParams
from vla_ros.ros.detections import groundings_msg, target_msg
from vla_ros.ros.parameters import NodeParameters
from vla_ros.ros.scene_eye import SceneEye
from vla_ros.ros.stamps import header, stamp_ns


class GroundService:
    """Looks when asked to, and says what was seen or why nothing could be."""

    def __init__(
        self,
        node: Node,
        settings: NodeParameters,
        eye: Callable[[], SceneEye],
        looked_for: Callable[[tuple[str, ...]], None],
    ) -> None:
        """Offer the service.

        Args:
            node: Whose service it is.
            settings: Its parameters, asked anew for each look.
            eye: Gives what looks; raises where it may not look now.
            looked_for: Told the phrases of each look that succeeded.
        """
        self._settings, self._eye, self._looked_for = settings, eye, looked_for
        group = MutuallyExclusiveCallbackGroup()
        node.create_service(Ground, "ground", self._serve, callback_group=group)

    def _serve(self, request: Ground.Request, response: Ground.Response) -> Ground.Response:
        base = self._settings.get(RobotParams).base_frame
        try:
            phrases = self._checked(request.phrases)
            perceived, camera_frame = self._eye().look(
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
        self._looked_for(phrases)
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
