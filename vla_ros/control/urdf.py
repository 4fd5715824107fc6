"""The joints between two frames of a URDF, and nothing else: meshes are never read."""

from __future__ import annotations

import difflib
import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from vla_ros.errors import KinematicsError
from vla_ros.geometry import inverse, pose

_MOVING = ("revolute", "continuous", "prismatic")


@dataclass(frozen=True, slots=True)
class ChainJoint:
    """A joint on the way from the base to the tool.

    Attributes:
        name: As in the URDF.
        sliding: True for prismatic, False for revolute and continuous joints.
        T_parent_joint: (4, 4) pose of the joint, at position 0, in the frame of the joint before.
        axis: (3,) unit vector in the joint's frame.
        lower: Lower limit [rad or m], -inf where there is none.
        upper: Upper limit [rad or m], inf where there is none.
        max_speed: Limit of the speed [rad/s or m/s], inf where there is none.
    """

    name: str
    sliding: bool
    T_parent_joint: np.ndarray
    axis: np.ndarray
    lower: float
    upper: float
    max_speed: float


@dataclass(frozen=True, slots=True)
class Chain:
    """The moving joints from the base frame to the tool frame.

    Attributes:
        joints: In the order base to tool.
        T_last_tool: (4, 4) pose of the tool in the frame of the last joint.
    """

    joints: tuple[ChainJoint, ...]
    T_last_tool: np.ndarray


def read_chain(urdf: str, base_frame: str, tool_frame: str, joint_names: Sequence[str]) -> Chain:
    """Return the chain of joints from the base frame to the tool frame.

    Args:
        urdf: The description's text.
        base_frame: The frame that poses are written in; it need not be the URDF's root.
        tool_frame: The frame that is to be moved.
        joint_names: The joints that may move, in the order base to tool.

    Raises:
        KinematicsError: The text is no URDF, a frame or joint is missing, or other joints than the
            named ones move the tool.
    """
    links, joints = _parse(urdf)
    for frame, parameter in ((base_frame, "base_frame"), (tool_frame, "tool_frame")):
        if frame not in links:
            raise KinematicsError(
                f"{parameter} '{frame}' is not a link of the URDF{_near(frame, links)}"
            )
    by_name = {joint.get("name", ""): joint for joint in joints.values()}
    for name in joint_names:
        if name not in by_name:
            raise KinematicsError(f"joint '{name}' is not in the URDF{_near(name, by_name)}")
    to_base, to_tool = _way(joints, base_frame), _way(joints, tool_frame)
    while to_base and to_tool and to_base[0] is to_tool[0]:
        to_base, to_tool = to_base[1:], to_tool[1:]
    _require_named(to_base, to_tool, joint_names, base_frame, tool_frame)
    T_next = np.eye(4)
    for element in to_base:
        T_next = T_next @ _origin(element)
    T_next = inverse(T_next)
    chain: list[ChainJoint] = []
    for element in to_tool:
        T_next = T_next @ _origin(element)
        if element.get("type") in _MOVING:
            chain.append(_chain_joint(element, T_next))
            T_next = np.eye(4)
    return Chain(tuple(chain), T_next)


def _parse(
    urdf: str,
) -> tuple[dict[str, ElementTree.Element], dict[str, ElementTree.Element]]:
    """Return the links by name and the joints by the name of their child link."""
    try:
        robot = ElementTree.fromstring(urdf)
    except ElementTree.ParseError as error:
        raise KinematicsError(
            f"the robot description is not XML ({error}); it starts with {urdf[:60]!r}"
        ) from error
    if robot.tag != "robot":
        raise KinematicsError(
            f"the robot description is <{robot.tag}>, not the <robot> of a URDF; expand xacro first"
        )
    links = {link.get("name", ""): link for link in robot.findall("link")}
    joints: dict[str, ElementTree.Element] = {}
    for joint in robot.findall("joint"):
        joints[_link_of(joint, "child")] = joint
    return links, joints


def _link_of(joint: ElementTree.Element, end: str) -> str:
    element = joint.find(end)
    name = None if element is None else element.get("link")
    if not name:
        raise KinematicsError(f"joint '{joint.get('name')}' of the URDF has no <{end} link=...>")
    return name


