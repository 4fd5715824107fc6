"""The robot's software in one process, with the parameters that the graph's nodes would get."""

from __future__ import annotations

import numpy as np

from vla_ros.action.skill_head import SkillHead
from vla_ros.control.arm_kinematics import arm_kinematics
from vla_ros.control.gate import SafetyGate
from vla_ros.control.limits import JointEnvelope
from vla_ros.evaluation.in_process import InProcessRobot, OnTick
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.language.rule_parser import RuleParser
from vla_ros.parameter_files import load_params
from vla_ros.params import (
    GroundingParams,
    ModelParams,
    PerceptionParams,
    PipelineParams,
    RobotParams,
    SafetyParams,
    ServerParams,
    SkillParams,
)
from vla_ros.perception.assembly import assemble_grounder
from vla_ros.perception.grounder import Grounder
from vla_ros.perception.oracle import OracleGrounder, RandomGrounder
from vla_ros.perception.perceiver import Perceiver
from vla_ros.pipeline import run_instruction
from vla_ros.resources import robot_urdf
from vla_ros.sim.environment import Environment
from vla_ros.types import Instruction, Outcome


class Core:
    """Parser, model, skills, pipeline and gate of one robot.

    Attributes:
        facts: Facts of the robot.
        camera: Name of the camera that it looks with.
        safety: What its gate allows.
        servers: How it asks model servers.
        max_joint_speed_rad_s: (J,) highest joint speeds that it allows.
    """

    def __init__(self, spec: RunnerSpec) -> None:
        """Load everything but the world.

        Raises:
            ConfigError: The robot does not exist, or its file is wrong.
            ModelError: The grounding model cannot be loaded.
        """
        files = spec.files
        self._backend = spec.backend
        self.facts = load_params(RobotParams, files)
        self.safety = load_params(SafetyParams, files, "safety")
        self._perception = load_params(PerceptionParams, files, "grounding")
        self.camera = self._perception.camera
        self._grounding = load_params(GroundingParams, files, "grounding")
        self._pipeline = load_params(PipelineParams, files, "task")
        self._skills = load_params(SkillParams, files, "task")
        self._urdf = robot_urdf(self.facts.robot_description)
        kinematics = arm_kinematics(self.safety, self.facts, self._urdf)
        self.max_joint_speed_rad_s = max_joint_speeds(self.safety, self.facts)
        SafetyGate(self.safety, self.facts, kinematics)  # says at once what does not fit
        self._T_base_home = kinematics.tool_pose(np.array(self.facts.home_rad))
        default = spec.backend == "default"
        models = load_params(ModelParams, files, "grounding")
        self.servers = load_params(ServerParams, files, "grounding")
        self._model = assemble_grounder(self._grounding, models, self.servers) if default else None

    def gate(self) -> SafetyGate:
        """Return a safety gate, not armed yet."""
        return SafetyGate.from_urdf(self.safety, self.facts, self._urdf)

    def head(self) -> SkillHead:
        """Return the skills, with nothing held."""
        return SkillHead(self._skills, self.facts, self._T_base_home)

    def robot(
        self,
        environment: Environment,
        gate: SafetyGate,
        *,
        seed: int,
        horizon_s: float,
        on_tick: OnTick | None = None,
        grounder: Grounder | None = None,
    ) -> InProcessRobot:
        """Return the robot in an environment, for one instruction.

        Args:
            environment: The world, already reset.
            gate: Its safety gate.
            seed: Decides what the random backend answers.
            horizon_s: Simulated time after which the instruction is ended [s].
            on_tick: Called after each tick.
            grounder: The model in place of the backend's.
        """
        return InProcessRobot(
            environment,
            Perceiver(grounder or self._grounder(environment, seed), self._perception),
            gate,
            picture_timeout_s=self._grounding.picture_timeout_s,
            horizon_s=horizon_s,
            on_tick=on_tick,
        )

    def instruct(self, text: str, robot: InProcessRobot, head: SkillHead) -> Outcome:
        """Carry out an instruction."""
        return run_instruction(
            Instruction(text, "evaluation", robot.now_ns()),
            robot,
            RuleParser(),
            head,
            self._pipeline,
            self.facts,
            lambda _feedback: None,
        )

    def _grounder(self, environment: Environment, seed: int) -> Grounder:
        if self._model is not None:
            return self._model
        if self._backend == "random":
            return RandomGrounder(seed)
        return OracleGrounder(environment.truth, lambda: environment.T_base_camera(self.camera))


def max_joint_speeds(safety: SafetyParams, facts: RobotParams) -> np.ndarray:
    """Return the highest joint speeds (J,) that a robot's gate allows [rad/s].

    Raises:
        ConfigError: The limits don't fit the robot.
    """
    kinematics = arm_kinematics(safety, facts, robot_urdf(facts.robot_description))
    return JointEnvelope.combine(kinematics.limits, safety).speed_rad_s
