"""Runs episodes through the running ROS graph: the nodes that a robot would run."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sensor_msgs.msg import Image
from vla_ros_interfaces.msg import GateState

from vla_ros.evaluation.film import Film, Media
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult, result_of
from vla_ros.evaluation.suites import Episode
from vla_ros.evaluation.worlds import Shot, create_graph_staging
from vla_ros.parameter_files import load_params
from vla_ros.params import RobotParams
from vla_ros.ros import qos
from vla_ros.ros.client import GraphClient
from vla_ros.ros.domain import claim_domain
from vla_ros.ros.images import rgb_from_image
from vla_ros.ros.process_graph import GraphOptions, ProcessGraph
from vla_ros.ros.stamps import stamp_ns

LOG_DIR = Path("outputs/evaluation")
WALL_S_PER_SIMULATED_S = 10.0
"""A graph slower than this is given up."""


class GraphRunner:
    """Implements EpisodeRunner; starts a graph of its own in a ROS domain of its own."""

    def __init__(self, spec: RunnerSpec) -> None:
        """Start the graph.

        Raises:
            ConfigError: The robot does not exist, or the suite's world has no graph.
            NodeDied: A node ended, or did not get ready.
        """
        # Nobody answers here: what is unclear ends at once.
        overrides: dict[str, dict[str, Any]] = {"task": {"answer_timeout_s": 0.0}}
        modules: dict[str, str] = {}
        if spec.backend != "default":
            overrides["grounding"] = {"grounder_model": spec.backend}
            modules["grounding"] = "vla_ros.nodes.scoring_grounding_node"
        self._spec = spec
        facts = load_params(RobotParams, spec.files)
        self._picture: Image | None = None
        self._film = Film(self._shot)
        self._graph = ProcessGraph(
            GraphOptions(
                log_dir=LOG_DIR / str(os.getpid()),
                robot=spec.robot,
                params_file=spec.params_file,
                domain_id=claim_domain(),
                overrides=overrides,
                modules=modules,
            )
        )
        try:
            self._graph.wait_ready()
            self._client = GraphClient(self._graph)
            self._staging = create_graph_staging(spec.suite, self._client, spec.suite, facts)
        except BaseException:
            self._graph.stop()
            raise
        self._gate = GateState()
        self._graph.node.create_subscription(GateState, "gate_state", self._on_gate, qos.STATUS)
        if spec.filmed:
            topic = "front_camera/image_raw"
            self._graph.node.create_subscription(Image, topic, self._on_picture, qos.IMAGE)

    def run(self, episode: Episode) -> EpisodeResult:
        """Run one episode and score it by the simulator's truth."""
        client = self._client
        trial = self._staging.stage(episode)
        self._film = Film(self._shot)
        gate = self._gate
        horizon_s = self._spec.suite.spec(episode.task).horizon_s
        outcome = client.execute(trial.instruction, limit_s=horizon_s * WALL_S_PER_SIMULATED_S)
        return result_of(
            episode,
            trial.instruction,
            outcome,
            trial.judge(outcome.reason),
            clips=self._gate.clips - gate.clips,
            refusals=self._gate.refusals - gate.refusals,
        )

    def media(self) -> Media | None:
        """Return pictures of the episode that ran last."""
        return self._film.develop()

    def close(self) -> None:
        """End the graph."""
        self._graph.stop()

    def _on_gate(self, msg: GateState) -> None:
        self._gate = msg

    def _on_picture(self, msg: Image) -> None:
        self._picture = msg
        self._film.tick(stamp_ns(msg.header.stamp))

    def _shot(self) -> Shot:
        return partial(_drawn, self._picture)


def _drawn(msg: Image) -> np.ndarray:
    return rgb_from_image(msg)
