"""What of a running graph the nodes depend on: camera topics, joint states, tf, controllers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image, JointState

from vla_ros.errors import MessageError, TransformError, VlaRosError
from vla_ros.graph import NODES
from vla_ros.params import RobotParams, SafetyParams
from vla_ros.perception.depth import require_depth
from vla_ros.ros import qos
from vla_ros.ros.camera import is_distorted, k_px_from_info
from vla_ros.ros.findings import Finding, fault, note, ok
from vla_ros.ros.images import depth_m_from_image, rgb_from_image
from vla_ros.ros.joints import joint_positions
from vla_ros.ros.tf import TransformListener


@dataclass
class _Heard:
    """The newest message of a topic and how many came."""

    newest: object | None = None
    count: int = 0


@dataclass
class _Listener:
    node: Node
    seconds: float
    heard: dict[str, _Heard] = field(default_factory=dict)

    def listen(self, kind: type, topic: str) -> None:
        heard = self.heard.setdefault(topic, _Heard())

        def take(msg: object) -> None:
            heard.newest, heard.count = msg, heard.count + 1

        self.node.create_subscription(kind, topic, take, qos.IMAGE)

    def rate_hz(self, topic: str) -> float:
        return self.heard[topic].count / self.seconds


def check_graph(robot: RobotParams, safety: SafetyParams, listen_s: float) -> Iterator[Finding]:
    """Listen to the graph for a while and say what is there and what isn't."""
    context = Context()
    rclpy.init(context=context)
    node = Node("vla_ros_doctor", context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    try:
        topics = dict(next(n for n in NODES if n.name == "grounding").remappings)
        listener = _Listener(node, listen_s)
        listener.listen(Image, topics["image"])
        listener.listen(Image, topics["depth"])
        listener.listen(CameraInfo, topics["camera_info"])
        listener.listen(JointState, "joint_states")
        transforms = TransformListener(node)
        _spin(executor, listen_s)
        if not any(heard.count for heard in listener.heard.values()):
            remedy = "start the simulator or the robot's drivers first to have them checked too"
            yield note("running graph", f"nothing heard in {listen_s:.0f} s", remedy)
            return
        yield from _check_camera(listener, topics)
        yield _check_joints(listener, robot)
        yield from _check_frames(listener, transforms, topics, robot)
        yield from _check_controllers(node, safety)
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.shutdown(context=context)


def _spin(executor: SingleThreadedExecutor, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (left_s := deadline - time.monotonic()) > 0.0:
        executor.spin_once(timeout_sec=left_s)


def _check_camera(listener: _Listener, topics: dict[str, str]) -> Iterator[Finding]:
    image = listener.heard[topics["image"]].newest
    remap = "remap the grounding node's topics, or start the camera's driver"
    if not isinstance(image, Image):
        yield fault("camera pictures", f"none on {topics['image']}", remap)
    else:
        yield _check_image(image, listener.rate_hz(topics["image"]))
    depth = listener.heard[topics["depth"]].newest
    if not isinstance(depth, Image):
        yield fault("depth", f"none on {topics['depth']}", remap + "; aligned to the colour camera")
    else:
        yield _check_depth(depth, listener.rate_hz(topics["depth"]))
    info = listener.heard[topics["camera_info"]].newest
    if not isinstance(info, CameraInfo):
        yield fault("camera_info", f"none on {topics['camera_info']}", remap)
        return
    yield _check_info(info)


def _check_image(image: Image, rate_hz: float) -> Finding:
    found = f"{image.width}x{image.height} {image.encoding} at {rate_hz:.1f} Hz"
    try:
        rgb = rgb_from_image(image)
    except MessageError as error:
        return fault("camera pictures", f"{found}: {error}", "choose another encoding")
    if int(rgb.max()) < 10:
        return fault("camera pictures", f"{found}, black", "take off the cap, add light")
    if rate_hz < 2.0:
        return note("camera pictures", found, "set the DDS profile; lower the resolution")
    return ok("camera pictures", found)


def _check_depth(depth: Image, rate_hz: float) -> Finding:
    found = f"{depth.width}x{depth.height} {depth.encoding} at {rate_hz:.1f} Hz"
    try:
        depth_m = require_depth(depth_m_from_image(depth))
    except VlaRosError as error:
        return fault("depth", f"{found}: {error}", "16UC1 in millimetres or 32FC1 in metres")
    valid = float(np.isfinite(depth_m).mean())
    found += f", {valid:.0%} valid, median {np.nanmedian(depth_m):.2f} m"
    if valid < 0.5:
        return note("depth", found, "more texture or light, or a smaller distance")
    return ok("depth", found)


def _check_info(info: CameraInfo) -> Finding:
    try:
        k_px = k_px_from_info(info)
    except MessageError as error:
        return fault("camera_info", str(error), "calibrate the camera")
    found = f"fx {k_px[0, 0]:.1f} px, frame '{info.header.frame_id}'"
    if is_distorted(info):
        return note("camera_info", f"{found}, distorted", "run image_proc and use image_rect")
    return ok("camera_info", found)


def _check_joints(listener: _Listener, robot: RobotParams) -> Finding:
    msg = listener.heard["joint_states"].newest
    if not isinstance(msg, JointState):
        remedy = "start the robot's driver or joint_state_broadcaster"
        return fault("joint states", "none on joint_states", remedy)
    try:
        joint_positions(msg, robot.joint_names)
    except MessageError as error:
        remedy = f"it sends {list(msg.name)}: correct joint_names in the robot's file"
        return fault("joint states", str(error), remedy)
    rate_hz = listener.rate_hz("joint_states")
    if rate_hz < 20.0:
        return note("joint states", f"{rate_hz:.0f} Hz", "50 Hz or more keep the gate from holding")
    return ok("joint states", f"{len(robot.joint_names)} joints at {rate_hz:.0f} Hz")


def _check_frames(
    listener: _Listener,
    transforms: TransformListener,
    topics: dict[str, str],
    robot: RobotParams,
) -> Iterator[Finding]:
    image = listener.heard[topics["image"]].newest
    frames = [robot.tool_frame]
    if isinstance(image, Image):
        frames.append(image.header.frame_id)
    for frame in frames:
        what = f"tf {robot.base_frame} -> {frame}"
        try:
            T = transforms.buffer.lookup(robot.base_frame, frame, None)
        except TransformError as error:
            remedy = "publish it: robot_state_publisher, or static_transform_publisher for a camera"
            yield fault(what, str(error), remedy)
        else:
            yield ok(what, "at " + ", ".join(f"{v:.3f}" for v in T[:3, 3]) + " m")


def _check_controllers(node: Node, safety: SafetyParams) -> Iterator[Finding]:
    listeners = node.count_subscribers(safety.arm_command_topic)
    if listeners == 0:
        remedy = "load and activate the controller, or correct arm_command_topic"
        yield fault("arm controller", f"nobody listens to {safety.arm_command_topic}", remedy)
    else:
        yield ok("arm controller", f"{safety.arm_command_topic}: {listeners} listener")
    publishers = node.get_publishers_info_by_topic(safety.arm_command_topic)
    strangers = sorted({p.node_name for p in publishers if p.node_name != "safety"})
    if strangers:
        remedy = "only the safety gate may: stop the others"
        yield fault("who commands the arm", ", ".join(strangers), remedy)
    if safety.gripper_interface != "none":
        yield _check_gripper(node, safety)


def _check_gripper(node: Node, safety: SafetyParams) -> Finding:
    status = f"{safety.gripper_action}/_action/status"
    if node.count_publishers(status) == 0:
        remedy = "load the gripper's controller, or correct gripper_action in the robot's file"
        return fault("gripper controller", f"no action {safety.gripper_action}", remedy)
    return ok("gripper controller", safety.gripper_action)


def workspace_finding(safety: SafetyParams) -> Finding:
    """Return whether the gate could be armed with the robot's file."""
    if len(safety.workspace_min_m) != 3 or len(safety.workspace_max_m) != 3:
        remedy = "measure the free space and say workspace_min_m and workspace_max_m"
        return fault("workspace box", "none: the gate will refuse to arm", remedy)
    low, high = list(safety.workspace_min_m), list(safety.workspace_max_m)
    return ok("workspace box", f"{low} to {high} m")
