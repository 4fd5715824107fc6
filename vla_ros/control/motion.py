"""The joint positions that are sent, one step after the other, each of them safe to stop from.

A step is taken only if it keeps every limit and if the stop that could follow it stays in the
allowed space as well. Otherwise a slower step is tried, and at last the stop itself, which was
checked one step before. So whatever is requested, what is sent never leaves the limits.
"""

from __future__ import annotations

import numpy as np

from vla_ros.control.kinematics import ArmKinematics
from vla_ros.control.limits import JointEnvelope
from vla_ros.control.tracking import PoseTracker, TrackingLimits
from vla_ros.control.workspace import Workspace
from vla_ros.errors import KinematicsError
from vla_ros.geometry import rotation_distance_rad
from vla_ros.params import SafetyParams

_FRACTIONS = (1.0, 0.7, 0.4, 0.2, 0.05)
_AT_REST_RAD_S = 1e-9
_UNDER_WAY_RAD_S = 0.05  # instructions end within their tolerance, at up to 0.03 rad/s
_ROUNDING = 1e-9
_MEASURED_RAD = 0.01  # a held arm sags and its encoders tremble by less
# What is left of the speed limit is for catching up.
_PLANNED_SHARE = 0.98
_OUTSIDE_ROUNDING_M = 1e-6


