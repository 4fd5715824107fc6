"""Messages as a broken driver would send them."""

from __future__ import annotations

import array
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, JointState

from vla_ros.ros.stamps import stamp_ns

LAG_NS = 1_000_000_000
_MOST_LATE = 64
_DEPTH_TYPES: dict[str, np.dtype[Any]] = {
    "16UC1": np.dtype(np.uint16),
    "32FC1": np.dtype(np.float32),
}


class BreakingTopic:
    """What a topic carries while something is broken; nothing of it reaches an unbroken one.

    Args of `pass_on`: the fault's name in evaluation.faults.table, "" for none, and a message.
    """

    def __init__(self) -> None:
        self._late: deque[Any] = deque(maxlen=_MOST_LATE)

    def pass_on(self, fault: str, msg: Any) -> list[Any]:
        """Return the messages to send instead of one: it, others, or none."""
        if not isinstance(msg, (Image, CompressedImage, CameraInfo, JointState)):
            return [msg]
        if fault == "camera_lags" and not isinstance(msg, JointState):
            return self._lagging(msg)
        self._late.clear()
        if fault == "camera_stops" and not isinstance(msg, JointState):
            return []
        if fault == "joint_states_stop" and isinstance(msg, JointState):
            return []
        broken = _BREAKING.get(fault)
        if broken is not None and isinstance(msg, broken[0]):
            broken[1](msg)
        return [msg]

    def _lagging(self, msg: Any) -> list[Any]:
        """Keep a message; return those that are old enough by now."""
        self._late.append(msg)
        now_ns = stamp_ns(msg.header.stamp)
        due = []
        while self._late and now_ns - stamp_ns(self._late[0].header.stamp) >= LAG_NS:
            due.append(self._late.popleft())
        return due


def _black(msg: Image) -> None:
    if msg.encoding not in _DEPTH_TYPES:
        msg.data = _bytes(np.zeros(len(msg.data), np.uint8))


def _turn(msg: Image) -> None:
    size = len(msg.data) // (msg.height * msg.width)
    pixels = np.frombuffer(msg.data, np.uint8).reshape(msg.height, msg.width, size)
    msg.data = _bytes(pixels[::-1, ::-1])


def _halve(msg: Image) -> None:
    if msg.encoding not in _DEPTH_TYPES:
        size = len(msg.data) // (msg.height * msg.width)
        pixels = np.frombuffer(msg.data, np.uint8).reshape(msg.height, msg.width, size)[::2, ::2]
        msg.height, msg.width, msg.step = pixels.shape[0], pixels.shape[1], pixels.shape[1] * size
        msg.data = _bytes(pixels)


def _wrong_unit(msg: Image) -> None:
    if msg.encoding in _DEPTH_TYPES:
        depth = np.frombuffer(msg.data, _DEPTH_TYPES[msg.encoding])
        thousand = depth.dtype.type(1000)
        msg.data = _bytes(depth // thousand if msg.encoding == "16UC1" else depth * thousand)


def _no_depth(msg: Image) -> None:
    if msg.encoding in _DEPTH_TYPES:
        count = len(msg.data) // _DEPTH_TYPES[msg.encoding].itemsize
        missing = 0 if msg.encoding == "16UC1" else np.nan
        msg.data = _bytes(np.full(count, missing, _DEPTH_TYPES[msg.encoding]))


def _nan_joints(msg: JointState) -> None:
    msg.position = [float("nan")] * len(msg.position)


def _fewer_joints(msg: JointState) -> None:
    msg.position = msg.position[:-1]


def _bytes(values: np.ndarray) -> array.array[int]:
    made = array.array("B")
    made.frombytes(np.ascontiguousarray(values).tobytes())
    return made


_BREAKING: dict[str, tuple[type, Callable[[Any], None]]] = {
    "camera_black": (Image, _black),
    "camera_upside_down": (Image, _turn),
    "picture_wrong_shape": (Image, _halve),
    "depth_wrong_unit": (Image, _wrong_unit),
    "depth_nan": (Image, _no_depth),
    "joint_states_nan": (JointState, _nan_joints),
    "joint_states_wrong_shape": (JointState, _fewer_joints),
}
