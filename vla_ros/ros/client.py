"""Gives instructions to a running graph and hears how they end; for commands and evaluation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from std_srvs.srv import Trigger
from vla_ros_interfaces.msg import SceneTruth
from vla_ros_interfaces.srv import ResetScene

from vla_ros.errors import SimulationError
from vla_ros.params import RobotParams
from vla_ros.ros import qos
from vla_ros.ros.detections import scene_truth_from_msg
from vla_ros.ros.instruction_client import InstructionClient, OnStage
from vla_ros.ros.participant import ANSWER_S, NoAnswer, Participant, call
from vla_ros.ros.tf import TransformListener
from vla_ros.sim.environment import ObjectTruth
from vla_ros.types import Outcome


class GraphClient:
    """Talks to the task node and the simulator of a running graph."""

    def __init__(self, graph: Participant) -> None:
        """Connect."""
        self._graph = graph
        self._instructions = InstructionClient(graph)
        self._reset = graph.node.create_client(ResetScene, "reset_scene")
        self._disarm = graph.node.create_client(Trigger, "safety/disarm")
        self._tf = TransformListener(graph.node)
        self._truth: SceneTruth | None = None
        self._truths = 0
        graph.node.create_subscription(SceneTruth, "ground_truth/scene", self._on_truth, qos.STATUS)

    def execute(
        self, text: str, on_stage: OnStage = lambda _stage, _sentence: None, limit_s: float = 600.0
    ) -> Outcome:
        """Carry out an instruction and return how it ended; see InstructionClient.

        Raises:
            NoAnswer: The task node does not answer.
            NodeDied: A node ended.
        """
        return self._instructions.execute(text, on_stage, limit_s)

    def reset(self, seed: int, required: Sequence[tuple[str, str]] = ()) -> None:
        """Disarm the gate, build another scene in the simulator, and wait for its truth.

        Args:
            seed: Seed of the scene.
            required: Kind and colour ("" for any) of objects that must be there.

        Raises:
            SimulationError: It cannot be built.
            NoAnswer: The simulator does not answer.
        """
        request = ResetScene.Request(seed=seed)
        request.required_kinds = [kind for kind, _ in required]
        request.required_colors = [color for _, color in required]
        # No real arm is suddenly at home: a gate that is armed would pull it back to where it was.
        call(self._graph, self._disarm, Trigger.Request())
        answer = call(self._graph, self._reset, request)
        if not answer.success:
            raise SimulationError(answer.message)
        heard = self._truths
        self._graph.spin_until(lambda: self._truths > heard + 1, ANSWER_S)

    def truth(self) -> dict[str, ObjectTruth]:
        """Return the present ground truth by name; only scoring may ask.

        Raises:
            NoAnswer: The simulator is silent.
        """
        heard = self._truths
        if not self._graph.spin_until(lambda: self._truths > heard, ANSWER_S):
            raise NoAnswer("no ground truth comes: is the simulator running?")
        return scene_truth_from_msg(self._heard)

    def T_base_tool(self, robot: RobotParams) -> np.ndarray:
        """Return where the tool is now (4, 4), by tf.

        Raises:
            TransformError: The robot's frames don't come.
        """
        frames = robot.base_frame, robot.tool_frame
        self._graph.spin_until(lambda: self._tf.buffer.knows(*frames), ANSWER_S)
        return self._tf.buffer.lookup(*frames, None)

    def held(self) -> tuple[str, ...]:
        """Return the names of the objects that the gripper held when last heard of."""
        return tuple(self._heard.held)

    @property
    def _heard(self) -> SceneTruth:
        if self._truth is None:
            raise NoAnswer("no ground truth has come yet")
        return self._truth

    def _on_truth(self, msg: SceneTruth) -> None:
        self._truth = msg
        self._truths += 1
