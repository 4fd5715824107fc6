"""What ros2_control's arm and gripper controllers do, for a simulator that stands in for a robot.

No ROS in here: the node converts messages, these classes decide. Behaviour follows
joint_trajectory_controller (with interpolate_from_desired_state) and the gripper action
controllers of ros2_controllers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from itertools import pairwise

import numpy as np

from vla_ros.errors import VlaRosError
from vla_ros.sim.curves import KnotCurve


class ErrorCode(IntEnum):
    """The codes of FollowJointTrajectory's result."""

    SUCCESSFUL = 0
    INVALID_GOAL = -1
    INVALID_JOINTS = -2
    OLD_HEADER_TIMESTAMP = -3
    PATH_TOLERANCE_VIOLATED = -4
    GOAL_TOLERANCE_VIOLATED = -5


class Refused(VlaRosError):
    """A trajectory or gripper command that a controller does not take."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Waypoints:
    """A trajectory as it was sent.

    Attributes:
        joint_names: The J joints of the columns, in any order.
        times_ns: (N,) times from the start, rising [ns].
        positions: (N, J) [rad].
        velocities: (N, J) [rad/s], or None.
        accelerations: (N, J) [rad/s^2], or None.
        start_ns: When time 0 is; 0 for "now".
    """

    joint_names: tuple[str, ...]
    times_ns: tuple[int, ...]
    positions: np.ndarray
    velocities: np.ndarray | None = None
    accelerations: np.ndarray | None = None
    start_ns: int = 0


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How far the arm may be off before a goal is given up; None where it doesn't matter.

    Attributes:
        path_rad: (J,) on the way; inf where a joint is free.
        goal_rad: (J,) at the end; inf where a joint is free.
        goal_time_ns: Extra time to get within goal_rad; 0 waits forever.
    """

    path_rad: np.ndarray | None = None
    goal_rad: np.ndarray | None = None
    goal_time_ns: int = 0


