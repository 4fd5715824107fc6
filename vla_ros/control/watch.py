"""Whether the arm is where it is thought to be: heard of, at rest, within limits, following."""

from __future__ import annotations

import numpy as np

from vla_ros.control.kinematics import ArmKinematics
from vla_ros.params import SafetyParams
from vla_ros.types import RobotState

_STILL_RAD_S = 0.1
_ENCODER_RAD = 1e-3
_FOLLOWS_AGAIN = 0.5


class ArmWatch:
    """Compares what the arm says of itself with what it was sent."""

    def __init__(self, params: SafetyParams, kinematics: ArmKinematics) -> None:
        """Take the limits and the arm."""
        self.params = params
        self._kinematics = kinematics
        self._blocked = False

    def start(self) -> None:
        """Forget that the arm did not follow."""
        self._blocked = False

    def late(self, state: RobotState | None, now_ns: int, refusal: str) -> str:
        """Return why the newest joint state is too old to move by, in words; '' if it isn't."""
        because = f"; the newest was refused: {refusal}" if refusal else ""
        if state is None:
            return f"no joint state has arrived{because}; check the joint_states topic"
        age_s = (now_ns - state.stamp_ns) * 1e-9
        if age_s <= self.params.state_timeout_s:
            return ""
        return (
            f"the newest joint state is {age_s:.3f} s old; at most "
            f"{self.params.state_timeout_s:.3f} s is allowed{because}"
        )

    def moving(self, state: RobotState) -> str:
        """Return which joint is measured to move, in words; '' if the arm is at rest."""
        speeds = np.abs(state.joint_velocities_rad_s)
        joint = int(np.argmax(speeds))
        if speeds[joint] <= _STILL_RAD_S:
            return ""
        return f"{state.joint_names[joint]} moves at {speeds[joint]:.2f} rad/s; wait until it rests"

    def beyond_limits(self, state: RobotState) -> str:
        """Return which joint is measured outside its limits, in words; '' if none is."""
        limits, params = self._kinematics.limits, self.params
        lower = np.maximum(limits.lower_rad, params.joint_lower_rad or -np.inf)
        upper = np.minimum(limits.upper_rad, params.joint_upper_rad or np.inf)
        q = state.joint_positions_rad
        bad = ~((lower - _ENCODER_RAD <= q) & (q <= upper + _ENCODER_RAD))
        if not bad.any():
            return ""
        joint = int(np.argmax(bad))
        return (
            f"{state.joint_names[joint]} is at {q[joint]:.3f} rad, outside {lower[joint]:.3f} to "
            f"{upper[joint]:.3f}; bring it back by hand or with the robot's own controls"
        )

    def not_following(self, state: RobotState, q_sent: np.ndarray, at_rest: bool) -> str:
        """Return how far the arm is from where it was sent, in words; '' if it follows.

        Once it did not follow, it must come to half the allowed error, at rest, to follow again.
        With pose and twist controllers only the tool is compared: they choose the joints.
        """
        if self.params.dry_run:
            return ""
        error, allowed, words = self._error(state, q_sent)
        if not error <= allowed:
            self._blocked = True
        elif self._blocked and at_rest and error <= allowed * _FOLLOWS_AGAIN:
            self._blocked = False
        if not self._blocked:
            return ""
        return f"{words}: the arm is blocked, or its controller does not run"

    def error_share(self, state: RobotState, q_sent: np.ndarray) -> float:
        """Return how far the arm is from where it was sent, as a share of what is allowed."""
        error, allowed, _ = self._error(state, q_sent)
        return 0.0 if self.params.dry_run else error / allowed

    def _error(self, state: RobotState, q_sent: np.ndarray) -> tuple[float, float, str]:
        if self.params.command_interface == "joint_trajectory":
            errors = np.abs(state.joint_positions_rad - q_sent)
            joint, allowed = int(np.argmax(errors)), self.params.max_tracking_error_rad
            return (
                float(errors[joint]),
                allowed,
                (
                    f"{state.joint_names[joint]} is {errors[joint]:.3f} rad from where it was sent "
                    f"(at most {allowed:.3f})"
                ),
            )
        sent = self._kinematics.tool_pose(q_sent)[:3, 3]
        measured = self._kinematics.tool_pose(state.joint_positions_rad)[:3, 3]
        error, allowed = float(np.linalg.norm(sent - measured)), self.params.max_tracking_error_m
        return (
            error,
            allowed,
            (f"the tool is {error:.3f} m from where it was sent (at most {allowed:.3f})"),
        )
