"""The frames of a robot's links, as robot_state_publisher would publish them.

A simulator that stands in for a whole robot needs this where no robot_state_publisher is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from scipy.spatial.transform import Rotation

from vla_ros.errors import ConfigError
from vla_ros.geometry import pose

_TURNING = ("revolute", "continuous")


@dataclass(frozen=True, slots=True)
class LinkFrame:
    """Where one link is in its parent link."""

    parent: str
    child: str
    T_parent_child: np.ndarray


@dataclass(frozen=True, slots=True)
class _Joint:
    kind: str
    parent: str
    child: str
    T_origin: np.ndarray
    axis: np.ndarray
    driver: str
    gain: float
    offset: float


class LinkFrames:
    """The tree of a URDF's links."""

    def __init__(self, urdf: str) -> None:
        """Read a URDF's text.

        Raises:
            ConfigError: It is not XML.
        """
        try:
            robot = ElementTree.fromstring(urdf)
        except ElementTree.ParseError as error:
            raise ConfigError(f"the robot description is not XML: {error}") from error
        self._joints = [_read_joint(element) for element in robot.findall("joint")]

    @classmethod
    def from_file(cls, path: Path) -> LinkFrames:
        """Read a URDF file."""
        return cls(path.read_text())

    def fixed(self) -> list[LinkFrame]:
        """Return the frames that never move."""
        return [
            LinkFrame(joint.parent, joint.child, joint.T_origin)
            for joint in self._joints
            if joint.kind == "fixed"
        ]

    def moving(self, positions: Mapping[str, float]) -> list[LinkFrame]:
        """Return the frames of all other joints whose positions [rad or m] are known by name."""
        return [
            LinkFrame(joint.parent, joint.child, _placed(joint, positions[joint.driver]))
            for joint in self._joints
            if joint.kind != "fixed" and joint.driver in positions
        ]


def _read_joint(element: ElementTree.Element) -> _Joint:
    name = element.get("name", "")
    parent, child = element.find("parent"), element.find("child")
    if parent is None or child is None:
        raise ConfigError(f"joint '{name}' of the robot description lacks a parent or a child")
    origin, axis, mimic = element.find("origin"), element.find("axis"), element.find("mimic")
    return _Joint(
        kind=element.get("type", ""),
        parent=parent.get("link", ""),
        child=child.get("link", ""),
        T_origin=pose(
            _numbers(origin, "xyz", "0 0 0"),
            Rotation.from_euler("xyz", _numbers(origin, "rpy", "0 0 0")),
        ),
        axis=_numbers(axis, "xyz", "1 0 0"),
        driver=name if mimic is None else mimic.get("joint", ""),
        gain=1.0 if mimic is None else float(mimic.get("multiplier", 1.0)),
        offset=0.0 if mimic is None else float(mimic.get("offset", 0.0)),
    )


def _numbers(element: ElementTree.Element | None, key: str, default: str) -> np.ndarray:
    text = default if element is None else element.get(key, default)
    return np.array([float(word) for word in text.split()])


def _placed(joint: _Joint, driver_position: float) -> np.ndarray:
    position = joint.gain * driver_position + joint.offset
    unit = joint.axis / np.linalg.norm(joint.axis)
    if joint.kind in _TURNING:
        return joint.T_origin @ pose(np.zeros(3), Rotation.from_rotvec(position * unit))
    return joint.T_origin @ pose(position * unit)
