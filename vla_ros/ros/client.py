"""Gives instructions to a running graph and hears how they end; for commands and evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from rclpy.action.client import ActionClient
from rclpy.client import Client
from vla_ros_interfaces.action import ExecuteInstruction
from vla_ros_interfaces.msg import SceneTruth
from vla_ros_interfaces.srv import ResetScene

from vla_ros.errors import SimulationError, TerminationReason
from vla_ros.params import RobotParams
from vla_ros.ros import qos
from vla_ros.ros.detections import scene_truth_from_msg
from vla_ros.ros.outcomes import outcome_from_msg
from vla_ros.ros.process_graph import NodeDied, ProcessGraph
from vla_ros.ros.tf import TransformListener
from vla_ros.sim.environment import ObjectTruth
from vla_ros.types import Outcome

_ANSWER_S = 60.0

OnStage = Callable[[str, str], None]


class GraphClient:
    """Talks to the task node and the simulator of a process graph."""

    def __init__(self, graph: ProcessGraph) -> None:
        """Connect."""
        self._graph = graph
        self._execute = ActionClient(graph.node, ExecuteInstruction, "execute_instruction")
        self._reset = graph.node.create_client(ResetScene, "reset_scene")
        self._tf = TransformListener(graph.node)
        self._truth: SceneTruth | None = None
        self._truths = 0
        graph.node.create_subscription(SceneTruth, "ground_truth/scene", self._on_truth, qos.STATUS)

    def execute(
        self, text: str, on_stage: OnStage = lambda _stage, _sentence: None, limit_s: float = 600.0
    ) -> Outcome:
        """Carry out an instruction and return how it ended; a time-out cancels it.

        Args:
            text: What to do.
            on_stage: Told the stage and a sentence, as it goes on.
            limit_s: Wall time it may take [s].

        Raises:
            NodeDied: A node ended, or the task node does not answer.
        """
        if not self._graph.spin_until(self._execute.server_is_ready, _ANSWER_S):
            raise NodeDied("nobody offers execute_instruction: is the task node running?")
        goal = ExecuteInstruction.Goal(instruction=text, source="client")
        sent = self._execute.send_goal_async(
            goal,
            feedback_callback=lambda msg: on_stage(msg.feedback.stage, msg.feedback.sentence),
        )
        handle = self._result(sent, "the task node", _ANSWER_S)
        if not handle.accepted:
            return Outcome(TerminationReason.REFUSED, "the task node rejected the goal")
        ended = handle.get_result_async()
        if not self._graph.spin_until(ended.done, limit_s):
            self._result(handle.cancel_goal_async(), "the task node", _ANSWER_S)
            self._result(ended, "the task node", _ANSWER_S)
            return Outcome(TerminationReason.TIMED_OUT, f"not done within {limit_s:.0f} s")
        return outcome_from_msg(ended.result().result)

    def reset(self, seed: int, required: Sequence[tuple[str, str]] = ()) -> None:
        """Build another scene in the simulator, and wait until its truth has come.

        Args:
            seed: Seed of the scene.
            required: Kind and colour ("" for any) of objects that must be there.

        Raises:
            SimulationError: It cannot be built.
            NodeDied: The simulator ended or does not answer.
        """
        request = ResetScene.Request(seed=seed)
        request.required_kinds = [kind for kind, _ in required]
        request.required_colors = [color for _, color in required]
        answer = self._call(self._reset, request, "the simulator")
        if not answer.success:
            raise SimulationError(answer.message)
        heard = self._truths
        self._graph.spin_until(lambda: self._truths > heard + 1, _ANSWER_S)

    def truth(self) -> dict[str, ObjectTruth]:
        """Return the present ground truth by name; only scoring may ask.

        Raises:
            NodeDied: The simulator ended or is silent.
        """
        heard = self._truths
        if not self._graph.spin_until(lambda: self._truths > heard, _ANSWER_S):
            raise NodeDied("no ground truth comes: is the simulator running?")
        return scene_truth_from_msg(self._heard)

    def T_base_tool(self, robot: RobotParams) -> np.ndarray:
        """Return where the tool is now (4, 4), by tf.

        Raises:
            TransformError: The robot's frames don't come.
        """
        frames = robot.base_frame, robot.tool_frame
        self._graph.spin_until(lambda: self._tf.buffer.knows(*frames), _ANSWER_S)
        return self._tf.buffer.lookup(*frames, None)

    def held(self) -> tuple[str, ...]:
        """Return the names of the objects that the gripper held when last heard of."""
        return tuple(self._heard.held)

    @property
    def _heard(self) -> SceneTruth:
        if self._truth is None:
            raise NodeDied("no ground truth has come yet")
        return self._truth

    def _call(self, client: Client, request: Any, who: str) -> Any:
        if not self._graph.spin_until(client.service_is_ready, _ANSWER_S):
            raise NodeDied(f"{who} does not offer {client.srv_name}")
        return self._result(client.call_async(request), who, _ANSWER_S)

    def _result(self, future: Any, who: str, limit_s: float) -> Any:
        if not self._graph.spin_until(future.done, limit_s):
            raise NodeDied(f"{who} did not answer within {limit_s:.0f} s")
        return future.result()

    def _on_truth(self, msg: SceneTruth) -> None:
        self._truth = msg
        self._truths += 1
