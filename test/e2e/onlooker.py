"""Somebody in the graph's domain who sees the arm and says things, whatever dies around them."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import rclpy
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger
from vla_ros_interfaces.action import ExecuteInstruction

from vla_ros.errors import TerminationReason
from vla_ros.ros import qos
from vla_ros.ros.client import GraphClient
from vla_ros.ros.stamps import stamp_ns

LIMIT_S = 240.0
_MOVES_RAD_S = 0.05
_JOINTS = 7


class Onlooker:
    """A participant of its own.

    Attributes:
        node: Its node, spun by `spin_until`.
        client: Knows the simulator's truth.
        stages: Stages that the instruction under way has told of.
        speeds: Simulated time [ns] and largest joint speed [rad/s] of each joint state.
    """

    def __init__(self, domain_id: int) -> None:
        self._context = rclpy.Context()
        rclpy.init(
            context=self._context,
            domain_id=domain_id,
            signal_handler_options=SignalHandlerOptions.NO,
        )
        self.node = Node("onlooker", context=self._context, use_global_arguments=False)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self.stages: list[str] = []
        self.speeds: list[tuple[int, float]] = []
        self.node.create_subscription(JointState, "joint_states", self._on_joints, qos.STATE_READER)
        self._execute = ActionClient(self.node, ExecuteInstruction, "execute_instruction")
        self.client = GraphClient(self)

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown(context=self._context)

    def spin_until(self, condition: Callable[[], bool], limit_s: float = LIMIT_S) -> bool:
        deadline = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            self._executor.spin_once(timeout_sec=0.05)
        return True

    def begin(self, text: str):
        """Send an instruction; return its goal handle."""
        self.stages.clear()
        assert self.spin_until(self._execute.server_is_ready)
        sent = self._execute.send_goal_async(
            ExecuteInstruction.Goal(instruction=text),
            feedback_callback=lambda msg: self.stages.append(msg.feedback.stage),
        )
        assert self.spin_until(sent.done)
        return sent.result()

    def begin_until(self, text: str, stage: str):
        """Send an instruction and wait until the arm moves in a stage."""
        handle = self.begin(text)
        assert self.spin_until(lambda: stage in self.stages and self.speeds[-1][1] > 0.1)
        return handle

    def ended(self, handle) -> tuple[int, TerminationReason, str]:
        """Wait for the end of an instruction; return status, reason and message."""
        future = handle.get_result_async()
        assert self.spin_until(future.done), f"no result; stages {self.stages}"
        result = future.result().result
        return future.result().status, TerminationReason(result.reason), result.message

    def do(self, text: str) -> tuple[TerminationReason, str]:
        """Carry out an instruction to its end."""
        _, reason, message = self.ended(self.begin(text))
        return reason, message

    def call(self, service: str):
        """Call a Trigger service of the safety node."""
        client = self.node.create_client(Trigger, f"safety/{service}")
        assert self.spin_until(client.service_is_ready)
        future = client.call_async(Trigger.Request())
        assert self.spin_until(future.done)
        self.node.destroy_client(client)
        return future.result()

    def say(self, kind, topic: str, msg, profile=qos.EVENT, listeners: int = 1) -> None:
        """Publish one message once somebody listens."""
        publisher = self.node.create_publisher(kind, topic, profile)
        assert self.spin_until(lambda: publisher.get_subscription_count() >= listeners)
        publisher.publish(msg)
        self._said = publisher  # a publisher that goes takes what it said with it

    def now_ns(self) -> int:
        """Return the stamp of the newest joint state."""
        return self.speeds[-1][0]

    def rested_after_ms(self, said_ns: int) -> float:
        """Wait; return how long [ms, simulated] after a moment the arm last moved."""
        assert self.spin_until(lambda: self.now_ns() > said_ns + 1_000_000_000)
        moving = [at for at, speed in self.speeds if at > said_ns and speed > _MOVES_RAD_S]
        return (max(moving) - said_ns) / 1e6 if moving else 0.0

    def _on_joints(self, msg: JointState) -> None:
        speed = float(np.abs(msg.velocity[:_JOINTS]).max())
        self.speeds.append((stamp_ns(msg.header.stamp), speed))
