"""The drivers of a robot that stands still, for benchmarks: a camera, joint states and tf.

It publishes pictures of rendered scenes as a camera driver does, stamped by the wall clock, and
where it is asked to, joint states of the home posture and requests to move a little around it.
Other benchmarks start it; it runs until it is ended.
"""

from __future__ import annotations

import argparse
import sys
from itertools import cycle

import numpy as np
from geometry_msgs.msg import PoseStamped
from measuring import observations
from rclpy.node import Node
from sensor_msgs.msg import JointState
from tf2_msgs.msg import TFMessage

from vla_ros.graph import parameter_files
from vla_ros.parameter_files import load_params
from vla_ros.params import RobotParams
from vla_ros.ros import qos
from vla_ros.ros.camera_publisher import CameraPublisher
from vla_ros.ros.description import arm_kinematics
from vla_ros.ros.joints import joint_state_msg
from vla_ros.ros.poses import pose_stamped_msg, transform_msgs
from vla_ros.ros.running import run_node
from vla_ros.sim.world import FRONT_CAMERA
from vla_ros.types import CameraFrame

STATE_HZ, REQUEST_HZ = 100.0, 50.0
_SWING_M, _SWING_S = 0.01, 4.0


class StandIn(Node):
    """Publishes what the drivers of a real robot would."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__("stand_in")
        robot = load_params(RobotParams, parameter_files("default", "none"))
        self._robot = robot
        self._T_base_home = arm_kinematics(self, robot).tool_pose(np.array(robot.home_rad))
        seen = observations(arguments.scenes, (arguments.width, arguments.height), arguments.seed)
        self._frames = cycle([observation.frames[FRONT_CAMERA] for observation in seen])
        # One pose for all: a fixed camera's is latched. Its spread between scenes is a few mm.
        self._latch(seen[0].T_base_camera[FRONT_CAMERA], seen[0].frames[FRONT_CAMERA].frame_id)
        self._camera = CameraPublisher(self, "front")
        self.create_timer(1.0 / arguments.rate, self._shoot)
        if arguments.arm:
            self._joints = self.create_publisher(JointState, "joint_states", qos.STATE)
            self._request = self.create_publisher(PoseStamped, "tool_pose_request", qos.REQUEST)
            self.create_timer(1.0 / STATE_HZ, self._tell_joints)
            self.create_timer(1.0 / REQUEST_HZ, self._ask_for_motion)

    def _latch(self, T_base_camera: np.ndarray, camera_frame: str) -> None:
        base = self._robot.base_frame
        poses = np.stack([T_base_camera, self._T_base_home])
        names = [(base, camera_frame), (base, self._robot.tool_frame)]
        self._tf_static = self.create_publisher(TFMessage, "tf_static", qos.TF_STATIC)
        self._tf_static.publish(TFMessage(transforms=transform_msgs(poses, names, self._now_ns())))

    def _now_ns(self) -> int:
        return int(self.get_clock().now().nanoseconds)

    def _shoot(self) -> None:
        frame = next(self._frames)
        now = CameraFrame(frame.rgb, frame.depth_m, frame.k_px, frame.frame_id, self._now_ns())
        self._camera.publish(now, "16UC1", 85)

    def _tell_joints(self) -> None:
        home = np.array(self._robot.home_rad)
        names = (*self._robot.joint_names, self._robot.gripper_joint)
        positions = np.append(home, self._robot.gripper_joint_open)
        self._joints.publish(
            joint_state_msg(names, positions, np.zeros(len(positions)), self._now_ns())
        )

    def _ask_for_motion(self) -> None:
        now_ns = self._now_ns()
        T = self._T_base_home.copy()
        T[1, 3] += _SWING_M * np.sin(2.0 * np.pi * now_ns * 1e-9 / _SWING_S)
        self._request.publish(pose_stamped_msg(T, self._robot.base_frame, now_ns))


def main() -> None:
    """Publish until a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=320, help="of the pictures [px]")
    parser.add_argument("--height", type=int, default=240, help="of the pictures [px]")
    parser.add_argument("--rate", type=float, default=5.0, help="pictures a second")
    parser.add_argument("--scenes", type=int, default=6, help="scenes that are shown in turn")
    parser.add_argument("--seed", type=int, default=4000, help="seed of the first")
    parser.add_argument("--arm", action="store_true", help="joint states and requests too")
    arguments = parser.parse_args()
    sys.exit(run_node(lambda: StandIn(arguments)))


if __name__ == "__main__":
    main()