class ArmMotion:
    """The commanded state of the arm: where it is sent and how fast that moves."""

    def __init__(self, kinematics: ArmKinematics, params: SafetyParams, q: np.ndarray) -> None:
        """Begin at rest at joint positions q (J,) [rad].

        Raises:
            ConfigError: The joint limits in params don't fit the arm.
        """
        self._kinematics = kinematics
        self._workspace: Workspace | None = None
        self._following = False
        self.q = np.array(q, dtype=float)
        self.velocity = np.zeros_like(self.q)
        self.T_base_tool = kinematics.tool_pose(self.q)
        self._T_wanted = self.T_base_tool
        self.configure(params, None)

    def configure(self, params: SafetyParams, workspace: Workspace | None) -> None:
        """Take new limits from the next step on; without a workspace only stops are possible."""
        self._params = params
        self._workspace = workspace
        self.envelope = JointEnvelope.combine(self._kinematics.limits, params)
        self._kinematics.set_weights(params.orientation_weight, params.posture_time_s)
        limits = TrackingLimits(
            _PLANNED_SHARE * params.max_tool_speed_m_s,
            params.max_tool_acceleration_m_s2,
            params.max_tool_jerk_m_s3,
            _PLANNED_SHARE * params.max_tool_turn_speed_rad_s,
            params.max_tool_turn_acceleration_rad_s2,
        )
        self._tracker = PoseTracker(limits, 1.0 / params.control_rate_hz)
        self._following = False

    @property
    def at_rest(self) -> bool:
        """Whether what is sent does not move."""
        return bool(np.max(np.abs(self.velocity)) <= _AT_REST_RAD_S)

    @property
    def under_way(self) -> bool:
        """Whether it moves faster than the last approach to where it is asked to be."""
        return bool(np.max(np.abs(self.velocity)) > _UNDER_WAY_RAD_S)

    def brake(self, dt_s: float) -> None:
        """Go on for dt_s of a stop; stay where it is once at rest."""
        self._following = False
        self._take(self.envelope.braked(self.velocity, dt_s), dt_s)

    def coast(self, duration_s: float) -> None:
        """Account for a time in which nothing was sent and the arm went on along its stop."""
        if duration_s > 0.0:
            self.q, self.velocity = self.envelope.coast(self.q, self.velocity, duration_s)
            self.T_base_tool = self._kinematics.tool_pose(self.q)
            self._following = False

    def follow(self, T_base_goal: np.ndarray, dt_s: float) -> str:
        """Step towards a pose (4, 4) that is inside the workspace.

        Returns:
            What keeps the arm from following, in words; '' if nothing does.
        """
        if not self._following:
            twist = self._kinematics.jacobian(self.q) @ self.velocity
            self._tracker.start(self.T_base_tool, twist)
            self._T_wanted = self.T_base_tool
            self._following = True
        behind = float(np.linalg.norm(self._T_wanted[:3, 3] - self.T_base_tool[:3, 3]))
        share = 1.0 - behind / self._params.unreached_tolerance_m
        if share > 0.02:
            self._T_wanted = self._tracker.step(T_base_goal, dt_s * share)
        low, high = self.envelope.velocity_bounds(self.q, self.velocity, dt_s)
        try:
            q_next = self._kinematics.solve(self._T_wanted, self.q, dt_s, low * dt_s, high * dt_s)
        except KinematicsError as error:
            self.brake(dt_s)
            return str(error)
        reason = self._step((q_next - self.q) / dt_s, dt_s)
        if reason or share > 0.5:
            return reason
        return (
            f"the arm is {behind * 1e3:.0f} mm behind what it is asked: "
            f"{self._saturated(low, high, (q_next - self.q) / dt_s)}"
        )

    def relax(self, q_goal: np.ndarray, dt_s: float) -> None:
        """Step towards measured joint positions (J,), slowly enough to stop near them.

        What is nearly there stays: an arm that is sent to where it sags would sag further, and one
        that follows its own trembling is never at rest.
        """
        self._following = False
        low, high = self.envelope.velocity_bounds(self.q, self.velocity, dt_s)
        error = q_goal - self.q
        error = np.where(np.abs(error) <= _MEASURED_RAD, 0.0, error)
        acceleration = self.envelope.acceleration_rad_s2
        gain = acceleration * dt_s
        speed = -gain + np.sqrt(gain * gain + 2.0 * acceleration * np.abs(error))
        wanted = np.sign(error) * np.minimum(speed, np.abs(error) / dt_s)
        self._step(np.clip(wanted, low, high), dt_s)

    def brake_path(self, period_s: float) -> np.ndarray:
        """Return (N, J) the positions of a stop from here, one row per period, at rest at last."""
        rows: list[np.ndarray] = []
        q, velocity = self.q, self.velocity
        while np.max(np.abs(velocity)) > _AT_REST_RAD_S:
            velocity = self.envelope.braked(velocity, period_s)
            q = q + velocity * period_s
            rows.append(q)
        return np.array(rows).reshape(-1, self.q.size)

    def _take(self, velocity: np.ndarray, dt_s: float) -> None:
        self.velocity = velocity
        self.q = self.q + velocity * dt_s
        self.T_base_tool = self._kinematics.tool_pose(self.q)

    def _step(self, velocity: np.ndarray, dt_s: float) -> str:
        """Take the largest allowed part of a step, from a stop (0) to all of it (1)."""
        brake = self.envelope.braked(self.velocity, dt_s)
        first = ""
        for fraction in _FRACTIONS:
            candidate = brake + fraction * (velocity - brake)
            reason = self._forbids(candidate, dt_s)
            if not reason:
                self._take(candidate, dt_s)
                return first
            first = first or reason
        self.brake(dt_s)
        return first

    def _forbids(self, velocity: np.ndarray, dt_s: float) -> str:
        """Return why a step is not allowed, in words; '' if it is."""
        envelope, names = self.envelope, self._kinematics.joint_names
        q_next = self.q + velocity * dt_s
        q_rest = envelope.brake_end(q_next, velocity)
        lower = np.minimum(envelope.lower_rad, self.q) - _ROUNDING
        upper = np.maximum(envelope.upper_rad, self.q) + _ROUNDING
        for q in (q_next, q_rest):
            bad = ~((lower <= q) & (q <= upper))
            if bad.any():
                joint = int(np.argmax(bad))
                return (
                    f"{names[joint]} would go to {q[joint]:.3f} rad, beyond "
                    f"{envelope.lower_rad[joint]:.3f} to {envelope.upper_rad[joint]:.3f}"
                )
        slow = np.abs(velocity) <= envelope.speed_rad_s + _ROUNDING
        change = np.abs(velocity - self.velocity)
        gentle = change <= envelope.stop_rad_s2 * dt_s + _ROUNDING
        if not np.all(slow & gentle):
            joint = int(np.argmin(slow & gentle))
            return (
                f"{names[joint]} would change from {self.velocity[joint]:.2f} to "
                f"{velocity[joint]:.2f} rad/s; at most {envelope.speed_rad_s[joint]:.2f} rad/s and "
                f"{envelope.stop_rad_s2[joint]:.1f} rad/s^2 are allowed"
            )
        return self._forbids_tool(q_next, q_rest, dt_s)

    def _forbids_tool(self, q_next: np.ndarray, q_rest: np.ndarray, dt_s: float) -> str:
        if self._workspace is None:
            return "there is no workspace box"
        T_next = self._kinematics.tool_pose(q_next)
        speed = float(np.linalg.norm(T_next[:3, 3] - self.T_base_tool[:3, 3])) / dt_s
        if not speed <= self._params.max_tool_speed_m_s * (1.0 + 1e-6):
            return (
                f"the tool would move at {speed:.3f} m/s; at most "
                f"{self._params.max_tool_speed_m_s:.3f} m/s are allowed"
            )
        turn = rotation_distance_rad(self.T_base_tool, T_next) / dt_s
        if not turn <= self._params.max_tool_turn_speed_rad_s * (1.0 + 1e-6):
            return (
                f"the tool would turn at {turn:.2f} rad/s; at most "
                f"{self._params.max_tool_turn_speed_rad_s:.2f} rad/s are allowed"
            )
        allowed = np.maximum(0.0, self._workspace.depths(self.T_base_tool) + _OUTSIDE_ROUNDING_M)
        for T in (
            T_next,
            self._kinematics.tool_pose((q_next + q_rest) / 2.0),
            self._kinematics.tool_pose(q_rest),
        ):
            outside = ~(self._workspace.depths(T) <= allowed)
            if outside.any():
                return f"the tool would pass {self._workspace.name(int(np.argmax(outside)))}"
        return ""

    def _saturated(self, low: np.ndarray, high: np.ndarray, velocity: np.ndarray) -> str:
        """Return which joints are at a bound of their step, in words."""
        envelope, names = self.envelope, self._kinematics.joint_names
        near = 0.02
        ends = (self.q <= envelope.lower_rad + near) | (self.q >= envelope.upper_rad - near)
        at = [name for name, flag in zip(names, ends, strict=True) if flag]
        if at:
            return f"{at} at the end of their range"
        bound = np.isclose(velocity, low) | np.isclose(velocity, high)
        fast = [name for name, flag in zip(names, bound, strict=True) if flag]
        return f"{fast} at their speed limit" if fast else "the pose is out of reach"
