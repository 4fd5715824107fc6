"""The frames of a robot's links, as robot_state_publisher would publish them.

A simulator that stands in for a whole robot needs this where no robot_state_publisher is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
        joints = [_read_joint(element) for element in robot.findall("joint")]
        self._fixed = [joint for joint in joints if joint.kind == "fixed"]
        self._moving = [joint for joint in joints if joint.kind != "fixed"]
        self._turns = np.array([joint.kind in _TURNING for joint in self._moving])
        self._axes = np.array([joint.axis for joint in self._moving]).reshape(-1, 3)
        self._T_origin = np.array([joint.T_origin for joint in self._moving]).reshape(-1, 4, 4)
        self._cross = np.array([_cross_matrix(axis) for axis in self._axes]).reshape(-1, 3, 3)

    def fixed(self) -> list[LinkFrame]:
        """Return the frames that never move."""
        return [LinkFrame(joint.parent, joint.child, joint.T_origin) for joint in self._fixed]

    def moving(self, positions: Mapping[str, float]) -> list[LinkFrame]:
        """Return the frames of all other joints whose positions [rad or m] are known by name."""
        at = np.array([j.gain * positions.get(j.driver, np.nan) + j.offset for j in self._moving])
        poses = self._T_origin @ self._displacements(at)
        return [
            LinkFrame(joint.parent, joint.child, T_parent_child)
            for joint, T_parent_child in zip(self._moving, poses, strict=True)
            if joint.driver in positions
        ]

    def _displacements(self, at: np.ndarray) -> np.ndarray:
        """Return (J, 4, 4) motions of the joints by (J,) positions; Rodrigues' formula."""
        result = np.tile(np.eye(4), (len(at), 1, 1))
        angles = np.where(self._turns, at, 0.0)[:, None, None]
        result[:, :3, :3] += np.sin(angles) * self._cross
        result[:, :3, :3] += (1.0 - np.cos(angles)) * self._cross @ self._cross
        result[:, :3, 3] = np.where(self._turns, 0.0, at)[:, None] * self._axes
        return result


def _cross_matrix(axis: np.ndarray) -> np.ndarray:
    x, y, z = axis
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])


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
        axis=_unit(_numbers(axis, "xyz", "1 0 0")),
        driver=name if mimic is None else mimic.get("joint", ""),
        gain=1.0 if mimic is None else float(mimic.get("multiplier", 1.0)),
        offset=0.0 if mimic is None else float(mimic.get("offset", 0.0)),
    )


def _numbers(element: ElementTree.Element | None, key: str, default: str) -> np.ndarray:
    text = default if element is None else element.get(key, default)
    return np.array([float(word) for word in text.split()])


def _unit(axis: np.ndarray) -> np.ndarray:
    return np.asarray(axis / np.linalg.norm(axis))
