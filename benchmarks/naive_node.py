"""The node that one writes first, as a peer for benchmarks: everything in callbacks, one thread.

It runs transformers' pipeline for zero-shot object detection in the picture's callback, reads the
depth in the middle of each box, publishes the points as `targets`, and has a timer for the arm's
commands. Nothing of ours is in it but the weights. Other benchmarks start it.
"""

from __future__ import annotations

import argparse

import numpy as np
import rclpy
from geometry_msgs.msg import Pose, PoseArray, PoseStamped
from PIL import Image as Picture
from plain_pipeline import create_pipeline
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Empty, Header


class NaiveNode(Node):
    """Looks in the picture's callback and commands from a timer of the same executor."""

    def __init__(self, phrases: list[str], rate_hz: float) -> None:
        super().__init__("naive")
        self._phrases = phrases
        self._detector = create_pipeline()
        self._depth: Image | None = None
        self._info: CameraInfo | None = None
        camera = "front_camera"
        for kind, topic, take in (
            (Image, f"{camera}/image_raw", self._on_image),
            (Image, f"{camera}/depth/image_raw", self._on_depth),
            (CameraInfo, f"{camera}/camera_info", self._on_info),
        ):
            self.create_subscription(kind, topic, take, qos_profile_sensor_data)
        self.create_subscription(Empty, "stop", self._on_stop, 10)
        self._stopped = self.create_publisher(Header, "stopped", 10)
        self._targets = self.create_publisher(PoseArray, "targets", 10)
        self._command = self.create_publisher(PoseStamped, "arm_controller/pose", 10)
        self.create_timer(1.0 / rate_hz, self._tick)

    def _on_depth(self, msg: Image) -> None:
        self._depth = msg

    def _on_info(self, msg: CameraInfo) -> None:
        self._info = msg

    def _on_stop(self, _: Empty) -> None:
        self._stopped.publish(Header(stamp=self.get_clock().now().to_msg()))

    def _on_image(self, msg: Image) -> None:
        rgb = np.frombuffer(msg.data, np.uint8).reshape(msg.height, msg.width, 3)
        found = self._detector(
            Picture.fromarray(rgb), candidate_labels=self._phrases, threshold=0.5
        )
        targets = PoseArray(header=msg.header)
        targets.poses = [self._point(thing["box"]) for thing in found]
        self._targets.publish(targets)

    def _point(self, box: dict[str, int]) -> Pose:
        pose = Pose()
        if self._depth is None or self._info is None:
            return pose
        depth = np.frombuffer(self._depth.data, np.uint16)
        depth = depth.reshape(self._depth.height, self._depth.width)
        u, v = (box["xmin"] + box["xmax"]) // 2, (box["ymin"] + box["ymax"]) // 2
        k, z = self._info.k, 0.001 * float(depth[v, u])
        pose.position.x = (u - k[2]) * z / k[0]
        pose.position.y = (v - k[5]) * z / k[4]
        pose.position.z = z
        return pose

    def _tick(self) -> None:
        command = PoseStamped()
        command.header.stamp = self.get_clock().now().to_msg()
        self._command.publish(command)


def main() -> None:
    """Run it until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phrases", nargs="+", default=["red cube", "bowl"])
    parser.add_argument("--rate", type=float, default=100.0, help="commands a second")
    arguments = parser.parse_args()
    rclpy.init()
    try:
        rclpy.spin(NaiveNode(arguments.phrases, arguments.rate))
    except Exception:
        if rclpy.ok():  # else it was ended in the middle of a callback
            raise


if __name__ == "__main__":
    main()
