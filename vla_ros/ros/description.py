"""The robot's URDF: from a file, or from the topic on which a driver latches it."""

from __future__ import annotations

import time

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from std_msgs.msg import String

from vla_ros.control.kinematics import ArmKinematics
from vla_ros.errors import ConfigError
from vla_ros.params import RobotParams
from vla_ros.resources import robot_urdf
from vla_ros.ros import qos

WAIT_S = 10.0
_POLL_S = 0.1


def robot_description(node: Node, robot: RobotParams) -> str:
    """Return the URDF's text; waits for the topic where the parameter names no file.

    Raises:
        ConfigError: The file does not exist, or nobody publishes the description.
    """
    if not robot.robot_description:
        return _from_topic(node)
    return robot_urdf(robot.robot_description)


def arm_kinematics(
    node: Node, robot: RobotParams, orientation_weight: float = 0.5, posture_time_s: float = 2.0
) -> ArmKinematics:
    """Return the kinematics of the arm that the parameters describe.

    Raises:
        ConfigError: There is no description.
        KinematicsError: The description and the parameters do not fit each other.
    """
    return ArmKinematics(
        robot_description(node, robot),
        robot.joint_names,
        robot.tool_frame,
        base_frame=robot.base_frame,
        home_rad=robot.home_rad,
        orientation_weight=orientation_weight,
        posture_time_s=posture_time_s,
    )


def _from_topic(node: Node) -> str:
    """Wait for the topic with a node and executor of its own: the caller isn't spun yet."""
    texts: list[str] = []

    def take(msg: String) -> None:
        texts.append(msg.data)

    listener = Node(
        f"{node.get_name()}_description",
        namespace=node.get_namespace(),
        context=node.context,
        use_global_arguments=False,
    )
    listener.create_subscription(String, "robot_description", take, qos.STATUS)
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(listener)
    deadline = time.monotonic() + WAIT_S
    while not texts and time.monotonic() < deadline:
        executor.spin_once(timeout_sec=_POLL_S)
    executor.shutdown()
    listener.destroy_node()
    if not texts:
        raise ConfigError(
            f"nobody published robot_description within {WAIT_S:.0f} s: start "
            "robot_state_publisher, or name a URDF file in the robot's YAML"
        )
    return texts[0]
