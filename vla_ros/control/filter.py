"""What is let in: requests and joint states, checked before anything is made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.control.workspace import Workspace
from vla_ros.errors import SafetyError
from vla_ros.params import RobotParams, SafetyParams
from vla_ros.types import GateStatus, RobotState, ToolCommand

_ROTATION_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of an input.

    Attributes:
        status: OK, CLIPPED, REFUSED, or the mode in which nothing is taken.
        reason: Why, in words; empty when OK.
    """

    status: GateStatus
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """An accepted request, inside the workspace.

    Attributes:
        T_base_tool: (4, 4) where to go.
        gripper_opening: 0..1.
        stamp_ns: Stamp of the request.
        clipped: What was changed of it, in words.
    """

    T_base_tool: np.ndarray
    gripper_opening: float
    stamp_ns: int
    clipped: str


class SafetyFilter:
    """Keeps the newest usable request, and says why one or a joint state can't be used.

    A refused request also ends the one before it: whoever sends nonsense is not to be followed.
    Only requests that come late, behind a newer one, are dropped without that. Times are of the
    same clock.
    """

    def __init__(self, params: SafetyParams, robot: RobotParams) -> None:
        """Take the limits, which may be replaced at any time, and the robot's names."""
        self.params = params
        self._robot = robot
        self._goal: Goal | None = None
        self._newest_ns: int | None = None
        self._refusal = ""

    def clear(self) -> None:
        """Forget the request; what is older than it is still refused."""
        self._goal, self._refusal = None, ""

    def restart(self) -> None:
        """Forget every request, since the clock went back."""
        self.clear()
        self._newest_ns = None

    def accept(self, command: ToolCommand, workspace: Workspace, now_ns: int) -> Decision:
        """Take a request, clipped into the workspace, or say why not."""
        if self._newest_ns is not None and not command.stamp_ns > self._newest_ns:
            late_s = (self._newest_ns - command.stamp_ns) * 1e-9
            return Decision(
                GateStatus.REFUSED, f"the request is {late_s:.3f} s older than the newest one"
            )
        self._goal, self._refusal = None, self.refuses(command, now_ns)
        if self._refusal:
            return Decision(GateStatus.REFUSED, self._refusal)
        self._newest_ns = command.stamp_ns
        try:
            T_base_tool, clipped = workspace.clip(command.T_base_tool)
        except SafetyError as error:
            self._refusal = str(error)
            return Decision(GateStatus.REFUSED, self._refusal)
        self._goal = Goal(T_base_tool, command.gripper_opening, command.stamp_ns, clipped)
        return Decision(GateStatus.CLIPPED if clipped else GateStatus.OK, clipped)

    def current(self, now_ns: int) -> Goal | Decision:
        """Return the request to follow, or why there is none."""
        if self._refusal:
            return Decision(GateStatus.REFUSED, self._refusal)
        if self._goal is None:
            return Decision(GateStatus.HOLDING, "no request since arming")
        age_s = (now_ns - self._goal.stamp_ns) * 1e-9
        if age_s <= self.params.request_timeout_s:
            return self._goal
        return Decision(
            GateStatus.HOLDING,
            f"the newest request is {age_s:.3f} s old; at most "
            f"{self.params.request_timeout_s:.3f} s is allowed",
        )

    def refuses(self, command: ToolCommand, now_ns: int) -> str:
        """Return why a request is refused, in words; '' if it isn't."""
        if command.frame_id != self._robot.base_frame:
            return (
                f"the request is in frame '{command.frame_id}'; only '{self._robot.base_frame}' "
                "is taken"
            )
        reason = pose_fault(command.T_base_tool)
        if reason:
            return f"the request's pose {reason}"
        if not 0.0 <= command.gripper_opening <= 1.0:
            return f"the requested gripper opening {command.gripper_opening} is not within 0 to 1"
        return self._stamp_fault("request", command.stamp_ns, now_ns, self.params.max_request_age_s)

    def refuses_state(self, state: RobotState, now_ns: int | None) -> str:
        """Return why a joint state is refused, in words; '' if it isn't."""
        expected = self._robot.joint_names
        if tuple(state.joint_names) != expected:
            missing = sorted(set(expected) - set(state.joint_names))
            detail = f"{missing} are missing" if missing else f"the order is not {list(expected)}"
            return f"the joint state has {list(state.joint_names)}: {detail}"
        for what, values, unit in (
            ("position", state.joint_positions_rad, "rad"),
            ("velocity", state.joint_velocities_rad_s, "rad/s"),
        ):
            if np.shape(values) != (len(expected),):
                return f"the joint state has {np.shape(values)} of {what}, not ({len(expected)},)"
            bad = [n for n, v in zip(expected, values, strict=True) if not np.isfinite(v)]
            if bad:
                value = values[expected.index(bad[0])]
                return f"the joint state says {what} {value} {unit} of {bad[0]}"
        if not 0.0 <= state.gripper_opening <= 1.0:
            return f"the joint state says a gripper opening of {state.gripper_opening}, not 0 to 1"
        if now_ns is None:
            return ""
        return self._stamp_fault("joint state", state.stamp_ns, now_ns, self.params.state_timeout_s)

    def _stamp_fault(self, what: str, stamp_ns: int, now_ns: int, max_age_s: float) -> str:
        age_s = (now_ns - stamp_ns) * 1e-9
        if not age_s <= max_age_s:
            return f"the {what} is {age_s:.3f} s old; at most {max_age_s:.3f} s is taken"
        if not -age_s <= self.params.max_stamp_ahead_s:
            return f"the {what}'s stamp is {-age_s:.3f} s in the future: are the clocks the same?"
        return ""


def pose_fault(T_a_b: np.ndarray) -> str:
    """Return what makes a (4, 4) array no pose, in words; '' if it is one."""
    if np.shape(T_a_b) != (4, 4):
        return f"has the shape {np.shape(T_a_b)}, not (4, 4)"
    if not np.all(np.isfinite(T_a_b)):
        return "has numbers that are not finite"
    if not np.allclose(T_a_b[3], [0.0, 0.0, 0.0, 1.0], atol=1e-9):
        return f"has the last row {np.asarray(T_a_b[3]).tolist()}, not [0, 0, 0, 1]"
    if not np.all(np.abs(T_a_b[:3, 3]) <= 100.0):
        return f"is at {np.asarray(T_a_b[:3, 3]).tolist()} m, further than 100 m"
    R = T_a_b[:3, :3]
    if not np.all(np.abs(R) <= 1.0 + _ROTATION_TOLERANCE):
        return "has a rotation part with numbers beyond 1"
    error = float(np.abs(R @ R.T - np.eye(3)).max())
    if not error <= _ROTATION_TOLERANCE:
        return f"has a rotation part that is off by {error:.3g} from a rotation"
    if not np.linalg.det(R) > 0.0:
        return "has a rotation part that mirrors"
    return ""
