"""The embedded simulator as a robot's driver: publishes and takes what a real robot's would."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from vla_ros_interfaces.srv import ResetScene

from vla_ros.errors import ConfigError, SimulationError
from vla_ros.params import RobotParams, SimParams
from vla_ros.ros.camera_publisher import CameraPublisher
from vla_ros.ros.controller_servers import ArmServer, GripperServer
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.fast_lane import FastLane
from vla_ros.ros.parameters import NodeParameters
from vla_ros.ros.running import run_node
from vla_ros.ros.sim_publisher import SimPublisher
from vla_ros.ros.sim_threads import PhysicsThread, PictureThread, ViewerThread
from vla_ros.sim.driver import SimulatedDriver
from vla_ros.sim.mujoco_environment import MujocoEnvironment


class MujocoSimNode(Node):
    """Connects the simulator to topics and services; its threads do the rest."""

    def __init__(self, **options: Any) -> None:
        super().__init__("mujoco_sim", **options)
        settings = NodeParameters(self, (SimParams, RobotParams))
        params, robot = settings.get(SimParams), settings.get(RobotParams)
        size = (params.image_width, params.image_height)
        self._environment = MujocoEnvironment(image_size=size)
        self._environment.reset(params.seed)
        self._driver = SimulatedDriver(self._environment, robot, 1.0 / params.control_rate_hz)
        if params.required_kinds:
            required = _required(params.required_kinds, params.required_colors)
            self._driver.reset(params.seed, required)
        self._publisher = SimPublisher(self, robot)
        self._publisher.fixed_frames(self._environment, self._driver.now_ns)
        self._lane = FastLane(self)
        self._arm = ArmServer(self, self._driver, params.arm_command_topic, self._lane)
        self._gripper = GripperServer(
            self, self._driver, robot, params.gripper_interface, params.gripper_action
        )
        pictures = PictureThread(
            self._environment,
            self._driver,
            {name: CameraPublisher(self, name) for name in self._environment.camera_names},
            partial(settings.get, SimParams),
            Diagnostics(self, "simulator"),
        )
        physics = PhysicsThread(
            self._environment,
            self._driver,
            self._publisher,
            pictures,
            partial(settings.get, SimParams),
        )
        self._threads: list[ViewerThread | PhysicsThread | PictureThread] = [physics, pictures]
        if params.viewer:
            self._threads.insert(0, ViewerThread(self._driver))
        group = MutuallyExclusiveCallbackGroup()
        self.create_service(ResetScene, "reset_scene", self._on_reset, callback_group=group)
        self._lane.start()

    def close(self) -> None:
        """End the threads, and then what waits for time to pass."""
        for thread in (*self._threads, self._lane):
            thread.close()
        self._driver.end()

    def _on_reset(
        self, request: ResetScene.Request, response: ResetScene.Response
    ) -> ResetScene.Response:
        try:
            self._driver.reset(
                request.seed, _required(request.required_kinds, request.required_colors)
            )
        except (ConfigError, SimulationError) as error:
            response.success, response.message = False, str(error)
            return response
        self._publisher.fixed_frames(self._environment, self._driver.now_ns)
        response.success, response.message = True, f"scene of seed {request.seed}"
        return response


def _required(kinds: Sequence[str], colors: Sequence[str]) -> list[tuple[str, str]]:
    if len(kinds) != len(colors):
        raise ConfigError(
            f"{len(kinds)} required kinds but {len(colors)} colours: say '' for any colour"
        )
    return list(zip(kinds, colors, strict=True))


def main() -> None:
    """Run the node."""
    sys.exit(run_node(MujocoSimNode, threads=6))


if __name__ == "__main__":
    main()
