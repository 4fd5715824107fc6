"""The safety gate as a process of its own: the only publisher to the robot's controllers."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from typing import Any

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType  # type: ignore[attr-defined, unused-ignore]
from rclpy.node import Node
from std_srvs.srv import Trigger

from vla_ros.control.gate import SafetyGate
from vla_ros.errors import ConfigError, SafetyError
from vla_ros.params import RobotParams, SafetyParams
from vla_ros.ros.controller_client import ControllerClient
from vla_ros.ros.description import arm_kinematics
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.fast_lane import FastLane
from vla_ros.ros.gate_inputs import GateInputs
from vla_ros.ros.gate_report import GateReporter
from vla_ros.ros.parameters import NodeParameters
from vla_ros.ros.real_time import REMEDY, take_precedence
from vla_ros.ros.robot_state import RobotStateReader
from vla_ros.ros.running import run_node

_REST_S = 0.5
_SWITCH_S = 0.5e-3
"""After this another thread's Python code is asked to make way for a tick; else after 5 ms."""


class SafetyNode(Node):
    """Shows the gate requests, states and stops, and sends what it allows at each tick.

    All that happens in one lane; services and changes of parameters exclude it by its lock.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__("safety", **options)
        self._settings = NodeParameters(self, (SafetyParams, RobotParams), self._on_change)
        params, robot = self._settings.get(SafetyParams), self._settings.get(RobotParams)
        kinematics = arm_kinematics(self, robot, params.orientation_weight, params.posture_time_s)
        self._gate = SafetyGate(params, robot, kinematics)
        self._controller = ControllerClient(self, robot, params)
        self._reporter = GateReporter(self, robot.base_frame)
        self._lane = FastLane(self)
        self._diagnostics = Diagnostics(self, "robot")
        self._inputs = GateInputs(
            self,
            self._gate,
            RobotStateReader(robot, kinematics),
            self._reporter,
            self._diagnostics,
            self._lane,
        )
        self._closing, self._rested = False, threading.Event()
        offered: dict[str, Callable[[], None]] = {
            "arm": self._gate.arm,
            "disarm": self._gate.disarm,
            "e_stop": self._gate.estop,
            "reset": self._gate.reset_estop,
        }
        # An answer may have to wait until it can be heard: an e-stop by service waits for none.
        group = ReentrantCallbackGroup()
        for name, act in offered.items():
            self.create_service(Trigger, f"~/{name}", self._service(act), callback_group=group)
        # On a real robot the gate ticks even if somebody sets the machine's clock.
        steady = not self.get_parameter("use_sim_time").value
        clock = Clock(clock_type=ClockType.STEADY_TIME) if steady else self.get_clock()
        period_s = 1.0 / params.control_rate_hz
        self.create_timer(period_s, self._tick, callback_group=self._lane, clock=clock)
        self._priority = params.realtime_priority if steady else 0
        self._lane.start()

    def prefer_ticks(self) -> None:
        """Let ticks come before what else this process and this machine do."""
        sys.setswitchinterval(_SWITCH_S)
        # What is there now stays: a search of all of it for garbage takes longer than a tick.
        gc.collect()
        gc.freeze()
        if not self._priority:
            return
        refused = take_precedence(self._priority)
        if refused is None:
            self.get_logger().info(f"ticks have real-time priority {self._priority}")
        else:
            self.get_logger().warning(f"ticks may be late on a busy machine: {refused}; {REMEDY}")

    def close(self) -> None:
        """Bring the arm to rest before the process ends, then tick no more."""
        self._closing = True
        self._rested.wait(_REST_S)
        self._lane.close()

    def _service(
        self, act: Callable[[], None]
    ) -> Callable[[Trigger.Request, Trigger.Response], Trigger.Response]:
        def serve(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            with self._lane.lock:
                try:
                    act()
                except (SafetyError, ConfigError) as error:
                    response.success, response.message = False, str(error)
                    return response
                self._inputs.forget_gripper()
                response.success = True
                response.message = "armed" if self._gate.armed else "not armed"
                return response

        return serve

    def _tick(self) -> None:
        now_ns = int(self.get_clock().now().nanoseconds)
        if self._closing:
            self._gate.stop("the safety node is shutting down")
        command = self._gate.tick(now_ns)
        if not self._gate.params.dry_run:
            self._controller.send(command, self._inputs.state, self._gate.params)
        self._reporter.report(command, self._gate.armed)
        self._diagnostics.fault("gate", self._gate.fault)
        if self._closing and self._gate.at_rest:
            self._controller.rest(now_ns)
            self._rested.set()

    def _on_change(self) -> None:
        with self._lane.lock:
            self._gate.change_params(self._settings.get(SafetyParams))


def main() -> None:
    """Run the node."""
    sys.exit(run_node(_preferred, threads=4))


def _preferred() -> SafetyNode:
    node = SafetyNode()
    node.prefer_ticks()
    return node


if __name__ == "__main__":
    main()
