"""The straight line in one process: simulator, truth for eyes, pipeline, gate; and its faults."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from vla_ros.action.skill_head import SkillHead
from vla_ros.control.arm_kinematics import arm_kinematics
from vla_ros.control.gate import SafetyGate
from vla_ros.evaluation.in_process import InProcessRobot
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
from vla_ros.perception.oracle import OracleGrounder
from vla_ros.perception.perceiver import Perceiver
from vla_ros.pipeline import run_instruction
from vla_ros.resources import models_dir
from vla_ros.sim.scenes import Scene, SceneOptions, sample_scene
from vla_ros.types import CameraFrame, Instruction, Look, Outcome, RobotState

os.environ.setdefault("MUJOCO_GL", "egl")
from vla_ros.sim.mujoco_environment import MujocoEnvironment

TEXT = "put the red cube in the bowl"
CUBE = "red_cube_1"
SEED = 5
TICK_NS = 10_000_000
STILL_RAD_S = 0.05
STILL_M_S = 0.02

_FILES = parameter_files("default", "mujoco")
FACTS = load_params(RobotParams, _FILES)
SAFETY = load_params(SafetyParams, _FILES, "safety")
_PERCEPTION = load_params(PerceptionParams, _FILES, "grounding")
_PIPELINE = load_params(PipelineParams, _FILES, "task")
_SKILLS = load_params(SkillParams, _FILES, "task")
_URDF = (models_dir() / FACTS.robot_description).read_text(encoding="utf-8")
_T_BASE_HOME = arm_kinematics(SAFETY, FACTS, _URDF).tool_pose(np.array(FACTS.home_rad))


def cube_and_bowl() -> Scene:
    """Return a cluttered table with one red cube and one bowl."""
    return sample_scene(SEED, replace(SceneOptions(), required=(("cube", "red"), ("bowl", ""))))


class FaultyEnvironment(MujocoEnvironment):
    """The simulator with faults to switch on.

    Attributes:
        deaf: The arm's controller takes no commands.
        nan_joints: The joint states say nan.
        no_depth: Depth pictures are all zeros.
    """

    deaf = False
    nan_joints = False
    no_depth = False

    def set_joint_targets(self, positions_rad: np.ndarray) -> None:
        if not self.deaf:
            super().set_joint_targets(positions_rad)

    def robot_state(self) -> RobotState:
        state = super().robot_state()
        if not self.nan_joints:
            return state
        return replace(state, joint_positions_rad=np.full_like(state.joint_positions_rad, np.nan))

    def true_state(self) -> RobotState:
        """Return how the arm really stands and moves."""
        return super().robot_state()

    def render(self, camera: str, *args: object) -> CameraFrame:
        frame = super().render(camera, *args)
        if not self.no_depth or frame.depth_m is None:
            return frame
        return replace(frame, depth_m=np.zeros_like(frame.depth_m))

    def mend(self) -> None:
        """Switch every fault off."""
        self.deaf = self.nan_joints = self.no_depth = False


class RememberingRobot(InProcessRobot):
    """Need not look twice at a scene that nobody has touched yet, since looking is slow."""

    def __init__(self, *args, memory: dict[tuple[str, ...], Look], **options) -> None:
        super().__init__(*args, **options)
        self._memory = memory
        self._world: FaultyEnvironment = args[0]

    def look(self, phrases) -> Look:
        if self.now_ns() > 0 or self._world.no_depth:
            return super().look(phrases)
        known = self._memory.get(tuple(phrases))
        if known is None:
            known = self._memory.setdefault(tuple(phrases), super().look(phrases))
        else:
            while self.now_ns() < known.stamp_ns + 10 * TICK_NS:
                self.tick()
        return known


@dataclass(frozen=True)
class Moment:
    """What was seen after one tick."""

    time_ns: int
    stage: str
    joint_rad_s: float
    tool_m_s: float

    @property
    def still(self) -> bool:
        return self.joint_rad_s < STILL_RAD_S and self.tool_m_s < STILL_M_S


@dataclass
class Rig:
    """An arm in a scene with one gate and one head, given one instruction after another.

    Attributes:
        environment: The world.
        memory: First looks at the untouched scene, kept for the next rig.
        on_tick: Called after each tick with what was seen.
    """

    environment: FaultyEnvironment
    memory: dict[tuple[str, ...], Look] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)
    stage: str = ""
    on_tick: Callable[[Moment], None] = lambda _: None

    def __post_init__(self) -> None:
        self.environment.mend()
        self.environment.load(cube_and_bowl())
        self.gate = SafetyGate.from_urdf(SAFETY, FACTS, _URDF)
        self.head = SkillHead(_SKILLS, FACTS, _T_BASE_HOME)
        self.robot = self._robot()
        self._tool_m = self.environment.true_state().T_base_tool[:3, 3]

    def run(self, text: str) -> Outcome:
        """Carry out an instruction."""
        self.robot = self._robot()
        return run_instruction(
            Instruction(text, "test", self.robot.now_ns()),
            self.robot,
            RuleParser(),
            self.head,
            _PIPELINE,
            FACTS,
            lambda feedback: setattr(self, "stage", feedback.stage),
        )

    def wait(self, seconds: float) -> None:
        """Let simulated time pass."""
        for _ in range(round(seconds * 1e9 / TICK_NS)):
            self.robot.tick()

    def last_moved_ns(self) -> int:
        """Return when the arm last moved."""
        return max((m.time_ns for m in self.moments if not m.still), default=0)

    def at_rest(self) -> bool:
        """Let some time pass; return whether the arm stays where it is meanwhile."""
        seen = len(self.moments)
        self.wait(0.3)
        return all(moment.still for moment in self.moments[seen:])

    def holds(self, name: str) -> bool:
        """Return whether an object is between the fingers and off the table."""
        thing = self.environment.truth()[name]
        lifted = thing.T_base_object[2, 3] > thing.extent_m[2] / 2.0 + 0.005
        return name in self.environment.held() and bool(lifted)

    def _robot(self) -> InProcessRobot:
        oracle = OracleGrounder(
            self.environment.truth, lambda: self.environment.T_base_camera(_PERCEPTION.camera)
        )
        return RememberingRobot(
            self.environment,
            Perceiver(oracle, _PERCEPTION),
            self.gate,
            horizon_s=90.0,
            on_tick=lambda _: self._see(),
            memory=self.memory,
        )

    def _see(self) -> None:
        state = self.environment.true_state()
        tool_m = state.T_base_tool[:3, 3]
        moved_m = float(np.linalg.norm(tool_m - self._tool_m))
        self._tool_m = tool_m
        moment = Moment(
            state.stamp_ns,
            self.stage,
            float(np.abs(state.joint_velocities_rad_s).max()),
            moved_m / (TICK_NS * 1e-9),
        )
        self.moments.append(moment)
        self.on_tick(moment)
