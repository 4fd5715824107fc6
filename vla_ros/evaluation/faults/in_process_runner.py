"""Lets one thing break at a random moment of an episode, in this process, and judges what follows.

An episode is an instruction during which something breaks, then, once it is mended, what needs the
arm and what needs eyes too. It succeeds where every check of `verdict.complaints` passes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from vla_ros.errors import ConfigError
from vla_ros.evaluation.core import Core
from vla_ros.evaluation.faults.faulty_environment import FaultyEnvironment
from vla_ros.evaluation.faults.network import asked_in_vain, is_about_network
from vla_ros.evaluation.faults.remote_truth import RemoteTruth
from vla_ros.evaluation.faults.table import fault_named
from vla_ros.evaluation.faults.verdict import (
    Handling,
    complaints,
    told_outcome,
    watchdog_s,
    with_unbroken,
)
from vla_ros.evaluation.faults.watch import NEVER_NS, ArmWatch
from vla_ros.evaluation.film import Film, Media
from vla_ros.evaluation.in_process import InProcessRobot
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult, result_of
from vla_ros.evaluation.suites import Episode
from vla_ros.evaluation.worlds import Judgement, Trial, create_world
from vla_ros.types import GateStatus, Outcome

LATEST_S = 8.0
"""Faults strike within this time of an instruction's beginning [s]."""

NEXT = ("go home", "point at the {landmark}")
_RESTING_S = 0.8


class InProcessFaultRunner:
    """Implements EpisodeRunner for suites of faults."""

    def __init__(self, spec: RunnerSpec) -> None:
        """Load everything but the scenes.

        Raises:
            ConfigError: The suite has a fault that there is not, or that cannot happen in process.
            ModelError: The grounding model cannot be loaded.
        """
        self._spec = spec
        for name in spec.suite.tasks:
            if not fault_named(name).in_process:
                raise ConfigError(f"the fault '{name}' is about ROS: leave --in-process out")
        remote = is_about_network(spec)
        self._core = Core(spec)
        self._world = create_world(spec.suite, self._core.facts.viewer_yaw_rad)
        self._film = Film(self._world.shot)
        self._remote = RemoteTruth(self._core.servers) if remote else None

    def run(self, episode: Episode) -> EpisodeResult:
        """Run one episode; it succeeds where the fault was handled rightly."""
        moment_s = float(np.random.default_rng([episode.seed, 1]).uniform(0.0, LATEST_S))
        trial = self._trial(episode, round(moment_s * 1e9))
        return trial.run(lambda: self._trial(episode, NEVER_NS).run_unbroken())

    def media(self) -> Media | None:
        """Return pictures of the episode that ran last."""
        return self._film.develop()

    def close(self) -> None:
        """Let go of the simulator and the server."""
        self._world.close()
        if self._remote is not None:
            self._remote.close()

    def _trial(self, episode: Episode, strike_ns: int) -> FaultTrial:
        """Set the scene of an episode, in which something breaks at a time."""
        staged = self._world.stage(episode)
        remote = self._remote if fault_named(episode.task).cut is not None else None
        link = remote.link if remote is not None else None
        world = FaultyEnvironment(self._world.environment, link)
        film = None
        if strike_ns != NEVER_NS:
            self._film = Film(self._world.shot)
            film = self._film if self._spec.filmed else None
        watch = ArmWatch(world, episode.task, strike_ns, film)
        return FaultTrial(self._core, self._spec, episode, staged, watch, remote)


class FaultTrial:
    """One robot with one gate, given the instruction and what follows it."""

    def __init__(
        self,
        core: Core,
        spec: RunnerSpec,
        episode: Episode,
        trial: Trial,
        watch: ArmWatch,
        remote: RemoteTruth | None,
    ) -> None:
        self._core, self._episode, self._trial, self._watch = core, episode, trial, watch
        self._horizon_s = spec.suite.spec(episode.task).horizon_s
        self._gate, self._head = core.gate(), core.head()
        self._remote = remote
        if remote is not None:
            remote.begin(watch.world, core.camera, self._wait)
        self._robot = self._fresh_robot()

    def run(self, unbroken: Callable[[], tuple[Outcome, float]]) -> EpisodeResult:
        """Carry it all out, and judge; `unbroken` runs the same trial without a fault."""
        fault, watch, trial = fault_named(self._episode.task), self._watch, self._trial
        first = self._robot
        outcome = self._say(trial.instruction)
        judgement = trial.judge(outcome.reason)
        struck_ns, ended_ns = watch.strike(), watch.world.real.time_ns
        self._wait(_RESTING_S)
        rest_s = watch.rest_s(struck_ns if fault.holds else ended_ns)
        said = (outcome.message, *watch.said)
        meanwhile = self._ask_in_vain()
        watch.world.mend()
        self._recover()
        handling = Handling(
            said=said,
            ended_well=judgement.success,
            claimed=outcome.success,
            rest_s=rest_s,
            fastest_share=self._fastest_share(),
            next_failure=self._next_failure(),
            meanwhile=meanwhile,
        )
        handling = with_unbroken(fault, handling, outcome, unbroken)
        wrong = complaints(fault, handling, watchdog_s(fault, self._core.safety))
        return result_of(
            self._episode,
            trial.instruction,
            told_outcome(outcome, wrong, handling, struck_ns),
            Judgement(not wrong),
            clips=first.decisions[GateStatus.CLIPPED],
            refusals=first.decisions[GateStatus.REFUSED],
        )

    def run_unbroken(self) -> tuple[Outcome, float]:
        """Carry the instruction out; return how it ended, and the fastest joint's share."""
        return self._say(self._trial.instruction), self._fastest_share()

    def _fastest_share(self) -> float:
        return float(np.max(self._watch.fastest_rad_s / self._core.max_joint_speed_rad_s))

    def _ask_in_vain(self) -> str:
        """Ask while the network is down, where there is one; say what was wrong, or ""."""
        if self._remote is None:
            return ""
        self._remote.begin(self._watch.world, self._core.camera)
        return asked_in_vain(self._say_anew, self._trial.landmark, self._core.servers)

    def _recover(self) -> None:
        """Wait until the arm rests, and until a server that was left alone is asked again."""
        self._wait(_RESTING_S)
        if self._remote is not None:
            threading.Event().wait(self._core.servers.server_pause_s)

    def _next_failure(self) -> str:
        """Carry out what needs the arm, then what needs eyes too; say what did not work."""
        for text in NEXT:
            said = text.format(landmark=self._trial.landmark)
            outcome = self._say_anew(said)
            if not outcome.success:
                return f"'{said}': {outcome.message}"
        return ""

    def _say_anew(self, text: str) -> Outcome:
        self._robot = self._fresh_robot()
        return self._say(text)

    def _say(self, text: str) -> Outcome:
        return self._core.instruct(text, self._robot, self._head)

    def _fresh_robot(self) -> InProcessRobot:
        return self._core.robot(
            self._watch.world,
            self._gate,
            seed=self._episode.seed,
            horizon_s=self._horizon_s,
            on_tick=lambda _world: self._watch.tick(self._robot.gate()),
            grounder=self._remote,
        )

    def _wait(self, seconds: float) -> None:
        """Let ticks pass; a clock that jumps does not count."""
        for _ in range(round(seconds * self._core.safety.control_rate_hz)):
            self._robot.tick()
