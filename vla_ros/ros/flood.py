"""Somebody who floods a graph with messages that say nothing."""

from __future__ import annotations

from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import Float64, String
from tf2_msgs.msg import TFMessage

from vla_ros.ros import qos

PERIOD_S = 1.0 / 30.0

# What stops an arm (stop, e_stop, an empty trajectory to its controller) is left out: that works.
_TOPICS: tuple[tuple[type, str, QoSProfile], ...] = (
    (Image, "front_camera/image_raw", qos.IMAGE),
    (Image, "front_camera/depth/image_raw", qos.IMAGE),
    (CameraInfo, "front_camera/camera_info", qos.IMAGE),
    (JointState, "joint_states", qos.STATE),
    (PoseStamped, "tool_pose_request", qos.REQUEST),
    (Float64, "gripper_request", qos.REQUEST),
    (String, "instruction", qos.EVENT),
    (TFMessage, "tf", qos.TF),
)


class Flood:
    """Publishes an empty message on every topic, 30 times a second, while it is on."""

    def __init__(self, node: Node) -> None:
        """Flood with a node; it must be spun."""
        made = [
            (kind, node.create_publisher(kind, topic, profile)) for kind, topic, profile in _TOPICS
        ]
        nothing = {Float64: Float64(data=float("nan"))}
        self._empty = [(publisher, nothing.get(kind, kind())) for kind, publisher in made]
        self._on = False
        node.create_timer(PERIOD_S, self._publish)

    def start(self) -> None:
        """Begin."""
        self._on = True

    def stop(self) -> None:
        """Leave off."""
        self._on = False

    def _publish(self) -> None:
        if self._on:
            for publisher, msg in self._empty:
                publisher.publish(msg)
