"""Runs the language suite: one scene an episode, right only if each of its variants is."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

from vla_ros.evaluation.film import Media
from vla_ros.evaluation.findings import Counter
from vla_ros.evaluation.language.decisions import (
    DecidingHead,
    Decision,
    StillRobot,
    decision_of,
    is_right,
)
from vla_ros.evaluation.language.scenes import stage_cast
from vla_ros.evaluation.language.variants import Variant, draw_variants
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.evaluation.suites import Episode
from vla_ros.language.rule_parser import RuleParser
from vla_ros.parameter_files import load_params
from vla_ros.params import PerceptionParams, PipelineParams, RobotParams
from vla_ros.perception.grounder import Grounder
from vla_ros.perception.oracle import OracleGrounder, RandomGrounder
from vla_ros.perception.perceiver import Perceiver
from vla_ros.pipeline import run_instruction
from vla_ros.registry import create_grounder
from vla_ros.types import Instruction, Observation

Hear = Callable[[tuple[Variant, ...], Variant], str]
"""What a system hears of a scene's variants when one of them is said."""


def hear(variants: tuple[Variant, ...], said: Variant) -> str:
    """Hear what is said."""
    return said.instruction


def hear_the_first(variants: tuple[Variant, ...], said: Variant) -> str:
    """Always hear the scene's first instruction: the best that ignoring words can do."""
    return variants[0].instruction


class LanguageRunner:
    """Implements EpisodeRunner without motion: what would be done is enough to tell.

    The words decide, and these are the same over ROS: it always runs in this process.
    """

    def __init__(self, spec: RunnerSpec, hear: Hear = hear) -> None:
        """Load everything but the scenes.

        Raises:
            ConfigError: The robot does not exist, or its file is wrong.
            ModelError: The grounding model cannot be loaded.
        """
        os.environ.setdefault("MUJOCO_GL", "egl")
        from vla_ros.sim.mujoco_environment import MujocoEnvironment

        self._backend, self._hear = spec.backend, hear
        self._facts = load_params(RobotParams, spec.files)
        self._perception = load_params(PerceptionParams, spec.files, "grounding")
        self._pipeline = load_params(PipelineParams, spec.files, "task")
        self._model = create_grounder("default") if spec.backend == "default" else None
        self._environment = MujocoEnvironment()

    def run(self, episode: Episode) -> EpisodeResult:
        """Say every variant of one scene, and judge each decision by the truth.

        Raises:
            ConfigError: There is no such task.
            SimulationError: No scene offers what the task needs.
        """
        cast, scene = stage_cast(episode.seed, episode.task)
        self._environment.load(scene)
        truths = dict(self._environment.truth())
        rng = np.random.default_rng([episode.seed, 1])
        variants = draw_variants(episode.task, cast, truths, rng)
        robot = self._robot(episode.seed)
        counter = Counter()
        wrong: list[str] = []
        for variant in variants:
            decision = self._decide(robot, self._hear(variants, variant))
            right = is_right(decision, variant, truths)
            told = "" if right else _told(variant, decision)
            counter.count(f"variant/{variant.kind}", right, told)
            if told:
                wrong.append(f"{variant.kind}: {told}")
        return EpisodeResult(
            seed=episode.seed,
            task=episode.task,
            instruction=variants[0].instruction,
            success=not wrong,
            claimed=not wrong,
            reason="succeeded" if not wrong else "wrong_decision",
            message="; ".join(wrong),
            index=episode.index,
            findings=counter.findings(),
        )

    def media(self) -> Media | None:
        """Return None: nothing moves."""
        return None

    def close(self) -> None:
        """Let go of the simulator."""
        self._environment.close()

    def _robot(self, seed: int) -> StillRobot:
        camera = self._perception.camera
        observation = Observation(
            {camera: self._environment.render(camera)},
            {camera: self._environment.T_base_camera(camera)},
            self._environment.robot_state(),
        )
        perceiver = Perceiver(self._grounder(seed), self._perception)
        return StillRobot(observation, perceiver.look)

    def _decide(self, robot: StillRobot, text: str) -> Decision:
        head = DecidingHead(self._facts.base_frame)
        outcome = run_instruction(
            Instruction(text, "evaluation", robot.now_ns()),
            robot,
            RuleParser(),
            head,
            self._pipeline,
            self._facts,
            lambda _feedback: None,
        )
        return decision_of(head, outcome.reason, outcome.message)

    def _grounder(self, seed: int) -> Grounder:
        if self._model is not None:
            return self._model
        if self._backend == "random":
            return RandomGrounder(seed)
        camera = self._perception.camera
        return OracleGrounder(
            self._environment.truth, lambda: self._environment.T_base_camera(camera)
        )


def deaf_runner(spec: RunnerSpec) -> LanguageRunner:
    """Return a runner whose system ignores what is said: the suite must give it nothing."""
    return LanguageRunner(spec, hear_the_first)


def _told(variant: Variant, decision: Decision) -> str:
    task = decision.task
    done = f"{task.skill.value} {task.object}" if task is not None else decision.right.value
    where = f" > {task.destination}" if task is not None and task.destination else ""
    said = f" ({decision.message})" if task is None and decision.message else ""
    return f"'{variant.instruction}' -> {done}{where}{said}"
