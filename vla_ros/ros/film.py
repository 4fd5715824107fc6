"""Films a running graph: what the front camera sees, the wrist camera inset, and the stage."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import Image

from vla_ros.errors import MessageError
from vla_ros.ros import qos
from vla_ros.ros.images import rgb_from_image
from vla_ros.sim.video import VideoWriter, save_picture

SCALE = 2
INSET_SHARE = 0.3
_BORDER_PX, _BORDER_RGB = 2, (245, 246, 248)
_MARGIN_PX = 10


class Film:
    """Writes an MP4 and the first and last pictures while the node it listens with is spun."""

    def __init__(self, node: Node, folder: Path, fps: float = 10.0) -> None:
        """Listen to the cameras of a graph; files go to a folder."""
        self.caption = ""
        self.folder = folder
        self._video = VideoWriter(folder / "video.mp4", fps)
        self._inset: np.ndarray | None = None
        self._newest: np.ndarray | None = None
        node.create_subscription(Image, "front_camera/image_raw", self._on_front, qos.IMAGE)
        node.create_subscription(Image, "wrist_camera/image_raw", self._on_wrist, qos.IMAGE)

    @property
    def rolling(self) -> bool:
        """Whether a picture has come."""
        return self._newest is not None

    @property
    def path(self) -> Path:
        """The film's file."""
        return self._video.path

    def close(self) -> None:
        """Finish the film."""
        self._video.close()
        if self._newest is not None:
            save_picture(self.folder / "after.png", self._newest, self.caption)

    def _on_wrist(self, msg: Image) -> None:
        self._inset = rgb_from_image(msg)

    def _on_front(self, msg: Image) -> None:
        try:
            picture = self._composed(rgb_from_image(msg))
        except MessageError:
            return  # a camera of another format films nothing, and that is no fault of the task
        if self._newest is None:
            save_picture(self.folder / "before.png", picture, self.caption)
        self._newest = picture
        self._video.add(picture, self.caption)

    def _composed(self, front: np.ndarray) -> np.ndarray:
        height, width = front.shape[:2]
        size = (SCALE * width, SCALE * height)
        picture = cv2.resize(front, size, interpolation=cv2.INTER_CUBIC)
        if self._inset is not None:
            inset_size = (round(INSET_SHARE * size[0]), round(INSET_SHARE * size[1]))
            inset = cv2.resize(self._inset, inset_size, interpolation=cv2.INTER_AREA)
            rows, columns = inset.shape[:2]
            top, left = _MARGIN_PX, size[0] - _MARGIN_PX - columns
            edge = _BORDER_PX
            framed = picture[top - edge : top + rows + edge, left - edge : left + columns + edge]
            framed[:] = _BORDER_RGB
            picture[top : top + rows, left : left + columns] = inset
        return picture
