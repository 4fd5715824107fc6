"""How fast the joints may go, and how they come to rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.control.kinematics import JointLimits
from vla_ros.errors import ConfigError
from vla_ros.params import SafetyParams


@dataclass(frozen=True, slots=True)
class JointEnvelope:
    """Limits of the joints as the gate keeps them; all arrays are (J,).

    Attributes:
        lower_rad: Lowest positions, margin included.
        upper_rad: Highest positions, margin included.
        speed_rad_s: Highest speeds; none is higher than can be stopped in stop_time_s.
        acceleration_rad_s2: Highest accelerations in ordinary motion.
        stop_rad_s2: Highest decelerations in stopping.
        stop_time_s: Longest time in which every joint comes to rest.
    """

    lower_rad: np.ndarray
    upper_rad: np.ndarray
    speed_rad_s: np.ndarray
    acceleration_rad_s2: np.ndarray
    stop_rad_s2: np.ndarray
    stop_time_s: float

    @classmethod
    def combine(cls, described: JointLimits, params: SafetyParams) -> JointEnvelope:
        """Return the tighter of the URDF's limits and the parameters'.

        Raises:
            ConfigError: A list has another length than there are joints, or nothing is left.
        """
        count = described.lower_rad.size

        def spread(name: str, absent: float) -> np.ndarray:
            values = getattr(params, name)
            if len(values) not in (0, 1, count):
                raise ConfigError(f"{name} has {len(values)} values for {count} joints")
            return np.full(count, absent) if not values else np.broadcast_to(values, count)

        acceleration = spread("max_joint_acceleration_rad_s2", np.nan)
        stop = np.maximum(spread("stop_joint_acceleration_rad_s2", np.nan), acceleration)
        if not np.all(np.isfinite(stop)):
            raise ConfigError(
                "max_joint_acceleration_rad_s2 and stop_joint_acceleration_rad_s2 need one value, "
                "or one per joint"
            )
        lower = np.maximum(described.lower_rad, spread("joint_lower_rad", -np.inf))
        upper = np.minimum(described.upper_rad, spread("joint_upper_rad", np.inf))
        lower, upper = lower + params.joint_margin_rad, upper - params.joint_margin_rad
        if not np.all(lower < upper):
            joint = int(np.argmin(upper - lower))
            raise ConfigError(
                f"joint {joint} has no room between {lower[joint]:.3f} and {upper[joint]:.3f} rad: "
                "check joint_lower_rad, joint_upper_rad and joint_margin_rad"
            )
        speed = np.minimum(described.speed_rad_s, spread("max_joint_speed_rad_s", np.inf))
        speed = np.minimum(speed, stop * params.stop_time_s)
        return cls(lower, upper, speed, acceleration, stop, params.stop_time_s)

    def time_to_rest_s(self, velocity: np.ndarray) -> float:
        """Return how long the joints (J,) [rad/s] take to stop together, each within its limit."""
        return float(np.max(np.abs(velocity) / self.stop_rad_s2))

    def braked(self, velocity: np.ndarray, dt_s: float) -> np.ndarray:
        """Return the joints' velocities (J,) for the next dt_s of a stop.

        All are scaled alike, so that the arm stops on the straight joint-space line it is on, and
        before `brake_end` whatever the lengths of the ticks.
        """
        time_s = self.time_to_rest_s(velocity)
        result: np.ndarray = velocity * max(0.0, 1.0 - dt_s / time_s) if time_s else velocity * 0.0
        return result

    def brake_end(self, q: np.ndarray, velocity: np.ndarray) -> np.ndarray:
        """Return the joint positions (J,) that a stop from here does not pass."""
        return q + velocity * (self.time_to_rest_s(velocity) / 2.0)

    def coast(
        self, q: np.ndarray, velocity: np.ndarray, duration_s: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return positions and velocities (J,) after a stop has been under way for a duration."""
        total = self.time_to_rest_s(velocity)
        if not duration_s < total:
            return self.brake_end(q, velocity), np.zeros_like(velocity)
        left = velocity * (1.0 - duration_s / total)
        return q + (velocity + left) * (duration_s / 2.0), left

    def velocity_bounds(
        self, q: np.ndarray, velocity: np.ndarray, dt_s: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and highest velocities (J,) for the next dt_s.

        They keep speed and acceleration limits and leave room to stop before position limits. A
        joint for which these contradict each other is told to brake.
        """
        gain = self.acceleration_rad_s2 * dt_s
        high = np.minimum(self.speed_rad_s, self._stoppable(self.upper_rad - q, dt_s))
        low = -np.minimum(self.speed_rad_s, self._stoppable(q - self.lower_rad, dt_s))
        high, low = np.minimum(high, velocity + gain), np.maximum(low, velocity - gain)
        contradiction = ~(low <= high)
        brake = self.braked(velocity, dt_s)
        return np.where(contradiction, brake, low), np.where(contradiction, brake, high)

    def _stoppable(self, room: np.ndarray, dt_s: float) -> np.ndarray:
        """Return the highest speeds (J,) that leave room to stop, each alone or all together.

        v (dt + stop_time / 2) + v^2 / 2a <= room. Slowing down along it never needs more than a.
        """
        room = np.maximum(room, 0.0)
        slack = self.acceleration_rad_s2 * (dt_s + self.stop_time_s / 2.0)
        result: np.ndarray = np.sqrt(slack**2 + 2.0 * self.acceleration_rad_s2 * room) - slack
        return result
