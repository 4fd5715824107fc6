"""Lets something break at a random moment of an episode in the running ROS graph, and judges.

The simulator is a driver that breaks when told to; nodes are killed as the system would kill them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from rclpy.action.client import ClientGoalHandle
from std_msgs.msg import String

from vla_ros.errors import TerminationReason
from vla_ros.evaluation.core import max_joint_speeds
from vla_ros.evaluation.faults.in_process_runner import LATEST_S, NEXT
from vla_ros.evaluation.faults.table import Fault, fault_named
from vla_ros.evaluation.faults.verdict import Handling, complaints, told_outcome, watchdog_s
from vla_ros.evaluation.film import Media
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult, result_of
from vla_ros.evaluation.suites import Episode
from vla_ros.evaluation.worlds import Judgement, Trial, create_graph_staging
from vla_ros.nodes.faulty_driver_node import BREAK_TOPIC
from vla_ros.parameter_files import load_params
from vla_ros.params import RobotParams, SafetyParams
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
from vla_ros.ros.visitor import Visitor
from vla_ros.types import Outcome

_KILLED = {"grounder_killed": "grounding", "task_killed": "task"}
_LISTEN_NS = STALE_NS + 500_000_000
_DIED = "the task node was killed"


class GraphFaultRunner:
    """Implements EpisodeRunner for suites of faults; starts a graph of its own."""

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
        self._speeds_rad_s = max_joint_speeds(self._safety, facts)
        domain_id = claim_domain()
        self._graph = ProcessGraph(_options(spec, domain_id))
        self._visitor = Visitor("fault_runner", domain_id)
        try:
            self._graph.wait_ready()
            self._client = GraphClient(self._visitor)
            self._staging = create_graph_staging(spec.suite, self._client, spec.suite, facts)
        except BaseException:
            self.close()
            raise
        node = self._visitor.node
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
        self._mend(fault)
        handling = Handling(
            said=said,
            ended_well=judgement.success,
            claimed=outcome.success,
            rest_s=rest_s,
            fastest_share=float(np.max(ears.fastest_rad_s / self._speeds_rad_s)),
            next_failure=self._next_failure(trial, episode),
        )
        wrong = complaints(fault, handling, watchdog_s(self._safety))
        told = told_outcome(outcome, wrong, handling, moment_ns)
        return result_of(episode, trial.instruction, told, Judgement(not wrong))

    def media(self) -> Media | None:
        """Return None: what matters here is what was said."""
        return None

    def close(self) -> None:
        """End the graph."""
        self._visitor.close()
        self._graph.stop()

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
        else:
            self._break.publish(String(data=fault.name))

    def _mend(self, fault: Fault) -> None:
        self._flood.stop()
        self._break.publish(String(data=""))
        if fault.name in _KILLED:
            self._graph.restart(_KILLED[fault.name])

    def _next_failure(self, trial: Trial, episode: Episode) -> str:
        """Carry out what needs the arm, then what needs eyes too; say what did not work."""
        limit_s = self._spec.suite.spec(episode.task).horizon_s * WALL_S_PER_SIMULATED_S
        for text in NEXT:
            said = text.format(landmark=trial.landmark)
            outcome = self._instructions.execute(said, limit_s=limit_s)
            if not outcome.success:
                return f"'{said}': {outcome.message}"
        return ""

    def _until(self, condition: Callable[[], bool]) -> None:
        self._visitor.spin_until(condition, self._spec.suite.horizon_s * WALL_S_PER_SIMULATED_S)


def _options(spec: RunnerSpec, domain_id: int) -> GraphOptions:
    """Return the graph of a robot whose driver can break."""
    modules = {"mujoco_sim": "vla_ros.nodes.faulty_driver_node"}
    overrides: dict[str, dict[str, Any]] = {"task": {"answer_timeout_s": 0.0}}
    if spec.backend != "default":
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
