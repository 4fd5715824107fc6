"""Publishes a camera's pictures as drivers of RGB-D cameras do, each form only if it is heard."""

from __future__ import annotations

from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from vla_ros.ros import qos
from vla_ros.ros.camera import camera_info_msg
from vla_ros.ros.images import compressed_from_rgb, image_from_depth_m, image_from_rgb
from vla_ros.types import CameraFrame


class CameraPublisher:
    """The topics <name>_camera/{image_raw, image_raw/compressed, depth/image_raw, camera_info}."""

    def __init__(self, node: Node, camera: str) -> None:
        """Advertise the topics of the named camera."""
        prefix = f"{camera}_camera"

        def advertise(kind: type, topic: str) -> Publisher:
            return node.create_publisher(kind, f"{prefix}/{topic}", qos.IMAGE)

        self._raw = advertise(Image, "image_raw")
        self._compressed = advertise(CompressedImage, "image_raw/compressed")
        self._depth = advertise(Image, "depth/image_raw")
        self._info = advertise(CameraInfo, "camera_info")
        self._depth_info = advertise(CameraInfo, "depth/camera_info")

    @property
    def watched(self) -> bool:
        """Whether anybody listens to its pictures."""
        return any(map(_heard, (self._raw, self._compressed, self._depth)))

    def publish(self, frame: CameraFrame, depth_encoding: str, jpeg_quality: int) -> None:
        """Publish a picture, its depth and its intrinsics."""
        stamp_ns, frame_id = frame.stamp_ns, frame.frame_id
        height, width = frame.rgb.shape[:2]
        info = camera_info_msg(frame.k_px, width, height, frame_id, stamp_ns)
        self._info.publish(info)
        self._depth_info.publish(info)
        if _heard(self._raw):
            self._raw.publish(image_from_rgb(frame.rgb, frame_id, stamp_ns))
        if _heard(self._compressed):
            self._compressed.publish(
                compressed_from_rgb(frame.rgb, frame_id, stamp_ns, jpeg_quality)
            )
        if frame.depth_m is not None and _heard(self._depth):
            self._depth.publish(
                image_from_depth_m(frame.depth_m, depth_encoding, frame_id, stamp_ns)
            )


def _heard(publisher: Publisher) -> bool:
    return publisher.get_subscription_count() > 0
