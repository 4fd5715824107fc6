"""The embedded simulator as a robot's driver: publishes and takes what a real robot's would."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from vla_ros_interfaces.srv import ResetScene

from vla_ros.errors import ConfigError, SimulationError
from vla_ros.params import RobotParams, SimParams
from vla_ros.ros.camera_publisher import CameraPublisher
from vla_ros.ros.controller_servers import ArmServer, GripperServer
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.parameters import NodeParameters
from vla_ros.ros.running import run_node
from vla_ros.ros.sim_publisher import SimPublisher

_MOST_DEBT_S = 0.1


class MujocoSimNode(Node):
    """Physics on one thread, paced to the clock; pictures on another, so that it never waits."""

    def __init__(self, **options: Any) -> None:
        super().__init__("mujoco_sim", **options)
        self._settings = NodeParameters(self, (SimParams, RobotParams))
        params, robot = self._settings.get(SimParams), self._settings.get(RobotParams)
        # Chosen before the import: MuJoCo decides on its GL when it is loaded.
        os.environ.setdefault("MUJOCO_GL", "egl")
        from vla_ros.sim.driver import Exposure, SimulatedDriver
        from vla_ros.sim.mujoco_environment import MujocoEnvironment
        from vla_ros.sim.viewer import LiveView

        self._view = LiveView() if params.viewer else None
        size = (params.image_width, params.image_height)
        self._environment = MujocoEnvironment(image_size=size)
        self._environment.reset(params.seed)
        self._driver = SimulatedDriver(self._environment, robot, 1.0 / params.control_rate_hz)
        if params.required_kinds:
            self._driver.reset(
                params.seed, _required(params.required_kinds, params.required_colors)
            )
        self._publisher = SimPublisher(self, robot)
        self._publisher.fixed_frames(self._environment, self._driver.now_ns)
        self._cameras = {
            name: CameraPublisher(self, name) for name in self._environment.camera_names
        }
        self._arm = ArmServer(self, self._driver, params.arm_command_topic)
        self._gripper = GripperServer(
            self, self._driver, robot, params.gripper_interface, params.gripper_action
        )
        self._diagnostics = Diagnostics(self, "simulator")
        self.create_service(
            ResetScene, "reset_scene", self._on_reset,
            callback_group=MutuallyExclusiveCallbackGroup(),
        )  # fmt: skip
        self._ended = threading.Event()
        self._due = threading.Condition()
        self._exposure: Exposure | None = None
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True)
            for name, run in (("physics", self._run_physics), ("pictures", self._run_pictures))
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the threads."""
        self._ended.set()
        with self._due:
            self._due.notify_all()
        for thread in self._threads:
            thread.join(5.0)

    def _run_physics(self) -> None:
        params = self._settings.get(SimParams)
        slice_s = 1.0 / params.state_rate_hz
        every = {
            "tf": max(1, round(params.state_rate_hz / params.tf_rate_hz)),
            "camera": max(1, round(params.state_rate_hz / params.camera_rate_hz)),
            "truth": max(1, round(params.state_rate_hz / params.truth_rate_hz)),
        }
        count, due_s = 0, time.monotonic()
        while not self._ended.is_set():
            state = self._driver.advance(slice_s)
            self._publisher.state(state)
            if count % every["tf"] == 0 or count % every["camera"] == 0:
                self._publisher.frames(state)
            if count % every["camera"] == 0:
                self._expose()
            if count % every["truth"] == 0:
                self._publisher.truth(self._environment, self._driver)
            self._diagnostics.count("physics")
            count += 1
            factor = self._settings.get(SimParams).real_time_factor
            due_s += slice_s / factor if factor > 0.0 else 0.0
            left_s = due_s - time.monotonic()
            if left_s > 0.0:
                self._ended.wait(left_s)
            due_s = max(due_s, time.monotonic() - _MOST_DEBT_S)

    def _expose(self) -> None:
        """Leave this moment for the picture thread; one that it didn't get to is dropped."""
        with self._due:
            self._exposure = self._driver.expose()
            self._due.notify_all()

    def _run_pictures(self) -> None:
        while True:
            with self._due:
                self._due.wait_for(lambda: self._exposure is not None or self._ended.is_set())
                exposure, self._exposure = self._exposure, None
            if self._ended.is_set() or exposure is None:
                self._environment.close()
                if self._view is not None:
                    self._view.close()
                return
            if self._view is not None:
                self._view.show(exposure.snapshot)
            params = self._settings.get(SimParams)
            for name, camera in self._cameras.items():
                if camera.watched:
                    frame = self._driver.picture(name, exposure)
                    camera.publish(frame, params.depth_encoding, params.jpeg_quality)
                    self._diagnostics.count(f"{name}_camera")

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
