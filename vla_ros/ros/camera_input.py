"""An RGB-D camera's topics as pictures with depth and intrinsics, newest first."""

from __future__ import annotations

import threading
import time

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from vla_ros.errors import GroundingError, MessageError, NoDepthError
from vla_ros.params import GroundingParams
from vla_ros.perception.sync import Arrival, FrameSynchronizer
from vla_ros.ros import qos
from vla_ros.ros.camera import Rectifier, is_distorted, k_px_from_info
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.images import depth_m_from_image, rgb_from_compressed, rgb_from_image
from vla_ros.ros.patience import STANDSTILL_S, Patience
from vla_ros.ros.stamps import stamp_ns
from vla_ros.types import CameraFrame

_POLL_S = 0.1


class CameraInput:
    """Listens to image, depth and camera_info of one camera."""

    def __init__(
        self,
        node: Node,
        camera: str,
        params: GroundingParams,
        diagnostics: Diagnostics,
        group: CallbackGroup,
    ) -> None:
        """Subscribe to the relative topics image (or image/compressed), depth and camera_info.

        Callbacks of the group must exclude one another.
        """
        self._node = node
        self._camera = camera
        self._diagnostics = diagnostics
        self._sync = FrameSynchronizer(
            camera, tolerance_s=params.max_stamp_difference_s, max_age_s=params.max_picture_age_s
        )
        self._max_age_ns = round(params.max_picture_age_s * 1e9)
        self._newest: CameraFrame | None = None
        self._received_s = 0.0
        self._faults: dict[str, MessageError | NoDepthError] = {}
        self._rectifier: Rectifier | None = None
        self._arrived = threading.Condition()
        picture = (CompressedImage, "image/compressed") if params.compressed else (Image, "image")
        self._subscriptions_made = [
            node.create_subscription(kind, topic, callback, qos.IMAGE, callback_group=group)
            for kind, topic, callback in (
                (*picture, self._on_image),
                (Image, "depth", self._on_depth),
                (CameraInfo, "camera_info", self._on_info),
            )
        ]

    def close(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions_made:
            self._node.destroy_subscription(subscription)

    def newest(self, not_before_ns: int, timeout_s: float) -> CameraFrame:
        """Return the newest picture that isn't older than a time; waits for one.

        Raises:
            NoDepthError: Depth comes, but can't be read.
            GroundingError: None came in time, with the reason.
        """
        patience = Patience(self._node, timeout_s)
        with self._arrived:
            while True:
                frame = self._newest
                if frame is not None and self._usable(frame, not_before_ns):
                    return frame
                if patience.over():
                    raise self._failure(timeout_s)
                self._arrived.wait(_POLL_S)

    def diagnosis(self) -> str:
        """Return why no pictures come, in words; empty where all is well."""
        with self._arrived:
            faults = [f"{topic}: {error}" for topic, error in self._faults.items()]
        return "; ".join(faults) or self._sync.diagnosis(self._now_ns())

    def _usable(self, frame: CameraFrame, not_before_ns: int) -> bool:
        if time.monotonic() - self._received_s > STANDSTILL_S + self._max_age_ns * 1e-9:
            return False  # simulated time may stand still with the camera
        oldest_ns = max(not_before_ns, self._now_ns() - self._max_age_ns)
        return frame.stamp_ns >= oldest_ns

    def _failure(self, waited_s: float) -> GroundingError:
        depth_fault = self._faults.get("depth")
        if isinstance(depth_fault, NoDepthError):
            return depth_fault
        why = self.diagnosis() or "they are too old"
        return GroundingError(
            f"no usable picture of camera '{self._camera}' within {waited_s:.1f} s: {why}"
        )

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

    def _on_image(self, msg: Image | CompressedImage) -> None:
        self._diagnostics.count("image")
        try:
            raw = rgb_from_image(msg) if isinstance(msg, Image) else rgb_from_compressed(msg)
            rgb = raw if self._rectifier is None else self._rectifier.rgb(raw)
        except MessageError as error:
            self._note("image", error)
            return
        at_ns = stamp_ns(msg.header.stamp)
        arrival = self._sync.add_rgb(rgb, msg.header.frame_id, at_ns, self._now_ns())
        self._take("image", arrival)

    def _on_depth(self, msg: Image) -> None:
        try:
            raw = depth_m_from_image(msg)
        except (MessageError, NoDepthError) as error:
            self._note("depth", error)
            return
        depth_m = raw if self._rectifier is None else self._rectifier.depth_m(raw)
        arrival = self._sync.add_depth(depth_m, stamp_ns(msg.header.stamp), self._now_ns())
        self._take("depth", arrival)

    def _on_info(self, msg: CameraInfo) -> None:
        try:
            k_px = k_px_from_info(msg)
            if not is_distorted(msg):
                self._rectifier = None
            elif self._rectifier is None or not self._rectifier.fits(msg):
                self._rectifier = Rectifier(msg)
        except MessageError as error:
            self._note("camera_info", error)
            return
        size = (int(msg.width), int(msg.height))
        at_ns = stamp_ns(msg.header.stamp)
        self._take("camera_info", self._sync.add_info(k_px, size, at_ns, self._now_ns()))

    def _note(self, topic: str, error: MessageError | NoDepthError) -> None:
        with self._arrived:
            self._faults[topic] = error
        self._node.get_logger().warning(f"{topic}: {error}", throttle_duration_sec=5.0)

    def _take(self, topic: str, arrival: Arrival) -> None:
        """Complete a picture if this message did, and wake who waits."""
        if arrival is not Arrival.TAKEN:
            return
        with self._arrived:
            self._faults.pop(topic, None)
            frame = self._sync.take(self._now_ns())
            if frame is not None:
                self._newest, self._received_s = frame, time.monotonic()
                self._arrived.notify_all()
