"""Straight motions with limited speed, acceleration and jerk, written as action chunks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.geometry import (
    interpolate,
    pose_from_quaternion,
    quaternion_xyzw,
    rotation_distance_rad,
)
from vla_ros.params import SkillParams
from vla_ros.specs import ActionSpec, Representation, RotationFormat

# Peaks of the derivatives of the ramp 3 u^2 - 2 u^3 over u in [0, 1].
_PEAK_ACCELERATION = 1.5
_PEAK_JERK = 6.0


@dataclass(frozen=True, slots=True)
class MotionLimits:
    """Limits of a straight motion of the tool.

    Attributes:
        speed: Of the tool point [m/s].
        acceleration: Of the tool point [m/s^2].
        jerk: Of the tool point [m/s^3].
        turn_speed: [rad/s].
        turn_acceleration: [rad/s^2].
        turn_jerk: [rad/s^3].
    """

    speed: float
    acceleration: float
    jerk: float
    turn_speed: float
    turn_acceleration: float
    turn_jerk: float

    @classmethod
    def of(cls, params: SkillParams, speed_m_s: float | None = None) -> MotionLimits:
        """Return the parameters' limits, at another speed of the tool where one is given."""
        return cls(
            speed=params.tool_speed_m_s if speed_m_s is None else speed_m_s,
            acceleration=params.tool_acceleration_m_s2,
            jerk=params.tool_jerk_m_s3,
            turn_speed=params.turn_speed_rad_s,
            turn_acceleration=params.turn_acceleration_rad_s2,
            turn_jerk=params.turn_jerk_rad_s3,
        )


def absolute_spec(frame: str) -> ActionSpec:
    """Return the spec of what this module writes: absolute poses with quaternions in a frame."""
    return ActionSpec(Representation.ABSOLUTE, RotationFormat.QUATERNION_XYZW, frame)


@dataclass(frozen=True, slots=True)
class Profile:
    """How far along a motion is: the speed ramps up smoothly, stays, and ramps down.

    Attributes:
        ramp_s: Time of each ramp [s].
        cruise_s: Time from the middle of the first ramp to the middle of the last [s].
    """

    ramp_s: float
    cruise_s: float

    @property
    def duration_s(self) -> float:
        """Time of the whole motion [s]."""
        return self.cruise_s + self.ramp_s

    def fraction(self, time_s: np.ndarray) -> np.ndarray:
        """Return the fraction of the way 0..1 at times [s]; acceleration is continuous."""
        if self.cruise_s <= 0.0:
            return np.ones(len(time_s))
        time = np.clip(time_s, 0.0, self.duration_s)
        up = np.clip(time / self.ramp_s, 0.0, 1.0)
        down = np.clip((self.duration_s - time) / self.ramp_s, 0.0, 1.0)
        level = np.clip(time, self.ramp_s, self.duration_s - self.ramp_s) - self.ramp_s
        rising = self.ramp_s * (up**3 - up**4 / 2.0)
        falling = self.ramp_s * (0.5 - (down**3 - down**4 / 2.0))
        return np.asarray((rising + level + falling) / self.cruise_s)


def profile(T_base_from: np.ndarray, T_base_to: np.ndarray, limits: MotionLimits) -> Profile:
    """Return the fastest profile of a straight motion that keeps to the limits."""
    way = float(np.linalg.norm(T_base_to[:3, 3] - T_base_from[:3, 3]))
    turn = rotation_distance_rad(T_base_from, T_base_to)
    parts = (
        _fastest(way, limits.speed, limits.acceleration, limits.jerk),
        _fastest(turn, limits.turn_speed, limits.turn_acceleration, limits.turn_jerk),
    )
    ramp = max(part.ramp_s for part in parts)
    return Profile(ramp, max(ramp, *(part.cruise_s for part in parts)))


def straight_rows(
    T_base_from: np.ndarray,
    T_base_to: np.ndarray,
    gripper: tuple[float, float],
    limits: MotionLimits,
    period_s: float,
) -> np.ndarray:
    """Return a straight motion as rows of an action chunk.

    Args:
        T_base_from: (4, 4) where the tool is; the first row is one period after it.
        T_base_to: (4, 4) where it goes; the last row is exactly this.
        gripper: Openings 0..1 at the start and at the end; changed along the way.
        limits: What the motion keeps to.
        period_s: Time between rows [s].

    Returns:
        (T, 8) position [m], quaternion xyzw, opening; T >= 1. Neighbouring quaternions never
        change sign.
    """
    course = profile(T_base_from, T_base_to, limits)
    steps = max(1, int(np.ceil(course.duration_s / period_s - 1e-9)))
    fractions = course.fraction(np.arange(1, steps + 1) * course.duration_s / steps)
    rows = np.stack(
        [
            np.r_[T[:3, 3], quaternion_xyzw(T)]
            for T in interpolate(T_base_from, T_base_to, fractions)
        ]
    )
    flips = np.cumprod(np.where(np.sum(rows[1:, 3:] * rows[:-1, 3:], axis=1) < 0.0, -1.0, 1.0))
    rows[1:, 3:] *= flips[:, None]
    openings = gripper[0] + fractions * (gripper[1] - gripper[0])
    return np.column_stack([rows, openings])


def hold_rows(
    T_base_tool: np.ndarray, gripper: tuple[float, float], seconds: float, period_s: float
) -> np.ndarray:
    """Return (T, 8) rows that stay at a pose while the gripper goes from one opening to another."""
    steps = max(1, int(np.ceil(seconds / period_s)))
    fractions = np.arange(1, steps + 1) / steps
    pose_row = np.r_[T_base_tool[:3, 3], quaternion_xyzw(T_base_tool)]
    openings = gripper[0] + fractions * (gripper[1] - gripper[0])
    return np.column_stack([np.tile(pose_row, (steps, 1)), openings])


def row_pose(row: np.ndarray) -> np.ndarray:
    """Return the (4, 4) pose T_base_tool of an (8,) row."""
    return pose_from_quaternion(row[:3], row[3:7])


def _fastest(way: float, speed: float, acceleration: float, jerk: float) -> Profile:
    """Return the fastest profile of a way at whose peaks no limit is passed."""
    if way <= 0.0:
        return Profile(0.0, 0.0)
    reachable = min(
        speed,
        float(np.sqrt(way * acceleration / _PEAK_ACCELERATION)),
        float(np.cbrt(way**2 * jerk / _PEAK_JERK)),
    )
    ramp = max(
        _PEAK_ACCELERATION * reachable / acceleration, np.sqrt(_PEAK_JERK * reachable / jerk)
    )
    return Profile(float(ramp), way / reachable)
