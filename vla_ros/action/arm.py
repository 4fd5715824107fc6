"""What skills are written with: goals become chunks, and each step waits until it is reached.

A skill is a generator of chunks. `yield from arm.move_to(...)` plays a motion piece by piece and
comes back when the tool has arrived; whoever drives the generator puts the newest observation into
the arm before it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np

from vla_ros.action.motion import MotionLimits, absolute_spec, hold_rows, straight_rows
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.geometry import interpolate, rotation_distance_rad
from vla_ros.params import RobotParams, SkillParams
from vla_ros.types import ActionChunk, Observation, RobotState

Steps = Generator[ActionChunk, None, None]
Guard = Callable[[], None]

_PROGRESS_M = 0.002
_PROGRESS_RAD = 0.01
_WAIT_S = 0.08
_PAUSE_S = 3.0 * _WAIT_S
_REST_OPENING = 0.01
_REST_S = 0.2
_MOVED_SHARE = 0.15
_OPEN = 0.9
_CREEP_M = 0.012
_STOPPED_M = 0.007


class Arm:
    """Motion primitives of one robot, as generators of chunks."""

    def __init__(self, skills: SkillParams, robot: RobotParams) -> None:
        """Write chunks in the robot's base frame, keeping to the skills' limits."""
        self.params = skills
        self.spec = absolute_spec(robot.base_frame)
        self._max_width_m = robot.gripper_max_width_m
        self._T_commanded: np.ndarray | None = None
        self._opening: float | None = None
        self._planned_end_ns = 0
        self._observation: Observation | None = None

    def restart(self) -> None:
        """Plan the next motion from where the tool is seen to be, not from the last command."""
        self._T_commanded = None

    def update(self, observation: Observation) -> None:
        """Take in the newest observation."""
        if self._T_commanded is None:
            self._T_commanded = observation.robot.T_base_tool
        if self._opening is None:
            # Whatever keeps the fingers apart at the start may be held: it is not to be let go.
            self._opening = 1.0 if observation.robot.gripper_opening > _OPEN else 0.0
        self._observation = observation

    @property
    def robot(self) -> RobotState:
        """The newest robot state."""
        if self._observation is None:
            raise RuntimeError("the arm was used before its first observation")
        return self._observation.robot

    @property
    def T_base_tool(self) -> np.ndarray:
        """Where the tool was last sent, (4, 4)."""
        return self.robot.T_base_tool if self._T_commanded is None else self._T_commanded

    @property
    def yaw_rad(self) -> float:
        """Yaw of the tool, as in geometry.tool_down."""
        T = self.T_base_tool
        return float(np.arctan2(T[1, 0], T[0, 0]))

    @property
    def opening(self) -> float:
        """Gripper opening 0..1 that was last asked for."""
        return 1.0 if self._opening is None else self._opening

    @property
    def width_m(self) -> float:
        """Measured gap between the fingers [m]."""
        return self.robot.gripper_opening * self._max_width_m

    def holds_something(self) -> bool:
        """Return whether the fingers were told to close and are kept apart."""
        return self.opening < 0.5 and self.width_m > self.params.held_width_m

    def move_to(
        self,
        T_goal: np.ndarray,
        stage: str,
        *,
        careful: bool = False,
        opening: float | None = None,
        guard: Guard | None = None,
    ) -> Steps:
        """Move straight to a pose and wait until the tool is there.

        Args:
            T_goal: (4, 4) T_base_tool.
            stage: For feedback.
            careful: Slowly.
            opening: Gripper opening to reach on the way; None leaves it.
            guard: Called between pieces; raises to end the motion.

        Raises:
            TaskFailed: CONTROLLER_NOT_MOVING, or UNREACHABLE where the arm stops on the way.
        """
        start = self.robot.T_base_tool
        yield from self._travel(T_goal, stage, careful, opening, guard)
        if (yield from self._settle(T_goal, stage, guard)):
            return
        self._raise_not_arrived(start, T_goal, stage)

    def move_until_contact(
        self, T_goal: np.ndarray, stage: str, short_m: float, guard: Guard | None = None
    ) -> Steps:
        """Move carefully to a pose; being stopped at most some way [m] short of it will do.

        Raises:
            TaskFailed: As move_to, where the tool stops earlier than that.
        """
        start = self.robot.T_base_tool
        yield from self._travel(T_goal, stage, True, None, guard)
        if (yield from self._settle(T_goal, stage, guard)):
            return
        if float(np.linalg.norm(self.robot.T_base_tool[:3, 3] - T_goal[:3, 3])) > short_m:
            self._raise_not_arrived(start, T_goal, stage)
        self._T_commanded = self.robot.T_base_tool

    def creep(self, T_goal: np.ndarray, stage: str) -> Steps:
        """Move to a pose in small steps and stay at the first one that something prevents.

        The arm is never sent far past what stops it, so that it presses little and the safety gate
        does not take it for blocked.
        """
        way = float(np.linalg.norm(T_goal[:3, 3] - self.T_base_tool[:3, 3]))
        steps = max(1, int(np.ceil(way / _CREEP_M)))
        for T_step in interpolate(self.T_base_tool, T_goal, np.arange(1, steps + 1) / steps):
            yield from self._travel(T_step, stage, True, None, None)
            yield from self.wait(_WAIT_S, stage)
            if float(np.linalg.norm(self.robot.T_base_tool[:3, 3] - T_step[:3, 3])) > _STOPPED_M:
                self._T_commanded = self.robot.T_base_tool
                return

    def set_gripper(self, opening: float, stage: str) -> Steps:
        """Send the gripper to an opening and wait until it rests, wherever that is."""
        goal = float(np.clip(opening, 0.0, 1.0))
        before, since = self.robot.gripper_opening, self.robot.stamp_ns
        began = since
        self._opening = goal
        while True:
            yield self._chunk(
                hold_rows(self.T_base_tool, (goal, goal), _WAIT_S, self.params.period_s), stage
            )
            now = self.robot.stamp_ns
            if abs(self.robot.gripper_opening - before) > _REST_OPENING:
                before, since = self.robot.gripper_opening, now
            if (now - since) * 1e-9 >= _REST_S or self._longer(began, self.params.grip_timeout_s):
                return

    def wait(self, seconds: float, stage: str) -> Steps:
        """Stay where the tool is."""
        openings = (self.opening, self.opening)
        rows = hold_rows(self.T_base_tool, openings, seconds, self.params.period_s)
        yield self._chunk(rows, stage)

    def last_chunk(self, stage: str) -> ActionChunk:
        """Return a chunk that holds still and ends the task."""
        rows = hold_rows(self.T_base_tool, (self.opening, self.opening), 0.0, self.params.period_s)
        return self._chunk(rows, stage, last=True)

    def _travel(
        self,
        T_goal: np.ndarray,
        stage: str,
        careful: bool,
        opening: float | None,
        guard: Guard | None,
    ) -> Steps:
        limits = MotionLimits.of(self.params, self.params.careful_speed_m_s if careful else None)
        goal_opening = self.opening if opening is None else opening
        rows = straight_rows(
            self.T_base_tool, T_goal, (self.opening, goal_opening), limits, self.params.period_s
        )
        self._opening = goal_opening
        piece = max(1, round(self.params.chunk_s / self.params.period_s))
        for first in range(0, len(rows), piece):
            if guard is not None:
                guard()
            yield self._chunk(rows[first : first + piece], stage)
        self._T_commanded = T_goal

    def _settle(
        self, T_goal: np.ndarray, stage: str, guard: Guard | None
    ) -> Generator[ActionChunk, None, bool]:
        """Hold a goal until the tool is there (True) or stands still short of it (False)."""
        began = seen = self.robot.stamp_ns
        still_s = 0.0
        nearest_m = nearest_rad = np.inf
        rows = hold_rows(T_goal, (self.opening, self.opening), _WAIT_S, self.params.period_s)
        while True:
            away = float(np.linalg.norm(self.robot.T_base_tool[:3, 3] - T_goal[:3, 3]))
            turn = rotation_distance_rad(self.robot.T_base_tool, T_goal)
            near = away <= self.params.position_tolerance_m
            if near and turn <= self.params.rotation_tolerance_rad:
                return True
            # Where this program was kept from running, the arm was not asked to move.
            still_s += min((self.robot.stamp_ns - seen) * 1e-9, _PAUSE_S)
            seen = self.robot.stamp_ns
            if away < nearest_m - _PROGRESS_M or turn < nearest_rad - _PROGRESS_RAD:
                nearest_m, nearest_rad = min(away, nearest_m), min(turn, nearest_rad)
                still_s = 0.0
            still = still_s > self.params.arrival_timeout_s
            if still or self._longer(began, self.params.motion_timeout_s):
                return False
            if guard is not None:
                guard()
            yield self._chunk(rows, stage)

    def _longer(self, since_ns: int, seconds: float) -> bool:
        return (self.robot.stamp_ns - since_ns) * 1e-9 > seconds

    def _raise_not_arrived(self, T_start: np.ndarray, T_goal: np.ndarray, stage: str) -> None:
        self._T_commanded = self.robot.T_base_tool
        way = float(np.linalg.norm(T_goal[:3, 3] - T_start[:3, 3]))
        turn = rotation_distance_rad(T_start, T_goal)
        moved = float(np.linalg.norm(self.robot.T_base_tool[:3, 3] - T_start[:3, 3]))
        turned = rotation_distance_rad(self.robot.T_base_tool, T_start)
        if moved <= _MOVED_SHARE * way and turned <= max(_MOVED_SHARE * turn, 0.02):
            raise TaskFailed(
                TerminationReason.CONTROLLER_NOT_MOVING,
                f"the arm does not move ({stage}): asked to go {100.0 * way:.0f} cm, it went "
                f"{100.0 * moved:.1f} cm; is the controller running?",
            )
        short = float(np.linalg.norm(T_goal[:3, 3] - self.robot.T_base_tool[:3, 3]))
        raise TaskFailed(
            TerminationReason.UNREACHABLE,
            f"the arm could not get there ({stage}): it stopped {100.0 * short:.1f} cm short",
        )

    def _chunk(self, rows: np.ndarray, stage: str, *, last: bool = False) -> ActionChunk:
        """Return rows as a chunk that goes on where the last one ended in time, if that is now."""
        stamp = self.robot.stamp_ns
        period_ns = round(self.params.period_s * 1e9)
        goes_on = abs(stamp - self._planned_end_ns) <= 3 * period_ns
        start = self._planned_end_ns if goes_on else stamp
        self._planned_end_ns = start + len(rows) * period_ns
        return ActionChunk(rows, self.spec, self.params.period_s, start, stage, last)
