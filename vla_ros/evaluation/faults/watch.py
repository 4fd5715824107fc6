"""Sees how the real arm moves while something is broken, and lets it break when it is time."""

from __future__ import annotations

import numpy as np

from vla_ros.evaluation.faults.faulty_environment import FaultyEnvironment
from vla_ros.evaluation.faults.verdict import MOVES_RAD_S
from vla_ros.evaluation.film import Film
from vla_ros.types import SafeCommand

NEVER_NS = 2**62
"""When nothing is to break."""

_NO_DIGITS = str.maketrans("", "", "0123456789.")


class ArmWatch:
    """Is called at each tick; its times are those of the physics, which no fault touches.

    Attributes:
        world: The world that breaks.
        fastest_rad_s: (J,) largest speeds so far.
        struck_ns: When it broke; None before.
    """

    def __init__(
        self, world: FaultyEnvironment, fault: str, strike_ns: int, film: Film | None
    ) -> None:
        """Let a fault strike a world at a time, and film it where a film is wanted."""
        self.world, self._fault, self._strike_ns, self._film = world, fault, strike_ns, film
        self._moves_ns: list[int] = []
        self._said: dict[str, str] = {}
        self.fastest_rad_s = np.zeros(1)
        self.struck_ns: int | None = None

    @property
    def said(self) -> tuple[str, ...]:
        """Reasons that the gate gave since it broke, each once."""
        return tuple(self._said.values())

    def tick(self, report: SafeCommand | None) -> None:
        """Look at the arm, and at what the gate reports, after a tick."""
        state = self.world.real.robot_state()
        speeds = np.abs(state.joint_velocities_rad_s)
        self.fastest_rad_s = np.maximum(self.fastest_rad_s, speeds)
        if float(speeds.max()) > MOVES_RAD_S:
            self._moves_ns.append(state.stamp_ns)
        if self._film is not None:
            self._film.tick(state.stamp_ns)
        if self.struck_ns is None and state.stamp_ns >= self._strike_ns:
            self.strike()
        elif self.struck_ns is not None and report is not None and report.reason:
            # Ages and distances differ from tick to tick; the words don't.
            self._said.setdefault(report.reason.translate(_NO_DIGITS), report.reason)

    def strike(self) -> int:
        """Let it break now, if it hasn't; return when it did [ns]."""
        if self.struck_ns is None:
            self.world.strike(self._fault)
            self.struck_ns = self.world.real.time_ns
        return self.struck_ns

    def rest_s(self, since_ns: int) -> float:
        """Return how long after a moment the arm last moved [s]."""
        later = [at_ns - since_ns for at_ns in self._moves_ns if at_ns > since_ns]
        return max(later, default=0) * 1e-9
