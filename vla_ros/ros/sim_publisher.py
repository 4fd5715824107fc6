"""What the simulator tells of its robot: /clock, joint_states, tf and, for scoring, the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage
from vla_ros_interfaces.msg import SceneTruth

from vla_ros.params import RobotParams
from vla_ros.ros import qos
from vla_ros.ros.detections import scene_truth_msg
from vla_ros.ros.joints import gripper_position, joint_state_msg
from vla_ros.ros.link_frames import LinkFrame, LinkFrames
from vla_ros.ros.poses import transform_msgs
from vla_ros.ros.stamps import time_msg
from vla_ros.sim.arm import FINGER_JOINTS, urdf_path
from vla_ros.sim.driver import SimulatedDriver
from vla_ros.sim.mujoco_environment import MujocoEnvironment, optical_frame_of
from vla_ros.sim.world import FRONT_CAMERA
from vla_ros.types import RobotState


class SimPublisher:
    """Publishes the robot's state; call it from one thread."""

    def __init__(self, node: Node, robot: RobotParams) -> None:
        """Advertise the topics and latch the robot's description."""
        urdf = urdf_path().read_text()
        self._robot = robot
        self._links = LinkFrames(urdf)
        self._clock = node.create_publisher(Clock, "/clock", qos.CLOCK)
        self._joints = node.create_publisher(JointState, "joint_states", qos.STATE)
        self._tf = node.create_publisher(TFMessage, "tf", qos.TF)
        self._tf_static = node.create_publisher(TFMessage, "tf_static", qos.TF_STATIC)
        self._truth = node.create_publisher(SceneTruth, "ground_truth/scene", qos.STATUS)
        self._description = node.create_publisher(String, "robot_description", qos.STATUS)
        self._description.publish(String(data=urdf))

    def state(self, state: RobotState) -> None:
        """Publish the time and the joints."""
        self._clock.publish(Clock(clock=time_msg(state.stamp_ns)))
        finger = gripper_position(state.gripper_opening, self._robot)
        self._joints.publish(
            joint_state_msg(
                (*state.joint_names, *FINGER_JOINTS),
                np.append(state.joint_positions_rad, [finger, finger]),
                np.append(state.joint_velocities_rad_s, [0.0, 0.0]),
                state.stamp_ns,
            )
        )

    def frames(self, state: RobotState) -> None:
        """Publish where the links are."""
        finger = gripper_position(state.gripper_opening, self._robot)
        positions = dict(zip(state.joint_names, state.joint_positions_rad, strict=True))
        positions.update(dict.fromkeys(FINGER_JOINTS, finger))
        self._tf.publish(_tf_message(self._links.moving(positions), state.stamp_ns))

    def fixed_frames(self, environment: MujocoEnvironment, now_ns: int) -> None:
        """Latch the frames that don't move, the front camera's among them."""
        front = environment.T_base_camera(FRONT_CAMERA)
        camera = LinkFrame(self._robot.base_frame, optical_frame_of(FRONT_CAMERA), front)
        self._tf_static.publish(_tf_message([*self._links.fixed(), camera], now_ns))

    def truth(self, environment: MujocoEnvironment, driver: SimulatedDriver) -> None:
        """Publish the scene's truth, which only scoring may read, where it is listened to."""
        if self._truth.get_subscription_count() == 0:
            return
        with driver.lock:
            msg = scene_truth_msg(
                environment.truth().values(),
                environment.held(),
                driver.seed,
                self._robot.base_frame,
                driver.now_ns,
            )
        self._truth.publish(msg)


def _tf_message(links: Sequence[LinkFrame], now_ns: int) -> TFMessage:
    poses = np.array([link.T_parent_child for link in links])
    names = [(link.parent, link.child) for link in links]
    return TFMessage(transforms=transform_msgs(poses, names, now_ns))