class Progress(Enum):
    """How far a goal has come."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class _Segment:
    start_ns: int
    end_ns: int
    curve: KnotCurve


class TrajectoryController:
    """Follows joint trajectories; a new one replaces the old from where the arm is meant to be."""

    def __init__(self, joint_names: Sequence[str], positions_rad: np.ndarray) -> None:
        """Hold (J,) positions [rad] of the named joints."""
        self._names = tuple(joint_names)
        self._segments: list[_Segment] = []
        self._rest_rad = np.array(positions_rad, dtype=float)

    @property
    def joint_names(self) -> tuple[str, ...]:
        """The joints, in the order of every array."""
        return self._names

    def validate(self, waypoints: Waypoints, now_ns: int) -> list[int]:
        """Return which column each of our joints is in.

        Raises:
            Refused: With the code and the reason.
        """
        order = self._order(waypoints)
        self._check(waypoints, now_ns)
        return order

    def accept(self, waypoints: Waypoints, now_ns: int) -> int:
        """Follow a trajectory from now on; return when it ends [ns].

        Raises:
            Refused: With the code and the reason; the present trajectory goes on.
        """
        order = self.validate(waypoints, now_ns)
        start_ns = waypoints.start_ns or now_ns
        position, velocity = self.desired(now_ns)
        knots = [_knot(position, velocity, np.zeros_like(velocity), waypoints)]
        times_ns = [now_ns]
        for row, offset_ns in enumerate(waypoints.times_ns):
            if start_ns + offset_ns < now_ns:
                continue
            if start_ns + offset_ns == times_ns[-1]:
                knots.pop()
                times_ns.pop()
            times_ns.append(start_ns + offset_ns)
            knots.append(_row_knot(waypoints, row, order))
        self._segments = [
            _Segment(t0, t1, KnotCurve((t1 - t0) / 1e9, k0, k1))
            for (t0, t1), (k0, k1) in zip(pairwise(times_ns), pairwise(knots), strict=True)
        ]
        self._rest_rad = np.array(waypoints.positions[-1][order], dtype=float)
        return times_ns[-1]

    def hold(self, positions_rad: np.ndarray) -> None:
        """Drop the trajectory and stay at (J,) positions [rad]."""
        self._segments = []
        self._rest_rad = np.array(positions_rad, dtype=float)

    def desired(self, now_ns: int) -> tuple[np.ndarray, np.ndarray]:
        """Return where the joints should be (J,) [rad] and how fast (J,) [rad/s] at a time."""
        while self._segments and now_ns > self._segments[0].end_ns:
            self._segments.pop(0)
        if not self._segments:
            return self._rest_rad.copy(), np.zeros(len(self._names))
        segment = self._segments[0]
        return segment.curve.at(max(0, now_ns - segment.start_ns) / 1e9)

    def progress(
        self, measured_rad: np.ndarray, tolerances: Tolerances, end_ns: int, now_ns: int
    ) -> tuple[Progress, ErrorCode, str]:
        """Say how a goal that ends at `end_ns` is coming along, given (J,) measured positions."""
        error_rad = np.abs(measured_rad - self.desired(now_ns)[0])
        if now_ns < end_ns:
            if tolerances.path_rad is not None and np.any(error_rad > tolerances.path_rad):
                worst = int(np.argmax(error_rad - tolerances.path_rad))
                return (
                    Progress.FAILED,
                    ErrorCode.PATH_TOLERANCE_VIOLATED,
                    f"{self._names[worst]} is {error_rad[worst]:.3f} rad off the path",
                )
            return Progress.RUNNING, ErrorCode.SUCCESSFUL, ""
        if tolerances.goal_rad is None or np.all(error_rad <= tolerances.goal_rad):
            return Progress.DONE, ErrorCode.SUCCESSFUL, "Goal successfully reached!"
        if not tolerances.goal_time_ns or now_ns <= end_ns + tolerances.goal_time_ns:
            return Progress.RUNNING, ErrorCode.SUCCESSFUL, ""
        worst = int(np.argmax(error_rad - tolerances.goal_rad))
        return (
            Progress.FAILED,
            ErrorCode.GOAL_TOLERANCE_VIOLATED,
            f"{self._names[worst]} is {error_rad[worst]:.3f} rad off the goal",
        )

    def _order(self, waypoints: Waypoints) -> list[int]:
        if sorted(waypoints.joint_names) != sorted(self._names):
            raise Refused(
                ErrorCode.INVALID_JOINTS,
                f"trajectory is for {list(waypoints.joint_names)}; this controller has "
                f"{list(self._names)}",
            )
        return [waypoints.joint_names.index(name) for name in self._names]

    def _check(self, waypoints: Waypoints, now_ns: int) -> None:
        times_ns = waypoints.times_ns
        if not times_ns:
            raise Refused(ErrorCode.INVALID_GOAL, "the trajectory has no points")
        shape = (len(times_ns), len(self._names))
        for name in ("positions", "velocities", "accelerations"):
            values = getattr(waypoints, name)
            if values is None:
                continue
            if values.shape != shape:
                raise Refused(ErrorCode.INVALID_GOAL, f"{name} are {values.shape}, not {shape}")
            if not np.isfinite(values).all():
                raise Refused(ErrorCode.INVALID_GOAL, f"{name} are not all finite")
        if times_ns[0] < 0 or any(b <= a for a, b in pairwise(times_ns)):
            raise Refused(ErrorCode.INVALID_GOAL, "time_from_start must be positive and rise")
        if waypoints.start_ns and waypoints.start_ns + times_ns[-1] < now_ns:
            raise Refused(
                ErrorCode.OLD_HEADER_TIMESTAMP,
                f"the trajectory ended {(now_ns - waypoints.start_ns - times_ns[-1]) / 1e9:.3f} s "
                "ago",
            )


def _knot(
    position: np.ndarray, velocity: np.ndarray, acceleration: np.ndarray, like: Waypoints
) -> list[np.ndarray]:
    """Return the derivatives at a knot that waypoints of this kind interpolate between."""
    knot = [position]
    if like.velocities is not None:
        knot.append(velocity)
        if like.accelerations is not None:
            knot.append(acceleration)
    return knot


def _row_knot(waypoints: Waypoints, row: int, order: list[int]) -> list[np.ndarray]:
    zeros = np.zeros(len(order))

    def picked(values: np.ndarray | None) -> np.ndarray:
        return zeros if values is None else np.asarray(values[row][order], dtype=float)

    return _knot(
        picked(waypoints.positions),
        picked(waypoints.velocities),
        picked(waypoints.accelerations),
        waypoints,
    )


class GripperController:
    """Closes or opens to a position, and notices that something is held."""

    def __init__(
        self,
        closed: float,
        open_: float,
        goal_tolerance: float = 0.002,
        stall_velocity: float = 0.002,
        stall_timeout_ns: int = 500_000_000,
    ) -> None:
        """Take the joint's positions when closed and open, and when it counts as stalled."""
        self._closed = closed
        self._open = open_
        self._tolerance = goal_tolerance
        self._stall_velocity = stall_velocity
        self._stall_timeout_ns = stall_timeout_ns
        self._goal = open_
        self._moved_ns = 0

    @property
    def opening(self) -> float:
        """Where the gripper is sent, 0 closed to 1 open."""
        return (self._goal - self._closed) / (self._open - self._closed)

    @property
    def goal(self) -> float:
        """Where the gripper's joint is sent."""
        return self._goal

    def accept(self, position: float, now_ns: int) -> None:
        """Go to a joint position, limited to between closed and open.

        Raises:
            Refused: The position isn't finite.
        """
        if not np.isfinite(position):
            raise Refused(ErrorCode.INVALID_GOAL, f"gripper position {position} is not finite")
        low, high = sorted((self._closed, self._open))
        self._goal = float(np.clip(position, low, high))
        self._moved_ns = now_ns

    def progress(self, position: float, velocity: float, now_ns: int) -> tuple[bool, bool]:
        """Return whether the goal is reached, and whether the gripper has stalled short of it."""
        if abs(position - self._goal) <= self._tolerance:
            return True, False
        if abs(velocity) > self._stall_velocity:
            self._moved_ns = now_ns
        return False, now_ns - self._moved_ns >= self._stall_timeout_ns
