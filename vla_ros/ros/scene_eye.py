"""Looks with a camera, tf and joint states: what a Ground request and a watch both do."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from sensor_msgs.msg import Image, JointState
from vision_msgs.msg import Detection2DArray, Detection3DArray

from vla_ros.errors import GroundingError, MessageError, TransformError
from vla_ros.params import GroundingParams, RobotParams
from vla_ros.perception.perceiver import Perceived, Perceiver
from vla_ros.ros import qos
from vla_ros.ros.camera_input import CameraInput
from vla_ros.ros.description import arm_kinematics
from vla_ros.ros.detections import detections_msg, targets_msg
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.images import image_from_rgb
from vla_ros.ros.robot_state import RobotStateReader
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
    ) -> None:
        """Subscribe and advertise."""
        self._node = node
        self._robot = robot
        self._diagnostics = diagnostics
        self.perceiver = perceiver
        self.camera = CameraInput(node, perceiver.params.camera, params, diagnostics)
        self._tf = TransformListener(node)
        self._reader = RobotStateReader(robot, arm_kinematics(node, robot))
        self._state: RobotState | None = None
        self._looking = threading.Lock()
        self._joints = node.create_subscription(
            JointState,
            "joint_states",
            self._on_joints,
            qos.STATE_READER,
            callback_group=MutuallyExclusiveCallbackGroup(),
        )
        self._detections = node.create_publisher(Detection2DArray, "detections", qos.STATUS)
        self._targets = node.create_publisher(Detection3DArray, "targets", qos.STATUS)
        self._annotated = node.create_publisher(Image, "annotated/image_raw", qos.IMAGE)

    def close(self) -> None:
        """Stop listening and showing."""
        self.camera.close()
        self._tf.close()
        self._node.destroy_subscription(self._joints)
        for publisher in (self._detections, self._targets, self._annotated):
            self._node.destroy_publisher(publisher)

    def look(
        self, phrases: Sequence[str], not_before_ns: int, timeout_s: float
    ) -> tuple[Perceived, str]:
        """Look at a picture that isn't older than a time, and show what was seen.

        Returns:
            What was seen, and the frame of the picture.

        Raises:
            GroundingError: No picture, no robot state or no camera pose; NoDepthError: no depth.
            ModelError: The model broke its promise.
        """
        frame = self.camera.newest(not_before_ns, timeout_s)
        state = self._state
        if state is None:
            raise GroundingError("no usable joint state: the camera can't tell the arm from things")
        base, camera = self._robot.base_frame, self.perceiver.params.camera
        try:
            T_base_camera = self._tf.buffer.lookup(base, frame.frame_id, frame.stamp_ns, _TF_WAIT_S)
        except TransformError as error:
            raise GroundingError(f"where camera '{camera}' is: {error}") from error
        observation = Observation({camera: frame}, {camera: T_base_camera}, state)
        with self._looking:
            perceived = self.perceiver.perceive(observation, phrases)
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

    def _on_joints(self, msg: JointState) -> None:
        now_ns = int(self._node.get_clock().now().nanoseconds)
        try:
            self._state = self._reader.read(msg, now_ns) or self._state
        except MessageError as error:
            self._node.get_logger().warning(f"joint state: {error}", throttle_duration_sec=5.0)
