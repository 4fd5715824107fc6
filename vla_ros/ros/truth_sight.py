"""What a camera of the simulator sees, with what is true then; only scoring may look."""

from __future__ import annotations

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image
from vla_ros_interfaces.msg import SceneTruth

from vla_ros.errors import ModelError
from vla_ros.evaluation.faults.truth_server import Sight
from vla_ros.perception.truth_history import TruthHistory
from vla_ros.ros import qos
from vla_ros.ros.camera import k_px_from_info
from vla_ros.ros.detections import scene_truth_from_msg
from vla_ros.ros.images import depth_m_from_image
from vla_ros.ros.patience import Patience
from vla_ros.ros.stamps import stamp_ns
from vla_ros.ros.tf import TransformListener
from vla_ros.types import CameraFrame

_TIMEOUT_S = 5.0


class TruthSight:
    """Listens to depth, intrinsics, tf and truth; ask it from any thread while its node spins."""

    def __init__(self, node: Node, camera: str, base_frame: str) -> None:
        """Listen with a node.

        Args:
            node: Whose subscriptions they are.
            camera: The camera's name.
            base_frame: The frame that the truth is in.
        """
        self._node, self._base_frame = node, base_frame
        self._transforms = TransformListener(node)
        self._history = TruthHistory()
        self._depth: Image | None = None
        self._info: CameraInfo | None = None
        topics = f"{camera}_camera"
        node.create_subscription(Image, f"{topics}/depth/image_raw", self._on_depth, qos.IMAGE)
        node.create_subscription(CameraInfo, f"{topics}/camera_info", self._on_info, qos.IMAGE)
        node.create_subscription(SceneTruth, "ground_truth/scene", self._on_truth, qos.STATUS)

    def now(self) -> Sight:
        """Return the newest picture's depth, with the truth then.

        Raises:
            ModelError: No picture or no truth comes.
            TransformError: Where the camera was is not known.
        """
        depth, info = self._depth, self._info
        if depth is None or info is None:
            raise ModelError("no picture has come: is the simulator running?")
        at_ns, frame_id = stamp_ns(depth.header.stamp), depth.header.frame_id
        truth = self._history.at(at_ns, Patience(self._node, _TIMEOUT_S).over)
        pose = self._transforms.buffer.lookup(self._base_frame, frame_id, at_ns, _TIMEOUT_S)
        unseen = np.zeros((depth.height, depth.width, 3), np.uint8)
        k_px = k_px_from_info(info)
        frame = CameraFrame(unseen, depth_m_from_image(depth), k_px, frame_id, at_ns)
        return Sight(frame, pose, truth)

    def _on_depth(self, msg: Image) -> None:
        self._depth = msg

    def _on_info(self, msg: CameraInfo) -> None:
        self._info = msg

    def _on_truth(self, msg: SceneTruth) -> None:
        self._history.add(stamp_ns(msg.header.stamp), scene_truth_from_msg(msg))
