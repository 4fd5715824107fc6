"""What a tick that comes late makes of the time since the last one."""

from __future__ import annotations

import math
from dataclasses import dataclass

_LATE_TICKS = 1.5
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The time since the last tick.

    Attributes:
        coasted_s: How long the arm has been on the stop that was sent with the last command.
        step_s: Length of each step to make now.
        steps: How many; more than one makes up for ticks that were missed.
    """

    coasted_s: float
    step_s: float
    steps: int


def share_out(elapsed_s: float, period_s: float, lead_s: float) -> Elapsed:
    """Return what to do about some time without a tick.

    For lead_s after a tick the arm is on its way to where it was sent, so that steps made up by
    then go on from there; each is that of a tick on time and keeps every limit. Later it is on its
    stop.

    Args:
        elapsed_s: Time since the last tick [s].
        period_s: Time between ticks [s].
        lead_s: Time that a command gives the arm to its first point [s].
    """
    on_time_s = _LATE_TICKS * period_s
    coasted_s = 0.0
    if elapsed_s > max(on_time_s, lead_s):
        moving_s = lead_s if lead_s > on_time_s else period_s
        coasted_s, elapsed_s = elapsed_s - moving_s, moving_s
    steps = max(1, math.ceil(elapsed_s / period_s - (_LATE_TICKS - 1.0) - _ROUNDING))
    return Elapsed(coasted_s, elapsed_s / steps, steps)
