"""Somebody who floods a graph with messages that say nothing."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, JointState
from std_msgs.msg import Float64, String
from tf2_msgs.msg import TFMessage
from vision_msgs.msg import Detection2DArray, Detection3DArray
from vla_ros_interfaces.msg import GateState, TaskStatus

from vla_ros.ros import qos

PERIOD_S = 1.0 / 30.0

# Left out: what stops an arm (stop, e_stop, an empty trajectory to its controller), for that works;
# the clock, whose jumps are faults of their own; and what only scoring listens to.
_TOPICS: tuple[tuple[type, str, QoSProfile], ...] = (
    *(
        (kind, f"{camera}_camera/{topic}", qos.IMAGE)
        for camera in ("front", "wrist")
        for kind, topic in (
            (Image, "image_raw"),
            (CompressedImage, "image_raw/compressed"),
            (CameraInfo, "camera_info"),
            (Image, "depth/image_raw"),
            (CameraInfo, "depth/camera_info"),
        )
    ),
    (JointState, "joint_states", qos.STATE),
    (TFMessage, "tf", qos.TF),
    (TFMessage, "tf_static", qos.TF_STATIC),
    (PoseStamped, "tool_pose_request", qos.REQUEST),
    (Float64, "gripper_request", qos.REQUEST),
    (GateState, "gate_state", qos.STATUS),
    (String, "instruction", qos.EVENT),
    (String, "answer", qos.EVENT),
    (String, "reply", qos.EVENT),
    (TaskStatus, "task_status", qos.STATUS),
    (Detection2DArray, "detections", qos.STATUS),
    (Detection3DArray, "targets", qos.STATUS),
    (Image, "annotated/image_raw", qos.IMAGE),
    (DiagnosticArray, "/diagnostics", qos.DIAGNOSTICS),
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
