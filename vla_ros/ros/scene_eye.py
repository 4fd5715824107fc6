"""Looks with a camera and tf: what a Ground request and a watch both do."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from sensor_msgs.msg import Image
from vision_msgs.msg import Detection2DArray, Detection3DArray

from vla_ros.errors import GroundingError, TransformError, VlaRosError
from vla_ros.params import GroundingParams, RobotParams
from vla_ros.perception.perceiver import Perceived, Perceiver
from vla_ros.ros import qos
from vla_ros.ros.camera_input import CameraInput
from vla_ros.ros.detections import detections_msg, targets_msg
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.images import image_from_rgb
from vla_ros.ros.tf import TransformListener
from vla_ros.types import Observation, RobotState
from vla_ros.visualization.overlay import CameraModel, draw_overlay

_TF_WAIT_S = 0.5


class SceneEye:
    """Inputs, the perceiver, and the topics that show what it saw."""

    def __init__(
        self,
        node: Node,
        perceiver: Perceiver,
        params: GroundingParams,
        robot: RobotParams,
        diagnostics: Diagnostics,
        group: CallbackGroup,
    ) -> None:
        """Subscribe in a callback group, and advertise."""
        self._node = node
        self._robot = robot
        self._diagnostics = diagnostics
        self.perceiver = perceiver
        self.camera = CameraInput(node, perceiver.params.camera, params, diagnostics, group)
        self._tf = TransformListener(node, group)
        self._looking = threading.Lock()
        self._detections = node.create_publisher(Detection2DArray, "detections", qos.STATUS)
        self._targets = node.create_publisher(Detection3DArray, "targets", qos.STATUS)
        self._annotated = node.create_publisher(Image, "annotated/image_raw", qos.IMAGE)

    @property
    def followed(self) -> bool:
        """Whether anybody listens to what is seen."""
        shown = (self._detections, self._targets, self._annotated)
        return any(publisher.get_subscription_count() > 0 for publisher in shown)

    def close(self) -> None:
        """Stop listening and showing."""
        self.camera.close()
        self._tf.close()
        for publisher in (self._detections, self._targets, self._annotated):
            self._node.destroy_publisher(publisher)

    def look(
        self, phrases: Sequence[str], not_before_ns: int, timeout_s: float, others: bool = True
    ) -> tuple[Perceived, str]:
        """Look at a picture that isn't older than a time, and show what was seen.

        Args:
            phrases: What to look for.
            not_before_ns: The time.
            timeout_s: How long to wait for such a picture [s].
            others: Whether to look for what else stands there too.

        Returns:
            What was seen, and the frame of the picture.

        Raises:
            GroundingError: No picture, or no pose of camera or tool; NoDepthError: no depth.
            ModelError: The model broke its promise.
        """
        try:
            seen = self._look(phrases, not_before_ns, timeout_s, others)
        except VlaRosError as error:
            self._diagnostics.fault("look", str(error))
            raise
        self._diagnostics.fault("look", "")
        return seen

    def _look(
        self, phrases: Sequence[str], not_before_ns: int, timeout_s: float, others: bool
    ) -> tuple[Perceived, str]:
        frame = self.camera.newest(not_before_ns, timeout_s)
        camera = self.perceiver.params.camera
        T_base_camera = self._pose_at(frame.frame_id, frame.stamp_ns)
        robot = _tool_at(self._pose_at(self._robot.tool_frame, frame.stamp_ns), frame.stamp_ns)
        observation = Observation({camera: frame}, {camera: T_base_camera}, robot)
        with self._looking:
            perceived = self.perceiver.perceive(observation, phrases, others)
        self._show(observation, perceived, camera)
        return perceived, frame.frame_id

    def _show(self, observation: Observation, perceived: Perceived, camera: str) -> None:
        frame, look = observation.frames[camera], perceived.look
        now_ns = int(self._node.get_clock().now().nanoseconds)
        self._diagnostics.latency("image_to_detection", frame.stamp_ns, now_ns)
        self._diagnostics.latency("model", 0, round(perceived.ground_s * 1e9))
        self._diagnostics.latency("geometry", 0, round(perceived.lift_s * 1e9))
        targets = [t for grounding in look.groundings.values() for t in grounding.targets]
        self._detections.publish(
            detections_msg(perceived.detections, frame.frame_id, frame.stamp_ns)
        )
        self._targets.publish(targets_msg(targets, self._robot.base_frame, frame.stamp_ns))
        if self._annotated.get_subscription_count() > 0:
            drawn = draw_overlay(
                frame.rgb,
                detections=perceived.detections,
                targets=targets,
                camera=CameraModel(frame.k_px, observation.T_base_camera[camera]),
                T_base_tool=observation.robot.T_base_tool,
            )
            self._annotated.publish(image_from_rgb(drawn, frame.frame_id, frame.stamp_ns))

    def _pose_at(self, frame_id: str, at_ns: int) -> np.ndarray:
        """Return the pose (4, 4) of a frame in the base frame when a picture was taken."""
        try:
            return self._tf.buffer.lookup(self._robot.base_frame, frame_id, at_ns, _TF_WAIT_S)
        except TransformError as error:
            raise GroundingError(f"no pose of '{frame_id}' for the picture: {error}") from error


def _tool_at(T_base_tool: np.ndarray, stamp_ns: int) -> RobotState:
    """Return what looking needs of the robot: where its hand was in the picture."""
    none = np.zeros(0)
    return RobotState((), none, none, T_base_tool, gripper_opening=1.0, stamp_ns=stamp_ns)
