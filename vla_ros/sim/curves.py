"""Polynomials between two knots, as joint trajectory controllers interpolate waypoints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class KnotCurve:
    """The polynomial of least degree that has given derivatives at both of its ends.

    Positions alone give a line, with velocities a cubic, with accelerations a quintic.
    """

    def __init__(
        self, duration_s: float, start: Sequence[np.ndarray], end: Sequence[np.ndarray]
    ) -> None:
        """Fit it.

        Args:
            duration_s: Time between the knots [s].
            start: (J,) position at time 0, perhaps followed by its first and second derivative.
            end: The same, as many, at the end.
        """
        time = duration_s
        if len(start) == 1:
            rows = [start[0], (end[0] - start[0]) / time]
        elif len(start) == 2:
            mean = (end[0] - start[0]) / time
            rows = [
                *start,
                (3.0 * mean - 2.0 * start[1] - end[1]) / time,
                (start[1] + end[1] - 2.0 * mean) / time**2,
            ]
        else:
            position, speed, bend = _quintic_rest(time, start, end)
            rows = [
                start[0],
                start[1],
                start[2] / 2.0,
                (10.0 * position - 4.0 * speed + 0.5 * bend) / time**3,
                (-15.0 * position + 7.0 * speed - bend) / time**4,
                (6.0 * position - 3.0 * speed + 0.5 * bend) / time**5,
            ]
        self._coefficients = rows[::-1]

    def at(self, time_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Return position (J,) and velocity (J,) at a time after the start [s]."""
        position = self._coefficients[0]
        velocity = np.zeros_like(position)
        for row in self._coefficients[1:]:
            velocity = velocity * time_s + position
            position = position * time_s + row
        return position, velocity


def _quintic_rest(
    time: float, start: Sequence[np.ndarray], end: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what the upper half of a quintic adds at the end: way, speed and bend, scaled."""
    quadratic = start[0] + start[1] * time + start[2] * time**2 / 2.0
    position = end[0] - quadratic
    speed = (end[1] - start[1] - start[2] * time) * time
    bend = (end[2] - start[2]) * time**2
    return position, speed, bend
