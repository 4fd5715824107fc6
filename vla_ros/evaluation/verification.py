"""Measures the second look: is what it calls done really done, and does it see what is?

Each episode acts once; twice, where the first attempt is broken off. Then the second look is asked
about what happened, and again after each mishap that can be planted: every answer is held against
the simulator's truth. There is nothing in it for ROS to change: it always runs in this process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vla_ros.action.head import ActionHead
from vla_ros.action.reporting import Reporter
from vla_ros.action.scene import Past
from vla_ros.action.second_look import Attempted
from vla_ros.action.step import StepRunner
from vla_ros.errors import ConfigError, TaskFailed, TerminationReason
from vla_ros.evaluation.case import Case, Truths
from vla_ros.evaluation.core import Core
from vla_ros.evaluation.film import Media
from vla_ros.evaluation.findings import Counter, Findings
from vla_ros.evaluation.in_process import InProcessRobot
from vla_ros.evaluation.planting import MISHAPS, Moves
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.evaluation.suites import Episode
from vla_ros.evaluation.tabletop import TabletopWorld
from vla_ros.parameter_files import load_params
from vla_ros.params import PipelineParams
from vla_ros.types import Skill, Task

if TYPE_CHECKING:
    from vla_ros.sim.mujoco_environment import MujocoEnvironment

_SETTLE_TICKS = 40


class VerificationRunner:
    """Implements EpisodeRunner: one act, several outcomes to judge."""

    def __init__(self, spec: RunnerSpec) -> None:
        """Load everything but the scenes.

        Raises:
            ConfigError: The robot does not exist, its file is wrong, or the suite is not on the
                table.
            ModelError: The grounding model cannot be loaded.
        """
        if spec.suite.world != "tabletop":
            raise ConfigError(f"verification is measured on the table, not in {spec.suite.world}")
        self._spec = spec
        self._core = Core(spec)
        self._params = load_params(PipelineParams, spec.files, "task")
        self._world = TabletopWorld(spec.suite, self._core.facts.viewer_yaw_rad)

    def run(self, episode: Episode) -> EpisodeResult:
        """Act once and judge what happened, and every mishap that can be planted."""
        trial = self._world.stage(episode)
        robot = self._core.robot(
            self._world.environment,
            self._core.gate(),
            seed=episode.seed,
            horizon_s=self._spec.suite.spec(episode.task).horizon_s,
        )
        judged = _Judged(trial.case, trial.before, self._world.simulator, robot)
        message = ""
        try:
            self._act_and_judge(judged, np.random.default_rng(episode.seed))
        except TaskFailed as failed:
            message = failed.message
        wrong = [said for said, claimed, true in judged.outcomes if claimed != true]
        first = judged.outcomes[0] if judged.outcomes else ("", False, False)
        return EpisodeResult(
            seed=episode.seed,
            task=episode.task,
            instruction=trial.instruction,
            success=bool(judged.outcomes) and not wrong,
            claimed=first[1],
            reason="judged" if judged.outcomes else "not_acted",
            message="; ".join(wrong) or message,
            index=episode.index,
            findings=judged.findings(),
        )

    def media(self) -> Media | None:
        """Return None: nothing is filmed."""
        return None

    def close(self) -> None:
        """Let go of the simulator."""
        self._world.close()

    def _act_and_judge(self, judged: _Judged, rng: np.random.Generator) -> None:
        task = judged.case.task
        if task is None:
            raise ConfigError(f"'{judged.case.instruction}' asks for nothing that can be verified")
        head = self._core.head()
        quiet = Reporter(lambda _feedback: None, self._params.feedback_period_s, 1)
        steps = StepRunner(judged.robot, head, self._params, self._core.facts, quiet)
        attempted = _acted(steps, task, head)
        judged.ask("as it is", steps, attempted)
        for mishap in _mishaps(task):
            judged.ask(mishap, steps, attempted, rng)


def _acted(steps: StepRunner, task: Task, head: ActionHead) -> Attempted:
    """Act; where that did not come to its end, once more, as the pipeline would.

    Raises:
        TaskFailed: It came to its end neither time.
    """
    past = Past()
    attempted = Attempted.of(task, steps.see(task, past), head)
    try:
        steps.attempt(attempted, past)
    except TaskFailed:
        past.attempts += 1
        steps.go_home()
        attempted = Attempted.of(task, steps.see(task, past), head)
        steps.attempt(attempted, past)
    return attempted


class _Judged:
    """The outcomes of one act, each with what the second look said and what is true."""

    def __init__(
        self, case: Case, before: Truths, world: MujocoEnvironment, robot: InProcessRobot
    ) -> None:
        self.case = case
        self.robot = robot
        self._before, self._world = before, world
        self.outcomes: list[tuple[str, bool, bool]] = []

    def ask(
        self,
        mishap: str,
        steps: StepRunner,
        attempted: Attempted,
        rng: np.random.Generator | None = None,
    ) -> None:
        """Plant a mishap, ask the second look, note what is true, and put everything back."""
        now = dict(self._world.truth())
        moves: Moves | None = {}
        if rng is not None:
            moves = MISHAPS[mishap](self.case, self._before, now, rng)
        if moves is None:
            return
        self._put(moves)
        verdict = steps.check(attempted, Past())
        after = dict(self._world.truth())
        tool = self._world.robot_state().T_base_tool
        true = self.case.succeeded(TerminationReason.SUCCEEDED, self._before, after, tool)
        said = f"{mishap}: {'done' if verdict.success else 'not done'} ({verdict.reason})"
        self.outcomes.append((said, verdict.success, true))
        self._put({name: now[name].T_base_object for name in moves})

    def _put(self, moves: Mapping[str, np.ndarray]) -> None:
        for name, T_base_object in moves.items():
            self._world.move(name, T_base_object)
        for _ in range(_SETTLE_TICKS if moves else 0):
            self.robot.tick()

    def findings(self) -> Findings:
        """Return how far what is called done is done, and what is done is called so."""
        counter = Counter()
        for said, claimed, true in self.outcomes:
            counter.count("accuracy", claimed == true, "" if claimed == true else said)
            if claimed:
                counter.count("precision", true)
            if true:
                counter.count("recall", claimed)
        return counter.findings()


def _mishaps(task: Task) -> Sequence[str]:
    """Return the mishaps of a task, those that empty a closed hand last and once."""
    if task.skill is Skill.PICK:
        return ("dropped",)
    if task.skill is Skill.PUSH:
        return ("dropped", "returned")
    return tuple(MISHAPS)
