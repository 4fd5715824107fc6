"""Runs episodes through the running ROS graph: the nodes that a robot would run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from vla_ros.evaluation.case import Truths
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.evaluation.staging import Required, scored, stage
from vla_ros.evaluation.suites import Episode, Suite
from vla_ros.graph import parameter_files
from vla_ros.parameter_files import load_params
from vla_ros.params import RobotParams
from vla_ros.ros.client import GraphClient
from vla_ros.ros.process_graph import GraphOptions, ProcessGraph

LOG_DIR = Path("outputs/evaluation")
WALL_S_PER_SIMULATED_S = 10.0
"""A graph slower than this is given up."""


class GraphRunner:
    """Implements EpisodeRunner; starts a graph of its own in a ROS domain of its own."""

    def __init__(self, suite: Suite, backend: str, robot: str = "default") -> None:
        """Start the graph.

        Raises:
            ConfigError: The robot does not exist.
            NodeDied: A node ended, or did not get ready.
        """
        overrides: dict[str, dict[str, Any]] = {}
        modules: dict[str, str] = {}
        if backend != "default":
            overrides["grounding"] = {"model": backend}
            modules["grounding"] = "vla_ros.nodes.scoring_grounding_node"
        self._suite = suite
        self._facts = load_params(RobotParams, parameter_files(robot, "mujoco"))
        self._graph = ProcessGraph(
            GraphOptions(
                log_dir=LOG_DIR / str(os.getpid()),
                robot=robot,
                domain_id=1 + os.getpid() % 100,
                overrides=overrides,
                modules=modules,
            )
        )
        try:
            self._graph.wait_ready()
            self._client = GraphClient(self._graph)
        except BaseException:
            self._graph.stop()
            raise

    def run(self, episode: Episode) -> EpisodeResult:
        """Run one episode and score it by the simulator's truth."""
        client = self._client
        case, before = stage(episode, self._facts.viewer_yaw_rad, self._build)
        outcome = client.execute(
            case.instruction, limit_s=self._suite.horizon_s * WALL_S_PER_SIMULATED_S
        )
        after = client.truth()
        return scored(episode, case, outcome, before, after, client.T_base_tool(self._facts))

    def close(self) -> None:
        """End the graph."""
        self._graph.stop()

    def _build(self, seed: int, required: Required) -> Truths:
        self._client.reset(seed, required)
        return self._client.truth()
