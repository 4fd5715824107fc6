"""Runs episodes through the core in this process: no ROS, no clocks, as fast as it goes."""

from __future__ import annotations

import numpy as np

from vla_ros.action.skill_head import SkillHead
from vla_ros.control.gate import SafetyGate, arm_kinematics
from vla_ros.evaluation.film import Film, Media
from vla_ros.evaluation.in_process import InProcessRobot
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult, result_of
from vla_ros.evaluation.suites import Episode
from vla_ros.evaluation.worlds import create_world
from vla_ros.language.rule_parser import RuleParser
from vla_ros.parameter_files import load_params
from vla_ros.params import (
    GroundingParams,
    PerceptionParams,
    PipelineParams,
    RobotParams,
    SafetyParams,
    SkillParams,
)
from vla_ros.perception.grounder import Grounder
from vla_ros.perception.oracle import OracleGrounder, RandomGrounder
from vla_ros.perception.perceiver import Perceiver
from vla_ros.pipeline import run_instruction
from vla_ros.registry import create_grounder
from vla_ros.resources import robot_urdf
from vla_ros.types import GateStatus, Instruction


class InProcessRunner:
    """Implements EpisodeRunner with the parameters that the graph's nodes would get."""

    def __init__(self, spec: RunnerSpec) -> None:
        """Load everything but the scenes.

        Raises:
            ConfigError: The robot does not exist, or its file is wrong.
            ModelError: The grounding model cannot be loaded.
        """
        files = spec.files
        self._spec = spec
        self._facts = load_params(RobotParams, files)
        self._safety = load_params(SafetyParams, files, "safety")
        self._perception = load_params(PerceptionParams, files, "grounding")
        self._pipeline = load_params(PipelineParams, files, "task")
        self._skills = load_params(SkillParams, files, "task")
        self._urdf = robot_urdf(self._facts.robot_description)
        kinematics = arm_kinematics(self._safety, self._facts, self._urdf)
        SafetyGate(self._safety, self._facts, kinematics)  # says at once what does not fit
        self._T_base_home = kinematics.tool_pose(np.array(self._facts.home_rad))
        self._world = create_world(spec.suite, self._facts.viewer_yaw_rad)
        self._film = Film(self._world.shot)
        named = load_params(GroundingParams, files, "grounding").grounder_model
        self._model = create_grounder(named) if spec.backend == "default" else None

    def run(self, episode: Episode) -> EpisodeResult:
        """Run one episode and score it by the simulator's truth."""
        trial = self._world.stage(episode)
        environment = self._world.environment
        self._film = film = Film(self._world.shot)
        robot = InProcessRobot(
            environment,
            Perceiver(self._grounder(episode), self._perception),
            SafetyGate.from_urdf(self._safety, self._facts, self._urdf),
            horizon_s=self._spec.suite.spec(episode.task).horizon_s,
            on_tick=(lambda env: film.tick(env.time_ns)) if self._spec.filmed else None,
        )
        outcome = run_instruction(
            Instruction(trial.instruction, "evaluation", robot.now_ns()),
            robot,
            RuleParser(),
            SkillHead(self._skills, self._facts, self._T_base_home),
            self._pipeline,
            self._facts,
            lambda _feedback: None,
        )
        if self._spec.filmed:
            film.keep(robot.now_ns())
        return result_of(
            episode,
            trial.instruction,
            outcome,
            trial.judge(outcome.reason),
            clips=robot.decisions[GateStatus.CLIPPED],
            refusals=robot.decisions[GateStatus.REFUSED],
        )

    def media(self) -> Media | None:
        """Return pictures of the episode that ran last."""
        return self._film.develop()

    def close(self) -> None:
        """Let go of the simulator."""
        self._world.close()

    def _grounder(self, episode: Episode) -> Grounder:
        if self._model is not None:
            return self._model
        if self._spec.backend == "random":
            return RandomGrounder(episode.seed)
        environment, camera = self._world.environment, self._perception.camera
        return OracleGrounder(environment.truth, lambda: environment.T_base_camera(camera))
