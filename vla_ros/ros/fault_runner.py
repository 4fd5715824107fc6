"""Lets something break at a random moment of an episode in the running ROS graph, and judges.

The simulator is a driver that breaks when told to; nodes are killed as the system would kill them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rclpy.action.client import ClientGoalHandle
from std_msgs.msg import String

from vla_ros.errors import TerminationReason
from vla_ros.evaluation.core import max_joint_speeds
from vla_ros.evaluation.faults.in_process_runner import LATEST_S, NEXT
from vla_ros.evaluation.faults.network import asked_in_vain, is_about_network
from vla_ros.evaluation.faults.remote_truth import RemoteModel
from vla_ros.evaluation.faults.table import Fault, fault_named
from vla_ros.evaluation.faults.truth_server import Sight
from vla_ros.evaluation.faults.verdict import (
    Handling,
    complaints,
    told_outcome,
    watchdog_s,
    with_unbroken,
)
from vla_ros.evaluation.film import Media
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult, result_of
from vla_ros.evaluation.suites import Episode
from vla_ros.evaluation.worlds import Judgement, Trial, create_graph_staging
from vla_ros.nodes.faulty_driver_node import BREAK_TOPIC
from vla_ros.parameter_files import load_params
from vla_ros.params import PerceptionParams, RobotParams, SafetyParams, ServerParams
from vla_ros.ros import qos
from vla_ros.ros.client import GraphClient
from vla_ros.ros.domain import claim_domain
from vla_ros.ros.fault_ears import STALE_NS, FaultEars
from vla_ros.ros.flood import Flood
from vla_ros.ros.graph_runner import LOG_DIR, WALL_S_PER_SIMULATED_S
from vla_ros.ros.instruction_client import InstructionClient
from vla_ros.ros.outcomes import outcome_from_msg
from vla_ros.ros.participant import result_of as result_of_future
from vla_ros.ros.process_graph import GraphOptions, ProcessGraph
from vla_ros.ros.truth_sight import TruthSight
from vla_ros.ros.visitor import Visitor
from vla_ros.types import Outcome

_KILLED = {"grounder_killed": "grounding", "task_killed": "task"}
_LISTEN_NS = STALE_NS + 500_000_000
_DIED = "the task node was killed"
_ANSWER_S = 0.5
"""How long a remote model thinks: long enough for the network to drop meanwhile."""


class GraphFaultRunner:
    """Implements EpisodeRunner for suites of faults; one graph of its own for all episodes."""

    def __init__(self, spec: RunnerSpec) -> None:
        """Start the graph.

        Raises:
            ConfigError: The robot does not exist, or the suite has a fault that there is not.
            NodeDied: A node ended, or did not get ready.
        """
        for name in spec.suite.tasks:
            fault_named(name)
        self._spec = spec
        facts = load_params(RobotParams, spec.files)
        self._safety = load_params(SafetyParams, spec.files, "safety")
        self._servers = load_params(ServerParams, spec.files, "grounding")
        self._speeds_rad_s = max_joint_speeds(self._safety, facts)
        domain_id = claim_domain()
        self._remote = RemoteModel(self._sight, _ANSWER_S) if is_about_network(spec) else None
        served = self._remote.name if self._remote is not None else ""
        self._graph = ProcessGraph(_options(spec, domain_id, served))
        self._visitor = Visitor("fault_runner", domain_id)
        node = self._visitor.node
        if self._remote is not None:
            camera = load_params(PerceptionParams, spec.files, "grounding").camera
            self._seen = TruthSight(node, camera, facts.base_frame)
        try:
            self._graph.wait_ready()
            self._client = GraphClient(self._visitor)
            self._staging = create_graph_staging(spec.suite, self._client, spec.suite, facts)
        except BaseException:
            self.close()
            raise
        self._ears = FaultEars(node, len(facts.joint_names))
        self._break = node.create_publisher(String, BREAK_TOPIC, qos.STATUS)
        self._instructions = InstructionClient(self._visitor)
        self._flood = Flood(node)

    def run(self, episode: Episode) -> EpisodeResult:
        """Run one episode; it succeeds where the fault was handled rightly."""
        fault, ears = fault_named(episode.task), self._ears
        trial = self._staging.stage(episode)
        self._until(lambda: ears.now_ns >= 0)
        ears.forget()
        moment_ns = round(np.random.default_rng([episode.seed, 1]).uniform(0.0, LATEST_S) * 1e9)
        outcome, struck_ns, ended_ns = self._break_during(trial, fault, moment_ns)
        judgement = trial.judge(outcome.reason)
        heard_from_ns = ears.now_ns
        self._until(lambda: ears.now_ns - heard_from_ns >= _LISTEN_NS)
        rest_s = ears.rest_s(struck_ns if fault.holds else ended_ns)
        said = ears.said
        meanwhile = self._ask_in_vain(fault, trial.landmark)
        self._mend(fault)
        handling = Handling(
            said=said,
            ended_well=judgement.success,
            claimed=outcome.success,
            rest_s=rest_s,
            fastest_share=self._fastest_share(),
            next_failure=self._next_failure(trial),
            meanwhile=meanwhile,
        )
        handling = with_unbroken(fault, handling, outcome, lambda: self._unbroken(episode))
        wrong = complaints(fault, handling, watchdog_s(fault, self._safety))
        told = told_outcome(outcome, wrong, handling, moment_ns)
        return result_of(episode, trial.instruction, told, Judgement(not wrong))

    def media(self) -> Media | None:
        """Return None: what matters here is what was said."""
        return None

    def close(self) -> None:
        """End the graph, and the server."""
        self._visitor.close()
        self._graph.stop()
        if self._remote is not None:
            self._remote.close()

    def _sight(self) -> Sight:
        return self._seen.now()

    def _break_during(self, trial: Trial, fault: Fault, moment_ns: int) -> tuple[Outcome, int, int]:
        """Carry out an instruction and break something; return how and when it ended [ns].

        Returns:
            The outcome, when it broke and when the instruction ended, by the driver's clock.
        """
        ears, began_ns = self._ears, self._ears.now_ns
        sent = self._instructions.begin(trial.instruction, lambda _stage, _sentence: None)
        handle: ClientGoalHandle = result_of_future(self._visitor, sent, "the task node")
        ended = handle.get_result_async()
        self._until(lambda: ears.now_ns - began_ns >= moment_ns or ended.done())
        struck_ns = ears.now_ns
        self._strike(fault)
        if fault.name == "task_killed":
            return Outcome(TerminationReason.INTERNAL_ERROR, _DIED), struck_ns, struck_ns
        self._until(ended.done)
        return outcome_from_msg(ended.result().result), struck_ns, ears.now_ns

    def _strike(self, fault: Fault) -> None:
        if fault.name in _KILLED:
            self._graph.kill(_KILLED[fault.name])
        elif fault.name == "flood":
            self._flood.start()
        elif fault.cut is not None and self._remote is not None:
            self._remote.link.cut(fault.cut)
        else:
            self._break.publish(String(data=fault.name))

    def _mend(self, fault: Fault) -> None:
        self._flood.stop()
        self._break.publish(String(data=""))
        if fault.name in _KILLED:
            self._graph.restart(_KILLED[fault.name])
        if self._remote is not None:
            self._remote.link.restore()
            asked_again_s = time.monotonic() + self._servers.server_pause_s
            self._until(lambda: time.monotonic() > asked_again_s)

    def _unbroken(self, episode: Episode) -> tuple[Outcome, float]:
        """Carry an instruction out; return how it ended, and the fastest joint's share."""
        said = self._staging.stage(episode).instruction
        self._ears.forget()
        return self._instruct(said), self._fastest_share()

    def _fastest_share(self) -> float:
        return float(np.max(self._ears.fastest_rad_s / self._speeds_rad_s))

    def _ask_in_vain(self, fault: Fault, landmark: str) -> str:
        if fault.cut is None:
            return ""
        return asked_in_vain(self._instruct, landmark, self._servers)

    def _next_failure(self, trial: Trial) -> str:
        """Carry out what needs the arm, then what needs eyes too; say what did not work."""
        for text in NEXT:
            said = text.format(landmark=trial.landmark)
            outcome = self._instruct(said)
            if not outcome.success:
                return f"'{said}': {outcome.message}"
        return ""

    def _instruct(self, text: str) -> Outcome:
        limit_s = self._spec.suite.horizon_s * WALL_S_PER_SIMULATED_S
        return self._instructions.execute(text, limit_s=limit_s)

    def _until(self, condition: Callable[[], bool]) -> None:
        self._visitor.spin_until(condition, self._spec.suite.horizon_s * WALL_S_PER_SIMULATED_S)


def _options(spec: RunnerSpec, domain_id: int, served: str) -> GraphOptions:
    """Return the graph of a robot whose driver can break.

    Args:
        spec: What is run.
        domain_id: Its ROS domain.
        served: Model on a server that the unchanged grounding node asks, or "".
    """
    modules = {"mujoco_sim": "vla_ros.nodes.faulty_driver_node"}
    overrides: dict[str, dict[str, Any]] = {"task": {"answer_timeout_s": 0.0}}
    if served:
        overrides["grounding"] = {"grounder_model": served}
    elif spec.backend != "default":
        modules["grounding"] = "vla_ros.nodes.scoring_grounding_node"
        overrides["grounding"] = {"grounder_model": spec.backend}
    return GraphOptions(
        log_dir=LOG_DIR / str(os.getpid()),
        robot=spec.robot,
        params_file=spec.params_file,
        domain_id=domain_id,
        overrides=overrides,
        modules=modules,
    )
