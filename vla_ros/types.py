"""The types that the straight line is made of; frozen, with read-only arrays.

Lengths are metres, angles radians, times integer nanoseconds of the ROS clock. `T_a_b` is the
(4, 4) homogeneous pose of frame b in frame a. The tool frame is the point between the fingertips:
z points out of the gripper (the approach direction), the fingers close along y.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, Literal

import numpy as np

from vla_ros.errors import TerminationReason
from vla_ros.specs import ActionSpec


class _Frozen:
    """Makes every array field of a frozen dataclass a read-only view."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for spec in fields(self):  # type: ignore[arg-type]
            value = getattr(self, spec.name)
            if isinstance(value, np.ndarray):
                view = value.view()
                view.flags.writeable = False
                object.__setattr__(self, spec.name, view)


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a person said or typed."""

    text: str
    source: str
    stamp_ns: int


class Skill(str, Enum):
    """What a task asks the robot to do."""

    PICK = "pick"
    PLACE = "place"
    PUT_IN = "put_in"
    PUT_ON = "put_on"
    STACK = "stack"
    PUSH = "push"
    OPEN = "open"
    CLOSE = "close"
    POINT_AT = "point_at"
    HOME = "home"
    RELEASE = "release"
    STOP = "stop"
    ASK = "ask"
    DESCRIBE = "describe"


class Relation(str, Enum):
    """Where something is, as the viewer sees it (RobotParams.viewer_yaw_rad).

    "Behind" is further from the viewer, "in front of" nearer to the viewer.
    """

    IN = "in"
    ON = "on"
    NEXT_TO = "next_to"
    LEFT_OF = "left_of"
    RIGHT_OF = "right_of"
    IN_FRONT_OF = "in_front_of"
    BEHIND = "behind"
    BETWEEN = "between"


class QueryKind(str, Enum):
    """What a question wants to know."""

    WHERE = "where"
    COUNT = "count"
    EXISTS = "exists"
    WHAT_AT = "what_at"
    IS_AT = "is_at"
    COLOR = "color"
    SIZE = "size"
    STATE = "state"
    PROPERTY = "property"


@dataclass(frozen=True, slots=True)
class Query:
    """A question, understood.

    Attributes:
        kind: What it wants to know.
        word: For SIZE, STATE and PROPERTY: which ("tall", "empty", "material"); else empty.
    """

    kind: QueryKind
    word: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One step of an instruction.

    Attributes:
        skill: What to do.
        object: Phrase without article of what to act on ("red cube", "can behind the mug").
        destination: Phrase without article of the place the relation refers to, or None.
        relation: Where the object should end with respect to the destination. For PUSH without a
            destination: the direction (LEFT_OF, RIGHT_OF, IN_FRONT_OF = towards the viewer,
            BEHIND = away from the viewer).
        count: How many objects; "all" for every one; None where nothing was said (one).
        question: For ASK, the question itself, without politeness ("what color is the mug").
        query: For ASK, what that question wants to know, about the object or the destination.
    """

    skill: Skill
    object: str | None = None
    destination: str | None = None
    relation: Relation | None = None
    count: int | Literal["all"] | None = None
    question: str | None = None
    query: Query | None = None


@dataclass(frozen=True, slots=True)
class Parse:
    """An instruction understood as tasks, or a refusal, or a question back; never a guess.

    Attributes:
        tasks: What to do, in order.
        refusal: Why nothing, in words for people.
        question: What to ask back.
        about: The words of the instruction that an answer replaces; "" where it is to be added at
            the end, None where the instruction has to be said anew.
    """

    tasks: tuple[Task, ...] = ()
    refusal: str | None = None
    question: str | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class CameraFrame(_Frozen):
    """One RGB-D picture.

    Attributes:
        rgb: (H, W, 3) uint8.
        depth_m: (H, W) float32 distance along the optical axis [m], NaN where invalid, or None.
        k_px: (3, 3) intrinsics [px].
        frame_id: The optical frame (x right, y down, z forward).
        stamp_ns: When the picture was taken.
    """

    rgb: np.ndarray
    depth_m: np.ndarray | None
    k_px: np.ndarray
    frame_id: str
    stamp_ns: int


