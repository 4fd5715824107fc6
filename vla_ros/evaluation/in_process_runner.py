"""Runs episodes through the core in this process: no ROS, no clocks, as fast as it goes."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np

from vla_ros.action.skill_head import SkillHead
from vla_ros.control.gate import SafetyGate, arm_kinematics
from vla_ros.evaluation.case import Truths
from vla_ros.evaluation.in_process import InProcessRobot
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.evaluation.staging import Required, scored, stage
from vla_ros.evaluation.suites import Episode, Suite
from vla_ros.graph import parameter_files
from vla_ros.language.rule_parser import RuleParser
from vla_ros.parameter_files import load_params
from vla_ros.params import (
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
from vla_ros.sim.scene_description import SceneOptions
from vla_ros.sim.scenes import sample_scene
from vla_ros.types import GateStatus, Instruction


class InProcessRunner:
    """Implements EpisodeRunner with the parameters that the graph's nodes would get."""

    def __init__(self, suite: Suite, backend: str, robot: str = "default") -> None:
        """Load everything but the scenes.

        Raises:
            ConfigError: The robot does not exist, or its file is wrong.
            ModelError: The grounding model cannot be loaded.
        """
        os.environ.setdefault("MUJOCO_GL", "egl")
        from vla_ros.sim.mujoco_environment import MujocoEnvironment

        files = parameter_files(robot, "mujoco")
        self._suite, self._backend = suite, backend
        self._facts = load_params(RobotParams, files)
        self._safety = load_params(SafetyParams, files, "safety")
        self._perception = load_params(PerceptionParams, files, "grounding")
        self._pipeline = load_params(PipelineParams, files, "task")
        self._skills = load_params(SkillParams, files, "task")
        self._urdf = robot_urdf(self._facts.robot_description)
        kinematics = arm_kinematics(self._safety, self._facts, self._urdf)
        SafetyGate(self._safety, self._facts, kinematics)  # says at once what does not fit
        self._T_base_home = kinematics.tool_pose(np.array(self._facts.home_rad))
        self._environment = MujocoEnvironment()
        self._model = create_grounder("default") if backend == "default" else None

    def run(self, episode: Episode) -> EpisodeResult:
        """Run one episode and score it by the simulator's truth."""
        case, before = stage(episode, self._facts.viewer_yaw_rad, self._build)
        robot = InProcessRobot(
            self._environment,
            Perceiver(self._grounder(episode), self._perception),
            SafetyGate.from_urdf(self._safety, self._facts, self._urdf),
            horizon_s=self._suite.horizon_s,
        )
        outcome = run_instruction(
            Instruction(case.instruction, "evaluation", robot.now_ns()),
            robot,
            RuleParser(),
            SkillHead(self._skills, self._facts, self._T_base_home),
            self._pipeline,
            self._facts,
            lambda _feedback: None,
        )
        after = dict(self._environment.truth())
        T_base_tool = self._environment.robot_state().T_base_tool
        result = scored(episode, case, outcome, before, after, T_base_tool)
        result.figures["clipped_ticks"] = float(robot.statuses[GateStatus.CLIPPED])
        return result

    def close(self) -> None:
        """Let go of the simulator."""
        self._environment.close()

    def _build(self, seed: int, required: Required) -> Truths:
        options = replace(SceneOptions(), required=required)
        self._environment.load(sample_scene(seed, options))
        return dict(self._environment.truth())

    def _grounder(self, episode: Episode) -> Grounder:
        if self._model is not None:
            return self._model
        if self._backend == "random":
            return RandomGrounder(episode.seed)
        camera = self._perception.camera
        return OracleGrounder(
            self._environment.truth, lambda: self._environment.T_base_camera(camera)
        )
