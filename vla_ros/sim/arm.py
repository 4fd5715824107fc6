"""The project's arm in a MuJoCo world: from its URDF, with controllers, contacts and a camera.

A position-controlled arm follows its targets with a lag of 2 / ARM_BANDWIDTH_RAD_S (17 ms) and is
at rest within 40 ms of the target's stopping. Gravity is compensated, as in every such arm.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from itertools import combinations
from pathlib import Path

import mujoco
import numpy as np
import yaml

from vla_ros.errors import ConfigError, SimulationError
from vla_ros.params import RobotParams
from vla_ros.resources import config_dir, models_dir

TOOL_SITE = "tool"
WRIST_CAMERA = "wrist"
GRIPPER_ACTUATOR = "gripper"
FINGERS = ("finger_left", "finger_right")
FINGER_JOINTS = ("finger_joint_left", "finger_joint_right")
COLLISION_GROUP = 3
VISUAL_GROUP = 1
WRIST_FOVY_DEG = 58.0

_PREFIX = "arm/"

ARM_BANDWIDTH_RAD_S = 120.0
# Inertia about each joint in a middle posture, with the motors' share [kg m^2].
_JOINT_INERTIA_KG_M2 = (1.5, 2.0, 1.1, 1.0, 0.13, 0.14, 0.10)
_ARMATURE_KG_M2 = (0.15, 0.15, 0.15, 0.15, 0.10, 0.10, 0.10)

# The two fingers share one motor. It saturates 5 mm before its target, so that anything wider
# than 10 mm is held with the full force; the gear's damping limits each finger to 0.2 m/s.
_GRIP_FORCE_N = 80.0
_GRIP_STIFFNESS_N_M = 16000.0
_GEAR_DAMPING_N_S_M = 400.0
_FINGER_ARMATURE_KG = 0.1

# Rubber pads: sliding [-], torsional [m] and rolling [m] friction.
_PAD_FRICTION = (1.5, 0.02, 0.0005)
_STIFF_CONTACT_SOLREF = (0.004, 1.0)
_STIFF_CONTACT_SOLIMP = (0.95, 0.99, 0.001, 0.5, 2.0)

# Links that overlap in some posture that the joint limits allow, and never press on each other.
_LINKS_APART = 2


@cache
def simulated_robot() -> RobotParams:
    """Return the facts of the simulated robot, from config/robots/default.yaml.

    Raises:
        ConfigError: The file is missing or does not say what RobotParams needs.
    """
    path = config_dir() / "robots" / "default.yaml"
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))["/**"]["ros__parameters"]
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} has no '/**: ros__parameters:' block: {error}") from error
    names = {spec.name for spec in fields(RobotParams)}
    return RobotParams.from_mapping({name: v for name, v in said.items() if name in names})


def urdf_path() -> Path:
    """Return the arm's URDF file."""
    return models_dir() / simulated_robot().robot_description


def attach_arm(spec: mujoco.MjSpec) -> None:
    """Add the arm to a world, its base at the world's origin (the table's surface).

    Adds seven position actuators named as their joints, the actuator "gripper" (target: finger
    position, 0 closed to 0.04 m open), the site "tool" and the camera "wrist".

    Raises:
        SimulationError: The URDF cannot be read.
    """
    try:
        arm = mujoco.MjSpec.from_file(str(urdf_path()))
    except ValueError as error:
        raise SimulationError(f"cannot read the arm's URDF {urdf_path()}: {error}") from error
    for body in arm.bodies[1:]:
        body.gravcomp = 1.0
    for mimic in list(arm.equalities):  # not every MuJoCo reads URDF's mimic: added below
        arm.delete(mimic)
    _paint(arm)
    _set_contacts(arm)
    _attach_unprefixed(spec, arm)
    _drive_joints(spec)
    _drive_gripper(spec)
    _exclude_neighbours(spec)
    _add_tool_and_camera(spec)


def _attach_unprefixed(spec: mujoco.MjSpec, arm: mujoco.MjSpec) -> None:
    """Add the arm's bodies and joints under their own names (MuJoCo insists on a prefix)."""
    spec.attach(arm, prefix=_PREFIX, frame=spec.worldbody.add_frame())
    for element in (*spec.bodies, *spec.joints):
        element.name = element.name.removeprefix(_PREFIX)


def _paint(arm: mujoco.MjSpec) -> None:
    """Give each URDF colour a material: shells and metal shine, rubber does not."""
    for geom in arm.geoms:
        if geom.contype or geom.conaffinity:
            geom.group = COLLISION_GROUP
            continue
        geom.group = VISUAL_GROUP
        geom.mass = 0.0
        color = np.round(geom.rgba, 3)
        name = "arm_" + "_".join(f"{round(255 * c):02x}" for c in color[:3])
        if arm.material(name) is None:
            glossy = float(color[:3].mean() > 0.3)
            arm.add_material(
                name=name, rgba=color, specular=0.15 + 0.3 * glossy, shininess=0.25 + 0.3 * glossy
            )
        geom.material = name


