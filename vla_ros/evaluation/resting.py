"""When a moving arm came to rest."""

from __future__ import annotations

from collections.abc import Iterable

MOVES_RAD_S = 0.05
"""A joint slower than this rests: a held arm trembles less."""


def rest_ns(speeds: Iterable[tuple[int, float]], said_ns: int) -> int | None:
    """Return how long after a moment [ns] an arm was at rest for good.

    That is the stamp of the first state after the moment from which on no joint is as fast as
    MOVES_RAD_S. None where the newest state still moves, or there is none after the moment.

    Args:
        speeds: Stamp [ns] and largest joint speed [rad/s] of each joint state, in order.
        said_ns: The moment at which it was told to stop.
    """
    rested_ns: int | None = None
    for stamp_ns, speed in speeds:
        if stamp_ns <= said_ns:
            continue
        if not speed < MOVES_RAD_S:
            rested_ns = None
        elif rested_ns is None:
            rested_ns = stamp_ns - said_ns
    return rested_ns
