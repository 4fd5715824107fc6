"""A robot without physics: the tool goes where it is sent, boxes stick to closed fingers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.spatial.transform import Rotation

from vla_ros.action.points import box_surface
from vla_ros.errors import TerminationReason
from vla_ros.geometry import pose, tool_down
from vla_ros.language.referring import parse_referring
from vla_ros.params import PipelineParams, RobotParams, SkillParams
from vla_ros.types import (
    GateStatus,
    Grounding,
    Look,
    Observation,
    RobotState,
    SafeCommand,
    Target,
    ToolCommand,
)

PERIOD_NS = 20_000_000
T_HOME = tool_down(np.array([0.3, 0.0, 0.45]), 0.0)
FACTS = RobotParams(
    base_frame="base_link",
    tool_frame="tool0",
    joint_names=("joint",),
    home_rad=(0.0,),
    gripper_joint="finger",
    gripper_joint_closed=0.0,
    gripper_joint_open=0.04,
    gripper_max_width_m=0.08,
    finger_depth_m=0.012,
    robot_description="arm.urdf",
)
SKILLS = SkillParams()
PIPELINE = PipelineParams()


@dataclass
class Box:
    """A thing: hollow ones let others sink into them."""

    name: str
    position_m: np.ndarray
    size_m: np.ndarray
    yaw_rad: float = 0.0
    hollow: bool = False
    fixed: bool = False

    @property
    def T_base(self) -> np.ndarray:
        return pose(self.position_m, Rotation.from_euler("z", self.yaw_rad))

    @property
    def top_m(self) -> float:
        return float(self.position_m[2] + self.size_m[2] / 2.0)

    def target(self) -> Target:
        points = box_surface(self.T_base, self.size_m, 0.006)
        if self.hollow:
            local = (points - self.position_m) @ self.T_base[:3, :3]
            inside = (np.abs(local[:, :2]) < self.size_m[:2] / 2.0 - 0.008).all(axis=1)
            points = points.copy()
            points[inside, 2] = 0.006
        return Target(self.name, np.zeros(4), self.T_base, self.size_m, 1.0, points_m=points)


def box(name: str, x: float, y: float, size: Sequence[float] = (0.04, 0.04, 0.05)) -> Box:
    """Return a box on the table."""
    return Box(name, np.array([x, y, size[2] / 2.0]), np.array(size))


def bowl(name: str, x: float, y: float) -> Box:
    """Return something hollow on the table."""
    return Box(name, np.array([x, y, 0.03]), np.array([0.14, 0.14, 0.06]), hollow=True)


@dataclass
class FakeRobot:
    """A RobotPort whose tool moves perfectly, unless one of the faults is set.

    Attributes:
        things: What stands on the table.
        moves: False: the arm ignores every command.
        slippery: How many grasps close on nothing.
        drops_at_m: What is held falls once it is carried further than this from where it was taken.
        blind: Names that looks do not show at all.
        nameless: Names that looks show, but do not call so.
        status: What the gate says of every command.
        ends: Robot time [s] at which somebody cancels.
    """

    things: list[Box]
    moves: bool = True
    slippery: int = 0
    drops_at_m: float = np.inf
    blind: set[str] = field(default_factory=set)
    nameless: set[str] = field(default_factory=set)
    status: GateStatus = GateStatus.OK
    status_after_s: float = 0.0
    ends_s: float = np.inf
    ending: TerminationReason = TerminationReason.CANCELED
    T_base_tool: np.ndarray = field(default_factory=T_HOME.copy)
    opening: float = 1.0
    held: Box | None = None
    time_ns: int = 0
    looks: list[tuple[str, ...]] = field(default_factory=list)
    openings_sent: list[float] = field(default_factory=list)
    highest_sent_m: float = 0.0
    armed: bool = False
    _command: ToolCommand | None = None
    _taken_at: np.ndarray = field(default_factory=lambda: np.zeros(2))

    def named(self, name: str) -> Box:
        return next(thing for thing in self.things if thing.name == name)

    def observe(self) -> Observation:
        zero = np.zeros(1)
        state = RobotState(
            ("joint",), zero, zero, self.T_base_tool.copy(), self.opening, self.time_ns
        )
        return Observation({}, {}, state)

    def look(self, phrases: Sequence[str]) -> Look:
        self.looks.append(tuple(phrases))
        self.time_ns += 100_000_000
        groundings = {}
        for phrase in phrases:
            head = parse_referring(phrase).head
            found = tuple(
                replace(t.target(), phrase=phrase)
                for t in self.things
                if t.name.endswith(head) and t.name not in self.blind | self.nameless
            )
            groundings[phrase] = Grounding(phrase, found, "" if found else f"there is no {phrase}")
        named = {t.name for t in self.things for p in phrases if t.name.endswith(p)}
        hidden = (named | self.blind) - self.nameless
        rest = tuple(t.target() for t in self.things if t.name not in hidden)
        return Look(groundings, rest, self.time_ns)

    def send(self, command: ToolCommand) -> None:
        assert self.armed
        self._command = command
        self.openings_sent.append(command.gripper_opening)
        self.highest_sent_m = max(self.highest_sent_m, float(command.T_base_tool[2, 3]))

    def gate(self) -> SafeCommand | None:
        late = self.time_ns * 1e-9 >= self.status_after_s
        status = self.status if late else GateStatus.OK
        return SafeCommand(None, None, None, self.time_ns, status, "because" if late else "")

    def arm(self) -> None:
        self.armed = True

    def now_ns(self) -> int:
        return self.time_ns

    def canceled(self) -> TerminationReason | None:
        return self.ending if self.time_ns * 1e-9 > self.ends_s else None

    def tick(self) -> None:
        self.time_ns += PERIOD_NS
        if self._command is None or not self.moves:
            return
        before = self.T_base_tool
        self.T_base_tool = self._command.T_base_tool.copy()
        if self.held is not None:
            self.held.position_m = self.held.position_m + (self.T_base_tool - before)[:3, 3]
        self._move_fingers(self._command.gripper_opening)
        carried = np.hypot(*(self.T_base_tool[:2, 3] - self._taken_at))
        if self.held is not None and carried > self.drops_at_m:
            self._let_go()

    def _move_fingers(self, wanted: float) -> None:
        step = float(np.clip(wanted - self.opening, -0.08, 0.08))
        closing = step < 0.0
        if self.held is None and closing and wanted < 0.5:
            thing = self._between_fingers()
            if thing is not None and self.slippery > 0:
                thing = None
            if thing is not None:
                self.held, self._taken_at = thing, self.T_base_tool[:2, 3].copy()
        if self.held is not None:
            least = float(self.held.size_m[:2].min()) / FACTS.gripper_max_width_m
            if wanted > least + 0.05:
                self._let_go()
            else:
                self.opening = least
                return
        self.opening = float(np.clip(self.opening + step, 0.0, 1.0))
        if closing and self.opening <= 0.0 and self.slippery > 0 and self._between_fingers():
            self.slippery -= 1

    def _between_fingers(self) -> Box | None:
        for thing in self.things:
            away = np.abs(thing.position_m - self.T_base_tool[:3, 3])
            near = np.hypot(*away[:2]) < 0.015 and away[2] < thing.size_m[2] / 2.0 + 0.01
            if near and not thing.fixed and not thing.hollow:
                return thing
        return None

    def _let_go(self) -> None:
        thing, self.held = self.held, None
        assert thing is not None
        floor = 0.0
        for other in self.things:
            over = np.hypot(*(other.position_m - thing.position_m)[:2]) < other.size_m[0] / 2.0
            if other is not thing and over:
                floor = max(floor, 0.006 if other.hollow else other.top_m)
        thing.position_m = np.r_[thing.position_m[:2], floor + thing.size_m[2] / 2.0]