def _set_contacts(arm: mujoco.MjSpec) -> None:
    """Make the fingers grip: stiff contacts, rubber friction, deciding over the object's own."""
    for finger in FINGERS:
        for geom in arm.body(finger).geoms:
            if geom.group != COLLISION_GROUP:
                continue
            geom.priority = 1
            geom.condim = 4
            geom.friction = _PAD_FRICTION
            geom.solref = _STIFF_CONTACT_SOLREF
            geom.solimp = _STIFF_CONTACT_SOLIMP


def _drive_joints(spec: mujoco.MjSpec) -> None:
    names = simulated_robot().joint_names
    for name, inertia, armature in zip(names, _JOINT_INERTIA_KG_M2, _ARMATURE_KG_M2, strict=True):
        joint = spec.joint(name)
        joint.armature = armature
        limit = float(joint.actfrcrange[1])
        _add_servo(
            spec,
            name=name,
            trntype=mujoco.mjtTrn.mjTRN_JOINT,
            stiffness=inertia * ARM_BANDWIDTH_RAD_S**2,
            damping=2.0 * inertia * ARM_BANDWIDTH_RAD_S,
            force=limit,
            ctrlrange=tuple(joint.range),
        )


def _drive_gripper(spec: mujoco.MjSpec) -> None:
    """Drive both fingers by one tendon; an equality keeps them even, as the URDF's mimic says."""
    tendon = spec.add_tendon(name="fingers", damping=_GEAR_DAMPING_N_S_M)
    for name in FINGER_JOINTS:
        spec.joint(name).armature = _FINGER_ARMATURE_KG
        tendon.wrap_joint(name, 0.5)
    mimic = spec.add_equality(
        type=mujoco.mjtEq.mjEQ_JOINT,
        objtype=mujoco.mjtObj.mjOBJ_JOINT,
        name1=FINGER_JOINTS[1],
        name2=FINGER_JOINTS[0],
        solref=(0.005, 1.0),
        solimp=_STIFF_CONTACT_SOLIMP,
    )
    mimic.data[:2] = [0.0, 1.0]  # right = 0 + 1 left
    _add_servo(
        spec,
        name=GRIPPER_ACTUATOR,
        target="fingers",
        trntype=mujoco.mjtTrn.mjTRN_TENDON,
        stiffness=_GRIP_STIFFNESS_N_M,
        damping=0.0,
        force=_GRIP_FORCE_N,
        ctrlrange=tuple(spec.joint(FINGER_JOINTS[0]).range),
    )


def _add_servo(
    spec: mujoco.MjSpec,
    *,
    name: str,
    trntype: mujoco.mjtTrn,
    stiffness: float,
    damping: float,
    force: float,
    ctrlrange: tuple[float, ...],
    target: str = "",
) -> None:
    """Add a position servo with limited force: force = stiffness (ctrl - x) - damping v."""
    spec.add_actuator(
        name=name,
        target=target or name,
        trntype=trntype,
        gaintype=mujoco.mjtGain.mjGAIN_FIXED,
        gainprm=[stiffness] + [0.0] * 9,
        biastype=mujoco.mjtBias.mjBIAS_AFFINE,
        biasprm=[0.0, -stiffness, -damping] + [0.0] * 7,
        ctrllimited=True,
        ctrlrange=ctrlrange,
        forcelimited=True,
        forcerange=(-force, force),
    )


def _exclude_neighbours(spec: mujoco.MjSpec) -> None:
    """Ignore contacts between links that are at most two joints apart, and between the fingers."""
    chain = [["base_link"], *([f"arm_link_{k}"] for k in range(1, 7))]
    chain.append(["arm_link_7", "gripper_link", "wrist_camera_link"])
    pairs = {FINGERS}
    for (i, near), (k, far) in combinations(enumerate(chain), 2):
        if k - i <= _LINKS_APART:
            pairs |= {(a, b) for a in near for b in far}
    pairs |= {(link, finger) for link in ("arm_link_6", "arm_link_7") for finger in FINGERS}
    for first, second in sorted(pairs):
        spec.add_exclude(bodyname1=first, bodyname2=second)


def _add_tool_and_camera(spec: mujoco.MjSpec) -> None:
    spec.body(simulated_robot().tool_frame).add_site(name=TOOL_SITE, size=[0.002] * 3, group=4)
    # MuJoCo's cameras look along -z with y up: half a turn about x from the optical frame.
    spec.body("wrist_camera_optical_frame").add_camera(
        name=WRIST_CAMERA, quat=[0.0, 1.0, 0.0, 0.0], fovy=WRIST_FOVY_DEG
    )
