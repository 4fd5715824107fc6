"""Somebody in the graph's domain who sees how fast the arm is and what stage it is in."""

from __future__ import annotations

import numpy as np
from rclpy.action.client import ClientGoalHandle
from rclpy.parameter import Parameter
from rclpy.parameter_client import AsyncParameterClient
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger
from vla_ros_interfaces.msg import TaskStatus

from vla_ros.errors import TerminationReason
from vla_ros.evaluation.resting import rest_ns
from vla_ros.ros import qos
from vla_ros.ros.client import GraphClient
from vla_ros.ros.instruction_client import InstructionClient
from vla_ros.ros.participant import NoAnswer, call, result_of
from vla_ros.ros.stamps import stamp_ns
from vla_ros.ros.visitor import Visitor

LIMIT_S = 240.0
"""Wall time [s] for anything to happen on a busy machine."""
_FAST_RAD_S = 0.1
_WATCH_NS = 250_000_000
_STATE_GAP_NS = 50_000_000
_WATCHED_STATES = 200


class Onlooker(Visitor):
    """Begins instructions, sees what comes of them, and measures when the arm rests.

    Attributes:
        client: Resets the scene and knows the simulator's truth.
        stages: Stages that the instruction under way has gone through.
        running: Whether an instruction is under way.
        speeds: Simulated time [ns] and largest joint speed [rad/s] of each joint state.
    """

    def __init__(self, arm_joints: int, domain_id: int | None = None) -> None:
        """Join a domain where an arm's joint states begin with those of its joints."""
        super().__init__("onlooker", domain_id)
        self._arm_joints = arm_joints
        self.stages: list[str] = []
        self.running = False
        self._ended = ""
        self.speeds: list[tuple[int, float]] = []
        self.node.create_subscription(JointState, "joint_states", self._on_joints, qos.STATE_READER)
        self.node.create_subscription(TaskStatus, "task_status", self._on_status, qos.STATUS)
        self._instructions = InstructionClient(self)
        self._simulator = AsyncParameterClient(self.node, "mujoco_sim")
        self.client = GraphClient(self)

    def wait_ready(self) -> None:
        """Wait until the arm is heard of.

        Raises:
            NoAnswer: It isn't.
        """
        if not self.spin_until(lambda: bool(self.speeds), LIMIT_S):
            raise NoAnswer("no joint states come: is the simulator running?")

    def pace(self, real_time_factor: float) -> None:
        """Let the simulator run at so many simulated seconds a second."""
        self.spin_until(self._simulator.services_are_ready, LIMIT_S)
        wanted = Parameter("real_time_factor", value=float(real_time_factor))
        result_of(self, self._simulator.set_parameters([wanted]), "the simulator")

    def expect(self) -> None:
        """Forget the instruction before, since another is about to begin."""
        self.stages.clear()
        self._ended = ""

    def begin(self, text: str) -> ClientGoalHandle:
        """Send an instruction; return its goal."""
        self.expect()
        sent = self._instructions.begin(text, lambda _stage, _sentence: None)
        handle: ClientGoalHandle = result_of(self, sent, "the task node")
        return handle

    def begin_until(self, text: str, stage: str) -> ClientGoalHandle:
        """Send an instruction and wait until the arm moves in a stage of it; return its goal."""
        handle = self.begin(text)
        self.wait_for_stage(stage)
        self.wait_until_moving()
        return handle

    def wait_for_stage(self, stage: str) -> None:
        """Wait until the instruction under way is in a stage.

        Raises:
            NoAnswer: It doesn't get there.
        """
        self.spin_until(lambda: stage in self.stages or bool(self._ended), LIMIT_S)
        if stage not in self.stages:
            because = f": {self._ended}" if self._ended else ""
            raise NoAnswer(f"stage '{stage}' is not reached, only {self.stages}{because}")

    def wait_until_moving(self) -> bool:
        """Wait until the arm moves fast, or the stage is over; return whether it moves."""
        seen = len(self.stages)
        self.spin_until(lambda: self.speed > _FAST_RAD_S or len(self.stages) > seen, LIMIT_S)
        return self.speed > _FAST_RAD_S

    def ended(self, handle: ClientGoalHandle) -> tuple[int, TerminationReason, str]:
        """Wait for the end of an instruction; return status, reason and message."""
        answer = result_of(self, handle.get_result_async(), "the task node", LIMIT_S)
        return answer.status, TerminationReason(answer.result.reason), answer.result.message

    def do(self, text: str) -> tuple[TerminationReason, str]:
        """Carry out an instruction to its end; return reason and message."""
        _, reason, message = self.ended(self.begin(text))
        return reason, message

    def call(self, service: str) -> Trigger.Response:
        """Call a Trigger service of the safety node."""
        client = self.node.create_client(Trigger, f"safety/{service}")
        try:
            return call(self, client, Trigger.Request())
        finally:
            self.node.destroy_client(client)

    def publisher(
        self, kind: type, topic: str, listeners: int = 1, profile: QoSProfile = qos.EVENT
    ) -> Publisher:
        """Return a publisher to which so many nodes listen.

        Raises:
            NoAnswer: Fewer do.
        """
        made = self.node.create_publisher(kind, topic, profile)
        if not self.spin_until(lambda: made.get_subscription_count() >= listeners, LIMIT_S):
            raise NoAnswer(f"fewer than {listeners} nodes listen to '{topic}'")
        return made

    def now_ns(self) -> int:
        """Return the stamp of the newest joint state."""
        return self.speeds[-1][0]

    @property
    def speed(self) -> float:
        """Speed of the fastest joint, when last heard of [rad/s]."""
        return self.speeds[-1][1]

    def rested_after_ms(self, said_ns: int) -> float:
        """Watch; return how long after a moment the arm was at rest for good [ms, simulated].

        Raises:
            NoAnswer: It still moves, or is not heard of.
        """
        self.spin_until(lambda: self.now_ns() >= said_ns + _WATCH_NS, LIMIT_S)
        rested_ns = rest_ns(self.speeds, said_ns)
        if rested_ns is None:
            raise NoAnswer(f"the arm does not come to rest: {self.speed:.2f} rad/s")
        return rested_ns * 1e-6

    def wait_until_resting(self) -> bool:
        """Wait until the arm has been at rest for a while; return whether it is."""

        def rests() -> bool:
            rested_ns = rest_ns(self.speeds[-_WATCHED_STATES:], self.now_ns() - _WATCH_NS)
            return rested_ns is not None and rested_ns <= _STATE_GAP_NS

        return self.spin_until(rests, LIMIT_S)

    def _on_joints(self, msg: JointState) -> None:
        speed = float(np.abs(msg.velocity[: self._arm_joints]).max())
        self.speeds.append((stamp_ns(msg.header.stamp), speed))

    def _on_status(self, msg: TaskStatus) -> None:
        self.running = msg.state == TaskStatus.RUNNING
        if self.stages and not self.running:
            self._ended = msg.sentence
        if msg.stage and msg.stage not in self.stages[-1:]:
            self.stages.append(msg.stage)