@dataclass(frozen=True, slots=True)
class RobotState(_Frozen):
    """What the robot says of itself.

    Attributes:
        joint_names: Arm joints, in the order of the arrays.
        joint_positions_rad: (J,).
        joint_velocities_rad_s: (J,).
        T_base_tool: (4, 4).
        gripper_opening: 0 closed to 1 open.
        stamp_ns: Stamp of the joint state.
    """

    joint_names: tuple[str, ...]
    joint_positions_rad: np.ndarray
    joint_velocities_rad_s: np.ndarray
    T_base_tool: np.ndarray
    gripper_opening: float
    stamp_ns: int


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything known at one moment: pictures, where each camera was then, and the robot."""

    frames: Mapping[str, CameraFrame]
    T_base_camera: Mapping[str, np.ndarray]
    robot: RobotState


@dataclass(frozen=True, slots=True)
class Detection(_Frozen):
    """A phrase found in a picture.

    Attributes:
        phrase: The phrase that was asked for.
        box_px: (4,) x0, y0, x1, y1 [px], x1 and y1 exclusive.
        score: Calibrated probability that this box is what the phrase names.
        mask: (H, W) bool, or None.
    """

    phrase: str
    box_px: np.ndarray
    score: float
    mask: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Target(_Frozen):
    """A thing in the world.

    Attributes:
        phrase: The phrase it answers.
        box_px: (4,) its box in the picture of `camera`.
        T_base_object: (4, 4) pose of its oriented bounding box's centre: x along the longer
            horizontal side, z up.
        extent_m: (3,) full side lengths of that box along its own axes [m].
        score: As in Detection.
        mask: (H, W) bool of its visible pixels, or None.
        points_m: (N, 3) visible surface points in the base frame [m], at most a few thousand.
        camera: Name of the camera that saw it.
        stamp_ns: Stamp of that picture.
    """

    phrase: str
    box_px: np.ndarray
    T_base_object: np.ndarray
    extent_m: np.ndarray
    score: float
    mask: np.ndarray | None = None
    points_m: np.ndarray | None = None
    camera: str = ""
    stamp_ns: int = 0


@dataclass(frozen=True, slots=True)
class Grounding:
    """All that a referring phrase may mean in what was seen.

    Attributes:
        phrase: The whole phrase, as in Task.
        targets: Matches, best first. Empty: it isn't there. More than one: it is ambiguous unless
            the task's count asks for several.
        reason: Why there is none, in words for people; empty otherwise.
    """

    phrase: str
    targets: tuple[Target, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the scene.

    Attributes:
        groundings: The answer to each phrase that was asked.
        obstacles: Everything else that stands on the table, as unnamed targets (found from depth).
        stamp_ns: Stamp of the pictures.
    """

    groundings: Mapping[str, Grounding]
    obstacles: tuple[Target, ...]
    stamp_ns: int


@dataclass(frozen=True, slots=True)
class ActionChunk(_Frozen):
    """Actions for the next moments.

    Attributes:
        actions: (T, D); what the columns mean is in spec.
        spec: The meaning of each column.
        period_s: Time between rows [s].
        start_ns: When row 0 is due.
        stage: Name of what is going on, for feedback ("approach", "grasp").
        last: True where nothing follows this chunk.
    """

    actions: np.ndarray
    spec: ActionSpec
    period_s: float
    start_ns: int
    stage: str = ""
    last: bool = False


@dataclass(frozen=True, slots=True)
class ToolCommand(_Frozen):
    """An absolute request to the gate: tool pose in the base frame and gripper opening 0..1."""

    T_base_tool: np.ndarray
    gripper_opening: float
    frame_id: str
    stamp_ns: int


class GateStatus(Enum):
    """What the safety gate did with the newest request."""

    OK = 0
    CLIPPED = 1
    HOLDING = 2
    REFUSED = 3
    STOPPED = 4
    ESTOPPED = 5
    DISARMED = 6


@dataclass(frozen=True, slots=True)
class SafeCommand(_Frozen):
    """What may be sent to the controllers.

    Attributes:
        T_base_tool: (4, 4) pose to go to, or None where there is nothing to send (no state yet).
        joint_positions_rad: (J,) the same as joint positions, or None likewise.
        gripper_opening: 0..1, or None likewise.
        stamp_ns: The tick it is for.
        status: What was done.
        reason: Why, in words; empty when OK.
        brake_positions_rad: (N, J) the stop that follows it, one row per tick, the last at rest;
            sent along where the controller takes it, so that the arm stops if nothing more comes.
    """

    T_base_tool: np.ndarray | None
    joint_positions_rad: np.ndarray | None
    gripper_opening: float | None
    stamp_ns: int
    status: GateStatus
    reason: str = ""
    brake_positions_rad: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an instruction ended.

    Attributes:
        reason: SUCCEEDED only where a second look confirmed it.
        message: A sentence for people.
        retries: Attempts after the first.
        figures: Measured numbers by name with the unit as suffix ("duration_s").
    """

    reason: TerminationReason
    message: str
    retries: int = 0
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def success(self) -> bool:
        """Whether it was done and seen to be done."""
        return self.reason is TerminationReason.SUCCEEDED


Json = dict[str, Any]
