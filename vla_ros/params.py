"""Every parameter of every node: one frozen dataclass per node, the only place of a default.

A field is declared with `param(...)`: what it is, its unit and its range. Bounds are checked as
`low <= value <= high`, so that NaN fails. Deployment facts (frames, joints, limits) have no
default: the robot's YAML must say them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar, get_type_hints

from vla_ros.errors import ConfigError

Checked = TypeVar("Checked", bound="CheckedParams")


def param(
    description: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    live: bool = True,
    default: Any = MISSING,
) -> Any:
    """Declare a parameter.

    Args:
        description: What it is, for people.
        unit: Unit of the value, empty where it has none.
        low: Smallest allowed value (of each element).
        high: Largest allowed value (of each element).
        choices: The allowed words, empty for any.
        live: Whether it may be changed while the node runs.
        default: The value where nothing is said; without one the YAML must say it.
    """
    details = {
        "description": description,
        "unit": unit,
        "low": low,
        "high": high,
        "choices": choices,
        "live": live,
    }
    if default is MISSING:
        return field(metadata=details, kw_only=True)
    return field(metadata=details, default=default, kw_only=True)


@dataclass(frozen=True)
class CheckedParams:
    """Base of the parameter dataclasses: checks types, ranges and choices when made."""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for spec in fields(self):
            _check(spec, hints[spec.name], getattr(self, spec.name))

    def with_changes(self: Checked, changes: Mapping[str, Any]) -> Checked:
        """Return a copy with some values changed; all of them are taken, or none.

        Raises:
            ConfigError: A name is unknown, fixed while running, or its value is out of range.
        """
        by_name = {spec.name: spec for spec in fields(self)}
        for name, value in changes.items():
            if name not in by_name:
                raise ConfigError(f"no parameter '{name}'; there are {sorted(by_name)}")
            if not by_name[name].metadata["live"] and value != getattr(self, name):
                raise ConfigError(f"'{name}' is read at start only: restart the node to change it")
        return dataclasses.replace(self, **changes)

    @classmethod
    def from_mapping(cls: type[Checked], values: Mapping[str, Any]) -> Checked:
        """Make one from values that were read elsewhere, naming what is missing or unknown.

        Raises:
            ConfigError: A parameter is missing, unknown, of a wrong type or out of range.
        """
        known = {spec.name for spec in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ConfigError(f"{cls.__name__} has no parameters {unknown}; it has {sorted(known)}")
        missing = [
            spec.name for spec in fields(cls) if spec.default is MISSING and spec.name not in values
        ]
        if missing:
            raise ConfigError(
                f"{cls.__name__} needs {missing}: say them in the robot's YAML (config/robots/)"
            )
        hints = get_type_hints(cls)
        return cls(**{name: _coerce(hints[name], value) for name, value in values.items()})


def _coerce(kind: Any, value: Any) -> Any:
    """Turn YAML's forms into the field's: lists to tuples, whole numbers to floats."""
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist"):
        items = tuple(value.tolist() if hasattr(value, "tolist") else value)
        return tuple(float(v) for v in items) if kind == tuple[float, ...] else items
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _check(spec: dataclasses.Field[Any], kind: Any, value: Any) -> None:
    details = spec.metadata
    if kind in (tuple[float, ...], tuple[str, ...]):
        element: type = float if kind == tuple[float, ...] else str
        if not isinstance(value, tuple) or not all(isinstance(v, element) for v in value):
            raise ConfigError(f"'{spec.name}' must be a list of {element.__name__}, not {value!r}")
        elements = value
    else:
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise ConfigError(f"'{spec.name}' must be a {kind.__name__}, not {value!r}")
        elements = (value,)
    for element_value in elements:
        if details["choices"] and element_value not in details["choices"]:
            raise ConfigError(
                f"'{spec.name}' must be one of {list(details['choices'])}, not {element_value!r}"
            )
        if not _within(element_value, details["low"], details["high"]):
            raise ConfigError(
                f"'{spec.name}' must be within [{details['low']}, {details['high']}] "
                f"{details['unit']}, not {element_value!r}".replace("  ", " ")
            )


def _within(value: Any, low: float | None, high: float | None) -> bool:
    if isinstance(value, (str, bool)):
        return True
    above = value == value if low is None else low <= value
    return bool(above and (value == value if high is None else value <= high))


@dataclass(frozen=True)
class RobotParams(CheckedParams):
    """Facts of a robot that several nodes share; config/robots/<robot>.yaml says them."""

    base_frame: str = param("frame of every command (REP 103: x forward, z up)", live=False)
    tool_frame: str = param(
        "frame between the fingertips: z out of the gripper, fingers close along y", live=False
    )
    joint_names: tuple[str, ...] = param("arm joints from base to tool", live=False)
    home_rad: tuple[float, ...] = param(
        "arm joints of the home posture: tool down, clear of the camera's view",
        unit="rad",
        low=-7.0,
        high=7.0,
        live=False,
    )
    gripper_joint: str = param("joint whose position tells the gripper's opening", live=False)
    gripper_joint_closed: float = param(
        "position of that joint when closed", low=-3.2, high=3.2, live=False
    )
    gripper_joint_open: float = param(
        "position of that joint when open", low=-3.2, high=3.2, live=False
    )
    gripper_max_width_m: float = param(
        "gap between the fingers when open", unit="m", low=0.005, high=0.5, live=False
    )
    finger_depth_m: float = param(
        "how far below a grasp's centre the fingers reach", unit="m", low=0.0, high=0.1, live=False
    )
    robot_description: str = param(
        "URDF file, '' to read the robot_description topic; relative names are those in models/",
        live=False,
    )
    viewer_yaw_rad: float = param(
        "where the person whose left and right count is looking, about the base's z axis: pi faces "
        "the robot from across the table, 0 stands behind it",
        unit="rad",
        low=-3.1416,
        high=3.1416,
        default=3.1415,
    )


@dataclass(frozen=True)
class SkillParams(CheckedParams):
    """How the scripted skills move, grasp and place."""

    tool_speed_m_s: float = param(
        "speed of free motion", unit="m/s", low=0.01, high=1.0, default=0.22
    )
    careful_speed_m_s: float = param(
        "speed near things: descending, grasping, placing, pushing",
        unit="m/s",
        low=0.005,
        high=0.5,
        default=0.12,
    )
    tool_acceleration_m_s2: float = param(
        "peak acceleration of free motion", unit="m/s^2", low=0.05, high=5.0, default=0.8
    )
    tool_jerk_m_s3: float = param(
        "peak jerk of free motion", unit="m/s^3", low=0.5, high=100.0, default=10.0
    )
    turn_speed_rad_s: float = param(
        "speed of turning the tool", unit="rad/s", low=0.05, high=3.0, default=1.0
    )
    turn_acceleration_rad_s2: float = param(
        "peak acceleration of turning the tool", unit="rad/s^2", low=0.1, high=20.0, default=4.0
    )
    turn_jerk_rad_s3: float = param(
        "peak jerk of turning the tool", unit="rad/s^3", low=1.0, high=400.0, default=40.0
    )
    period_s: float = param(
        "time between rows of a chunk", unit="s", low=0.005, high=0.2, default=0.02
    )
    chunk_s: float = param(
        "longest time a chunk lasts before the robot is looked at again",
        unit="s",
        low=0.1,
        high=5.0,
        default=0.4,
    )
    position_tolerance_m: float = param(
        "how near the tool must be to have arrived", unit="m", low=0.001, high=0.05, default=0.008
    )
    rotation_tolerance_rad: float = param(
        "how well the tool must be turned to have arrived",
        unit="rad",
        low=0.005,
        high=0.5,
        default=0.08,
    )
    arrival_timeout_s: float = param(
        "how long the tool may stand still short of its goal",
        unit="s",
        low=0.2,
        high=20.0,
        default=1.5,
    )
    motion_timeout_s: float = param(
        "how long after its planned end a motion may still be under way",
        unit="s",
        low=1.0,
        high=60.0,
        default=8.0,
    )
    grip_timeout_s: float = param(
        "how long the gripper may take to come to rest", unit="s", low=0.2, high=10.0, default=2.0
    )
    approach_height_m: float = param(
        "how far above a grasp the tool comes in", unit="m", low=0.02, high=0.3, default=0.09
    )
    lift_height_m: float = param(
        "how far a picked thing is lifted", unit="m", low=0.02, high=0.4, default=0.12
    )
    clearance_m: float = param(
        "free height kept above obstacles in transport", unit="m", low=0.005, high=0.2, default=0.04
    )
    release_height_m: float = param(
        "how far above its support a held thing is let go",
        unit="m",
        low=0.0,
        high=0.05,
        default=0.004,
    )
    placing_gap_m: float = param(
        "gap left between a placed thing and its neighbours",
        unit="m",
        low=0.0,
        high=0.2,
        default=0.025,
    )
    push_distance_m: float = param(
        "how far a push moves a thing", unit="m", low=0.02, high=0.3, default=0.09
    )
    drawer_travel_m: float = param(
        "how far a drawer is pulled", unit="m", low=0.02, high=0.4, default=0.1
    )
    held_width_m: float = param(
        "a gripper that closes further than this holds nothing",
        unit="m",
        low=0.0002,
        high=0.05,
        default=0.0015,
    )
    finger_thickness_m: float = param(
        "size of a finger along the closing direction",
        unit="m",
        low=0.003,
        high=0.05,
        default=0.014,
    )
    finger_width_m: float = param(
        "size of a finger across the closing direction",
        unit="m",
        low=0.003,
        high=0.08,
        default=0.022,
    )
    hand_length_m: float = param(
        "size of the hand along the closing direction", unit="m", low=0.03, high=0.5, default=0.17
    )
    hand_width_m: float = param(
        "size of the hand across the closing direction", unit="m", low=0.02, high=0.3, default=0.07
    )
    hand_height_m: float = param(
        "height of the hand's underside above the grasp's centre",
        unit="m",
        low=0.01,
        high=0.3,
        default=0.065,
    )
    wrist_reach_m: float = param(
        "how far what is mounted on the hand (a camera) reaches along the tool's x; 0 for nothing",
        unit="m",
        low=0.0,
        high=0.3,
        default=0.105,
    )
    wrist_height_m: float = param(
        "height of its underside above the grasp's centre",
        unit="m",
        low=0.01,
        high=0.3,
        default=0.075,
    )
    work_area_m: tuple[float, ...] = param(
        "where things are grasped and placed on the table: x min, y min, x max, y max in the base "
        "frame",
        unit="m",
        low=-3.0,
        high=3.0,
        default=(0.22, -0.42, 0.74, 0.42),
    )
    ceiling_m: float = param("highest the tool goes", unit="m", low=0.1, high=2.0, default=0.45)


@dataclass(frozen=True)
class PipelineParams(CheckedParams):
    """How an instruction is carried through: retries, patience, what is taken for granted."""

    max_retries: int = param("attempts after the first, for each thing", low=0, high=10, default=2)
    max_objects: int = param("most things one step with 'all' handles", low=1, high=50, default=12)
    task_timeout_s: float = param(
        "robot time one attempt may take", unit="s", low=5.0, high=600.0, default=60.0
    )
    refusal_patience_s: float = param(
        "how long the gate may go on refusing commands before the task ends",
        unit="s",
        low=0.0,
        high=10.0,
        default=0.6,
    )
    settle_s: float = param(
        "time given to things that were let go before the second look",
        unit="s",
        low=0.0,
        high=5.0,
        default=0.4,
    )
    feedback_period_s: float = param(
        "time between reports of progress", unit="s", low=0.02, high=5.0, default=0.2
    )
    held_opening: float = param(
        "a closed gripper that stays open further than this holds something",
        low=0.001,
        high=0.9,
        default=0.02,
    )
    table_middle_m: tuple[float, ...] = param(
        "x and y that answers such as 'at the front left' refer to, in the base frame",
        unit="m",
        low=-3.0,
        high=3.0,
        default=(0.5, 0.0),
    )
    known_phrases: tuple[str, ...] = param(
        "kinds of thing that questions about the scene look for",
        default=(
            "cube",
            "ball",
            "can",
            "bottle",
            "box",
            "mug",
            "bowl",
            "plate",
            "basket",
            "banana",
            "apple",
            "hammer",
            "drawer",
        ),
    )


@dataclass(frozen=True)
class SafetyParams(CheckedParams):
    """What the safety gate allows, how it reaches the controller, and when it stops waiting.

    What is listed as one value or one per joint takes either; an empty list takes the URDF's.
    """

    command_interface: str = param(
        "what the arm's controller takes: joint_trajectory (JointTrajectory), pose (PoseStamped, "
        "Cartesian controllers) or twist (TwistStamped, MoveIt Servo)",
        choices=("joint_trajectory", "pose", "twist"),
        live=False,
    )
    arm_command_topic: str = param("topic the arm's controller listens to", live=False)
    gripper_interface: str = param(
        "what the gripper takes: the actions GripperCommand or ParallelGripperCommand, or none",
        choices=("gripper_command", "parallel_gripper_command", "none"),
        live=False,
    )
    gripper_action: str = param("name of the gripper's action", live=False)
    gripper_max_effort: float = param(
        "force or torque the gripper may close with, in its controller's unit; 0 for its own limit",
        low=0.0,
        high=500.0,
        default=0.0,
    )
    dry_run: bool = param("compute and report everything, send nothing", default=False)
    control_rate_hz: float = param(
        "ticks of the gate a second", unit="Hz", low=20.0, high=1000.0, live=False, default=100.0
    )
    trajectory_lead_s: float = param(
        "time a trajectory gives the arm to its first point: more than a tick bridges late ticks, "
        "and delays the arm by as much",
        unit="s",
        low=0.002,
        high=0.2,
        default=0.015,
    )

    workspace_min_m: tuple[float, ...] = param(
        "lowest x, y, z of the tool in the base frame; empty: the gate can't be armed",
        unit="m",
        low=-5.0,
        high=5.0,
        default=(),
    )
    workspace_max_m: tuple[float, ...] = param(
        "highest x, y, z of the tool in the base frame; empty: the gate can't be armed",
        unit="m",
        low=-5.0,
        high=5.0,
        default=(),
    )
    table_height_m: float = param(
        "height of the table's surface in the base frame; the fingertips stay above it",
        unit="m",
        low=-2.0,
        high=2.0,
    )
    table_clearance_m: float = param(
        "gap that is kept between the fingertips and the table",
        unit="m",
        low=0.0,
        high=0.2,
        default=0.001,
    )
    keep_out_m: tuple[float, ...] = param(
        "boxes in the base frame that the tool must stay out of, six numbers each: x, y, z lowest, "
        "x, y, z highest",
        unit="m",
        low=-5.0,
        high=5.0,
        default=(),
    )

    max_tool_speed_m_s: float = param(
        "speed of the tool", unit="m/s", low=0.005, high=2.0, default=0.1
    )
    max_tool_acceleration_m_s2: float = param(
        "acceleration of the tool", unit="m/s^2", low=0.05, high=20.0, default=0.5
    )
    max_tool_jerk_m_s3: float = param(
        "jerk of the tool in following requests", unit="m/s^3", low=0.5, high=2000.0, default=20.0
    )
    max_tool_turn_speed_rad_s: float = param(
        "turning speed of the tool", unit="rad/s", low=0.02, high=6.3, default=0.5
    )
    max_tool_turn_acceleration_rad_s2: float = param(
        "turning acceleration of the tool", unit="rad/s^2", low=0.1, high=100.0, default=2.5
    )
    max_gripper_speed_1_s: float = param(
        "change of the gripper's opening (0..1) a second; 1000 sends each request at once",
        unit="1/s",
        low=0.05,
        high=1000.0,
        default=2.0,
    )

    joint_lower_rad: tuple[float, ...] = param(
        "lower joint limits where they are tighter than the URDF's, one per joint",
        unit="rad",
        low=-7.0,
        high=7.0,
        default=(),
    )
    joint_upper_rad: tuple[float, ...] = param(
        "upper joint limits where they are tighter than the URDF's, one per joint",
        unit="rad",
        low=-7.0,
        high=7.0,
        default=(),
    )
    joint_margin_rad: float = param(
        "distance kept from every joint limit", unit="rad", low=0.0, high=0.5, default=0.02
    )
    max_joint_speed_rad_s: tuple[float, ...] = param(
        "joint speeds where they are tighter than the URDF's, one value or one per joint",
        unit="rad/s",
        low=0.01,
        high=10.0,
        default=(),
    )
    max_joint_acceleration_rad_s2: tuple[float, ...] = param(
        "joint accelerations in ordinary motion, one value or one per joint",
        unit="rad/s^2",
        low=0.1,
        high=200.0,
    )
    stop_joint_acceleration_rad_s2: tuple[float, ...] = param(
        "joint decelerations in stopping, one value or one per joint; the ordinary ones if lower",
        unit="rad/s^2",
        low=0.1,
        high=200.0,
    )
    stop_time_s: float = param(
        "time in which every joint must be able to stop: joints move no faster than that allows",
        unit="s",
        low=0.01,
        high=0.08,
        default=0.05,
    )

    orientation_weight: float = param(
        "weight of the tool's orientation [1/rad] beside its position [1/m] in inverse kinematics; "
        "small for arms with fewer than six joints",
        low=0.0,
        high=10.0,
        default=0.5,
    )
    posture_time_s: float = param(
        "time constant with which joints that the tool leaves free return to the home posture",
        unit="s",
        low=0.1,
        high=60.0,
        default=2.0,
    )
    unreached_tolerance_m: float = param(
        "how far the arm may be behind what it follows before that is reported",
        unit="m",
        low=0.002,
        high=0.2,
        default=0.02,
    )

    request_timeout_s: float = param(
        "time without a new request after which the arm holds",
        unit="s",
        low=0.02,
        high=5.0,
        default=0.25,
    )
    max_request_age_s: float = param(
        "oldest stamp a request may have when it arrives",
        unit="s",
        low=0.01,
        high=5.0,
        default=0.25,
    )
    max_stamp_ahead_s: float = param(
        "how far in the future a stamp may lie (clocks of two machines differ)",
        unit="s",
        low=0.0,
        high=1.0,
        default=0.02,
    )
    state_timeout_s: float = param(
        "time without a new joint state after which the arm holds",
        unit="s",
        low=0.01,
        high=2.0,
        default=0.15,
    )
    max_tracking_error_rad: float = param(
        "how far a joint may be from where it was sent before the arm is held to be blocked",
        unit="rad",
        low=0.005,
        high=1.0,
        default=0.15,
    )
    max_tracking_error_m: float = param(
        "the same for the tool, where the controller takes poses or twists",
        unit="m",
        low=0.002,
        high=0.5,
        default=0.06,
    )
    twist_gain_1_s: float = param(
        "speed per error for the twist interface", unit="1/s", low=0.5, high=50.0, default=8.0
    )


@dataclass(frozen=True)
class PerceptionParams(CheckedParams):
    """How pictures become things in the world."""

    camera: str = param("camera that looks at the table", default="front", live=False)
    score_threshold: float = param(
        "detections below this probability are dropped", low=0.0, high=1.0, default=0.5
    )
    score_lead: float = param(
        "detections this much less probable than the best of their phrase are dropped",
        low=0.0,
        high=1.0,
        default=0.4,
    )
    overlap_threshold: float = param(
        "boxes of one phrase that overlap more (intersection over union) are one thing",
        low=0.0,
        high=1.0,
        default=0.5,
    )
    max_box_share: float = param(
        "a box that covers more of the picture than this is no thing on the table",
        low=0.01,
        high=1.0,
        default=0.5,
    )
    depth_min_m: float = param(
        "nearer depth is taken as missing", unit="m", low=0.0, high=5.0, default=0.1
    )
    depth_max_m: float = param(
        "farther depth is taken as missing", unit="m", low=0.1, high=20.0, default=3.0
    )
    min_depth_share: float = param(
        "a picture with a smaller share of measured depth is refused",
        low=0.0,
        high=1.0,
        default=0.1,
    )
    min_points: int = param("fewest depth pixels that make a thing", low=4, high=5000, default=12)
    table_height_m: float = param(
        "height of the table's surface in the base frame",
        unit="m",
        low=-2.0,
        high=2.0,
        default=0.0,
    )
    table_tolerance_m: float = param(
        "how far the surface found in the depth may differ from table_height_m; 0 trusts the "
        "parameter and does not look",
        unit="m",
        low=0.0,
        high=0.1,
        default=0.02,
    )
    min_height_m: float = param(
        "what rises less above the table is part of the table",
        unit="m",
        low=0.001,
        high=0.05,
        default=0.005,
    )
    max_height_m: float = param(
        "what reaches higher above the table is no object but the robot or a person",
        unit="m",
        low=0.05,
        high=2.0,
        default=0.45,
    )
    gap_px: float = param(
        "a jump in depth of more pixel sides than this parts two things",
        unit="px",
        low=1.0,
        high=20.0,
        default=3.0,
    )
    gap_m: float = param(
        "a smaller jump in depth never parts two things",
        unit="m",
        low=0.001,
        high=0.05,
        default=0.006,
    )
    view_area_m: tuple[float, ...] = param(
        "part of the table that is looked at: x min, y min, x max, y max in the base frame",
        unit="m",
        low=-5.0,
        high=5.0,
        default=(0.15, -0.65, 1.0, 0.65),
    )
    view_margin_m: float = param(
        "how far outside of it a thing's centre may still lie",
        unit="m",
        low=0.0,
        high=1.0,
        default=0.05,
    )
    viewer_yaw_rad: float = param(
        "where the person whose left and right count is looking, about the base's z axis; the "
        "same as the robot's viewer_yaw_rad",
        unit="rad",
        low=-3.1416,
        high=3.1416,
        default=3.1415,
    )
    relation_margin_m: float = param(
        "how clearly a relation must hold: nearer to the borderline it stays ambiguous",
        unit="m",
        low=0.0,
        high=0.2,
        default=0.01,
    )
    next_to_m: float = param(
        "largest free space between two things that are next to each other",
        unit="m",
        low=0.01,
        high=0.5,
        default=0.08,
    )
    hand_radius_m: float = param(
        "radius about the gripper within which points belong to the robot",
        unit="m",
        low=0.01,
        high=0.3,
        default=0.07,
    )
    hand_length_m: float = param(
        "how far behind the fingertips the gripper reaches",
        unit="m",
        low=0.05,
        high=0.6,
        default=0.25,
    )
    arm_radius_m: float = param(
        "radius about the line from the hand to the base within which points belong to the robot",
        unit="m",
        low=0.02,
        high=0.4,
        default=0.12,
    )


@dataclass(frozen=True)
class SimParams(CheckedParams):
    """The embedded simulator: its scene, its pace and what it publishes."""

    seed: int = param("seed of the first scene", low=0, live=False, default=1)
    required_kinds: tuple[str, ...] = param(
        "kinds of object that must be in the first scene", live=False, default=()
    )
    required_colors: tuple[str, ...] = param(
        "their colours, '' for any; as many as required_kinds", live=False, default=()
    )
    viewer: bool = param("show the world in a window", live=False, default=False)
    real_time_factor: float = param(
        "simulated seconds a second; 0 for as fast as it goes", low=0.0, high=100.0, default=1.0
    )
    control_rate_hz: float = param(
        "how often the controllers aim the motors",
        unit="Hz",
        low=50.0,
        high=500.0,
        live=False,
        default=500.0,
    )
    state_rate_hz: float = param(
        "rate of joint_states and /clock",
        unit="Hz",
        low=10.0,
        high=500.0,
        live=False,
        default=100.0,
    )
    tf_rate_hz: float = param(
        "rate of /tf", unit="Hz", low=1.0, high=500.0, live=False, default=25.0
    )
    camera_rate_hz: float = param(
        "pictures a second of each camera that somebody listens to",
        unit="Hz",
        low=0.1,
        high=60.0,
        live=False,
        default=10.0,
    )
    image_width: int = param(
        "width of the pictures", unit="px", low=32, high=1280, live=False, default=320
    )
    image_height: int = param(
        "height of the pictures", unit="px", low=24, high=960, live=False, default=240
    )
    depth_encoding: str = param(
        "16UC1 (millimetres, 0 for none) or 32FC1 (metres, NaN for none)",
        choices=("16UC1", "32FC1"),
        default="16UC1",
    )
    jpeg_quality: int = param("quality of the compressed pictures", low=1, high=100, default=85)
    truth_rate_hz: float = param(
        "rate of ground_truth/scene, which only scoring may read",
        unit="Hz",
        low=0.1,
        high=100.0,
        live=False,
        default=10.0,
    )
    arm_command_topic: str = param("topic on which the arm takes trajectories", live=False)
    gripper_interface: str = param(
        "the gripper's action: gripper_command or parallel_gripper_command",
        choices=("gripper_command", "parallel_gripper_command", "none"),
        live=False,
    )
    gripper_action: str = param("name of the gripper's action", live=False)


@dataclass(frozen=True)
class TaskParams(CheckedParams):
    """The node that carries instructions out."""

    arm_on_instruction: bool = param(
        "whether an instruction may arm a gate that was never armed or was disarmed; after a stop "
        "it always may. On a real robot a person arms: call the service safety/arm",
        default=False,
    )
    command_rate_hz: float = param(
        "requests to the gate a second", unit="Hz", low=10.0, high=200.0, live=False, default=50.0
    )
    look_timeout_s: float = param(
        "time a look may take before the camera or the model is given up",
        unit="s",
        low=0.5,
        high=600.0,
        default=20.0,
    )
    joint_states_timeout_s: float = param(
        "time without joint states after which an instruction ends",
        unit="s",
        low=0.05,
        high=10.0,
        default=0.5,
    )
    max_instruction_length: int = param(
        "longer instructions are refused unread", low=10, high=100000, default=2000
    )
    record_file: str = param(
        "file that gets one line of JSON for each instruction; '' for none", default=""
    )


@dataclass(frozen=True)
class GroundingParams(CheckedParams):
    """The node that looks at the scene."""

    model: str = param(
        "grounding model: a name (see `vla-ros ground --help`) or a folder",
        live=False,
        default="default",
    )
    compressed: bool = param(
        "listen to the compressed picture topic instead of the raw one", live=False, default=False
    )
    max_stamp_difference_s: float = param(
        "largest difference of the stamps of a picture and its depth",
        unit="s",
        low=0.0,
        high=0.5,
        live=False,
        default=0.02,
    )
    picture_timeout_s: float = param(
        "how long a look waits for a picture that is new enough",
        unit="s",
        low=0.1,
        high=60.0,
        default=3.0,
    )
    max_picture_age_s: float = param(
        "older pictures are not looked at", unit="s", low=0.05, high=60.0, live=False, default=2.0
    )
    max_phrases: int = param("most phrases of one look", low=1, high=1000, default=64)
    watch_rate_hz: float = param(
        "looks a second, between those asked for, at what was asked for last; 0 for none",
        unit="Hz",
        low=0.0,
        high=30.0,
        default=1.0,
    )