def _way(joints: dict[str, ElementTree.Element], frame: str) -> list[ElementTree.Element]:
    """Return the joints from the root down to a frame."""
    way: list[ElementTree.Element] = []
    while frame in joints:
        if joints[frame] in way:
            raise KinematicsError(f"the URDF's joints form a loop at link '{frame}'")
        way.append(joints[frame])
        frame = _link_of(joints[frame], "parent")
    return way[::-1]


def _require_named(
    to_base: list[ElementTree.Element],
    to_tool: list[ElementTree.Element],
    joint_names: Sequence[str],
    base_frame: str,
    tool_frame: str,
) -> None:
    between = [joint for joint in to_base + to_tool if joint.get("type") != "fixed"]
    for joint in between:
        if joint.get("type") not in _MOVING or joint.find("mimic") is not None:
            raise KinematicsError(
                f"joint '{joint.get('name')}' between {base_frame} and {tool_frame} is "
                f"'{joint.get('type')}' or a mimic joint; only independent revolute, continuous "
                "and prismatic joints are supported"
            )
    found = [joint.get("name") for joint in between]
    if found != list(joint_names) or any(joint.get("type") in _MOVING for joint in to_base):
        raise KinematicsError(
            f"from {base_frame} to {tool_frame} the URDF has the joints {found}, but joint_names "
            f"says {list(joint_names)}: name exactly these, from base to tool"
        )


def _chain_joint(element: ElementTree.Element, T_parent_joint: np.ndarray) -> ChainJoint:
    name = element.get("name", "")
    axis_element = element.find("axis")
    axis = _vector(axis_element, "xyz", (1.0, 0.0, 0.0), name)
    length = float(np.linalg.norm(axis))
    if not length > 1e-9:
        raise KinematicsError(f"joint '{name}' of the URDF has the axis {axis.tolist()}")
    limit = element.find("limit")
    bounded = element.get("type") != "continuous" and limit is not None
    lower = _number(limit, "lower", 0.0, name) if bounded else -math.inf
    upper = _number(limit, "upper", 0.0, name) if bounded else math.inf
    if not lower < upper:
        raise KinematicsError(
            f"joint '{name}' of the URDF has the limits {lower} to {upper}: no room to move"
        )
    speed = _number(limit, "velocity", 0.0, name)
    return ChainJoint(
        name=name,
        sliding=element.get("type") == "prismatic",
        T_parent_joint=T_parent_joint,
        axis=axis / length,
        lower=lower,
        upper=upper,
        max_speed=speed if speed > 0.0 else math.inf,
    )


def _origin(element: ElementTree.Element) -> np.ndarray:
    name, origin = element.get("name", ""), element.find("origin")
    zeros = (0.0, 0.0, 0.0)
    turn = Rotation.from_euler("xyz", _vector(origin, "rpy", zeros, name))
    return pose(_vector(origin, "xyz", zeros, name), turn)


def _vector(
    element: ElementTree.Element | None, key: str, otherwise: Sequence[float], joint: str
) -> np.ndarray:
    text = None if element is None else element.get(key)
    if text is None:
        return np.array(otherwise)
    try:
        values = np.array([float(word) for word in text.split()])
    except ValueError:
        values = np.array([])
    if values.shape != (3,) or not np.all(np.isfinite(values)):
        raise KinematicsError(f"joint '{joint}' of the URDF has {key}=\"{text}\": not 3 numbers")
    return values


def _number(element: ElementTree.Element | None, key: str, otherwise: float, joint: str) -> float:
    text = None if element is None else element.get(key)
    if text is None:
        return otherwise
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise KinematicsError(f"joint '{joint}' of the URDF has {key}=\"{text}\": not a number")
    return value


def _near(name: str, known: Iterable[str]) -> str:
    """Return a phrase that says what was perhaps meant."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=4, cutoff=0.5)
    if close:
        return f"; did you mean {close}?"
    return f"; it has {names[:30]}" if names else "; it has none"
