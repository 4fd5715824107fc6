"""A pose that follows requests within speed, acceleration and jerk limits, without overshoot."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from vla_ros.geometry import pose, quaternion_of, rotation_by, rotation_of, rotation_vector


@dataclass(frozen=True, slots=True)
class TrackingLimits:
    """How fast the followed pose may move; of the vectors' lengths, not of each axis.

    Attributes:
        speed_m_s: Of the position.
        acceleration_m_s2: Of the position.
        jerk_m_s3: Of the position; the turning is smoothed over the same time.
        turn_speed_rad_s: Of the rotation.
        turn_acceleration_rad_s2: Of the rotation.
    """

    speed_m_s: float
    acceleration_m_s2: float
    jerk_m_s3: float
    turn_speed_rad_s: float
    turn_acceleration_rad_s2: float


class PoseTracker:
    """Follows requested poses in two stages.

    The first is a pose whose speed and acceleration are limited and which brakes in time for what
    is requested. The second is its mean over a short window, which limits the jerk. A mean of
    places inside a convex box is inside it, and a mean of speeds below a limit is below it.
    """

    def __init__(self, limits: TrackingLimits, period_s: float) -> None:
        """Take the limits and the time [s] between steps that the window is laid out for."""
        self.limits = limits
        self._period_s = period_s
        self._position = np.zeros(3)
        self._velocity = np.zeros(3)
        self._rotation = np.eye(3)
        self._turning = np.zeros(3)
        self._positions: deque[np.ndarray] = deque()
        self._quaternions: deque[np.ndarray] = deque()

    @property
    def window(self) -> int:
        """Number of steps that are averaged: jerk <= 2 acceleration / window time."""
        time_s = 2.0 * self.limits.acceleration_m_s2 / self.limits.jerk_m_s3
        return max(1, int(np.ceil(time_s / self._period_s - 1e-9)))

    def start(self, T_base_tool: np.ndarray, twist: np.ndarray) -> None:
        """Begin at a pose (4, 4) that moves with a twist (6,) [m/s, rad/s] in the base frame."""
        count, period = self.window, self._period_s
        self._velocity, self._turning = twist[:3].copy(), twist[3:].copy()
        lead = (count - 1) / 2.0 * period
        self._position = T_base_tool[:3, 3] + lead * self._velocity
        self._rotation = rotation_by(lead * self._turning) @ T_base_tool[:3, :3]
        ages = period * np.arange(count - 1, -1, -1)
        self._positions = deque(self._position - age * self._velocity for age in ages)
        self._quaternions = deque(
            quaternion_of(rotation_by(-age * self._turning) @ self._rotation) for age in ages
        )

    def step(self, T_base_goal: np.ndarray, dt_s: float) -> np.ndarray:
        """Return the pose (4, 4) to be at after the next dt_s, on the way to the goal (4, 4)."""
        limits = self.limits
        self._velocity = _towards(
            T_base_goal[:3, 3] - self._position,
            self._velocity,
            limits.speed_m_s,
            limits.acceleration_m_s2,
            dt_s,
        )
        self._position = self._position + dt_s * self._velocity
        self._turning = _towards(
            rotation_vector(T_base_goal[:3, :3] @ self._rotation.T),
            self._turning,
            limits.turn_speed_rad_s,
            limits.turn_acceleration_rad_s2,
            dt_s,
        )
        self._rotation = rotation_by(dt_s * self._turning) @ self._rotation
        self._positions.append(self._position)
        self._quaternions.append(quaternion_of(self._rotation))
        while len(self._positions) > self.window:
            self._positions.popleft()
            self._quaternions.popleft()
        result = pose(np.mean(self._positions, axis=0))
        result[:3, :3] = _mean_rotation(self._quaternions)
        return result


def _towards(
    error: np.ndarray, velocity: np.ndarray, speed: float, acceleration: float, dt_s: float
) -> np.ndarray:
    """Return the next velocity (3,) that goes towards an error (3,) and can still stop there."""
    distance = float(np.linalg.norm(error))
    gain = acceleration * dt_s
    # v dt + v^2 / 2a <= distance: the speed from which the way left is enough to stop.
    stoppable = -gain + np.sqrt(gain * gain + 2.0 * acceleration * distance)
    wanted = min(speed, stoppable, distance / dt_s)
    target = error * (wanted / distance) if distance > 1e-12 else np.zeros(3)
    change = target - velocity
    size = float(np.linalg.norm(change))
    return target if size <= gain else velocity + change * (gain / size)


def _mean_rotation(quaternions: deque[np.ndarray]) -> np.ndarray:
    """Return the chordal mean (3, 3) of rotations that are near each other."""
    stacked = np.array(quaternions)
    stacked[stacked @ stacked[-1] < 0.0] *= -1.0
    return rotation_of(stacked.mean(axis=0))
