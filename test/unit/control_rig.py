"""The simulated arm, and an oracle of its kinematics that is not the code under test."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import numpy as np
import yaml
from pytransform3d.urdf import UrdfTransformManager

from vla_ros.control.gate import SafetyGate
from vla_ros.params import RobotParams, SafetyParams
from vla_ros.resources import config_dir, models_dir
from vla_ros.types import RobotState, ToolCommand

MS = 1_000_000
TICK = 10 * MS


def robot_values(name):
    text = (config_dir() / "robots" / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["/**"]["ros__parameters"]


def read(params, values):
    names = {spec.name for spec in fields(params)}
    return params.from_mapping({name: v for name, v in values.items() if name in names})


ROBOT = read(RobotParams, robot_values("default"))
SAFETY = read(SafetyParams, robot_values("default"))
HOME = np.array(ROBOT.home_rad)


@cache
def urdf():
    return (models_dir() / ROBOT.robot_description).read_text(encoding="utf-8")


@cache
def _transforms():
    transforms = UrdfTransformManager()
    transforms.load_urdf(urdf())
    return transforms


def oracle_pose(q):
    """T_base_tool by pytransform3d."""
    transforms = _transforms()
    for name, value in zip(ROBOT.joint_names, q, strict=True):
        transforms.set_joint(name, value)
    return transforms.get_transform(ROBOT.tool_frame, ROBOT.base_frame)


# Published modified Denavit-Hartenberg parameters: a [m], d [m], alpha [rad] of each joint.
DH = (
    (0.0, 0.333, 0.0),
    (0.0, 0.0, -np.pi / 2),
    (0.0, 0.316, np.pi / 2),
    (0.0825, 0.0, np.pi / 2),
    (-0.0825, 0.384, -np.pi / 2),
    (0.0, 0.0, np.pi / 2),
    (0.088, 0.0, np.pi / 2),
)
FLANGE_TO_TOOL_M, FLANGE_M, MOUNT_RAD = 0.14, 0.107, -np.pi / 4


def oracle_poses(q):
    """T_base_tool (N, 4, 4) of many postures (N, 7), from the Denavit-Hartenberg parameters."""

    def screw(angle, shift, axis):
        cosine, sine = np.cos(angle), np.sin(angle)
        T = np.tile(np.eye(4), (*np.shape(angle), 1, 1))
        i, j = ((1, 2), (0, 1))[axis == "z"]
        T[..., i, i], T[..., i, j], T[..., j, i], T[..., j, j] = cosine, -sine, sine, cosine
        T[..., 2 if axis == "z" else 0, 3] = shift
        return T

    result = np.eye(4)
    for joint, (a, d, alpha) in enumerate(DH):
        result = result @ screw(alpha, a, "x") @ screw(np.asarray(q)[..., joint], d, "z")
    return result @ screw(MOUNT_RAD, FLANGE_M + FLANGE_TO_TOOL_M, "z")


class Rig:
    """A gate and an arm that is where it is told to be."""

    def __init__(self, robot=ROBOT, armed=True, **changes):
        self.robot = robot
        self.gate = SafetyGate.from_urdf(replace(SAFETY, **changes), robot, urdf())
        self.now = 5_000 * MS
        self.q = HOME.copy()
        self.opening = 1.0
        self.command = None
        self.report()
        if armed:
            self.arm()

    def arm(self):
        """Arm and let the gate say where the arm starts."""
        self.gate.arm()
        self.command = self.gate.tick(self.now)

    def report(self, **changes):
        """Tell the gate the measured state."""
        zeros = np.zeros(len(self.q))
        state = RobotState(self.robot.joint_names, self.q, zeros, np.eye(4), self.opening, self.now)
        return self.gate.update_state(replace(state, **changes), self.now)

    def request(self, T_base_tool, opening=1.0, **changes):
        command = ToolCommand(T_base_tool, opening, self.robot.base_frame, self.now)
        return self.gate.accept(replace(command, **changes), self.now)

    def tick(self, T_base_tool=None, opening=1.0, follow=True, dt_ns=TICK):
        """Let time pass, report the state, request a pose if there is one, and tick."""
        self.now += dt_ns
        self.report()
        if T_base_tool is not None:
            self.request(T_base_tool, opening)
        self.command = self.gate.tick(self.now)
        if follow and self.command.joint_positions_rad is not None:
            self.q = self.command.joint_positions_rad.copy()
        return self.command

    def run(self, ticks, T_base_tool=None, **options):
        return [self.tick(T_base_tool, **options) for _ in range(ticks)]
