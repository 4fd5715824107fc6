"""A held arm whose controller stopped on the way: what holds it gives way to where it rests."""

from __future__ import annotations

import numpy as np

from vla_ros.control.motion import ArmMotion
from vla_ros.control.watch import ArmWatch
from vla_ros.types import RobotState

_ELSEWHERE = 0.25
"""Share of the allowed tracking error: less is what a held arm sags by, and no jump to speak of."""


class GivingWay:
    """Brakes; once at rest, brings what is sent to an arm that rests elsewhere.

    Less than the allowed tracking error blocks nothing. But a controller that stopped before the
    arm was there, and runs again, would let it jump to where it is held, faster than any limit.
    It happens once in each stop: an arm that sags so far would follow its own sagging down.
    """

    def __init__(self, watch: ArmWatch) -> None:
        """Take what knows how far the arm is off."""
        self._watch = watch
        self.start()

    def start(self) -> None:
        """Note that the arm is led: its next stop counts anew."""
        self._goal_rad: np.ndarray | None = None
        self._gave_way = False

    def hold(self, motion: ArmMotion, state: RobotState | None, dt_s: float) -> None:
        """Step a stop; an arm that is not heard of (None), or must get nothing new, only brakes."""
        if self._goal_rad is not None and motion.at_rest:
            self._goal_rad = None
        elif state is not None and not self._gave_way and self._rests_elsewhere(motion, state):
            self._goal_rad, self._gave_way = state.joint_positions_rad, True
        if state is None or self._goal_rad is None:
            motion.brake(dt_s)
        else:
            motion.relax(self._goal_rad, dt_s)

    def _rests_elsewhere(self, motion: ArmMotion, state: RobotState) -> bool:
        off = self._watch.error_share(state, motion.q) > _ELSEWHERE
        return off and motion.at_rest and not self._watch.moving(state)
