"""Whether a fault was handled rightly: what was seen of the arm, and what was said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vla_ros.evaluation.faults.table import Fault
from vla_ros.params import SafetyParams
from vla_ros.types import Outcome

MOVES_RAD_S = 0.05
"""A joint that is slower rests."""

_ARM_LAG_S = 0.1
_SPEED_SLACK = 1.25


@dataclass(frozen=True, slots=True)
class Handling:
    """What happened after a fault struck.

    Attributes:
        said: Everything that named a reason: the outcome, the gate, diagnostics.
        ended_well: The instruction succeeded, and that is true.
        claimed: The instruction is said to have succeeded.
        rest_s: Time from the moment when the arm had to come to rest until it did [s].
        fastest_share: Largest joint speed as a share of what the gate allows.
        next_failure: Which next instruction did not work once the fault was mended; "" if all did.
        fails_anyway: The same instruction ends in the same way where nothing breaks.
        fast_anyway: A joint is as fast there: things that the arm runs into push it.
        meanwhile: What was wrong about what was done while it was broken; "" for nothing.
    """

    said: tuple[str, ...]
    ended_well: bool
    claimed: bool
    rest_s: float
    fastest_share: float
    next_failure: str
    fails_anyway: bool = False
    fast_anyway: bool = False
    meanwhile: str = ""


def watchdog_s(fault: Fault, safety: SafetyParams) -> float:
    """Return the time within which an arm must rest that nothing is heard of, or nobody leads [s].

    What the gate waits for, its stop, and what an arm lags behind what it is sent.
    """
    waits_s = safety.request_timeout_s if fault.misses_requests else safety.state_timeout_s
    return waits_s + safety.stop_time_s + _ARM_LAG_S


def complaints(fault: Fault, handling: Handling, limit_s: float) -> list[str]:
    """Return what was wrong about how a fault was handled; empty where all was right.

    Args:
        fault: What broke.
        handling: What happened then.
        limit_s: Time within which the arm must rest [s].
    """
    wrong = []
    if handling.claimed and not handling.ended_well:
        wrong.append("it was said to be done, and is not")
    if unnamed(fault, handling) and not handling.fails_anyway:
        wrong.append(f"the reason was not named (any of {list(fault.words)})")
    must_rest = fault.holds or not handling.ended_well
    if must_rest and handling.rest_s > limit_s:
        wrong.append(f"the arm moved for {handling.rest_s:.2f} s, {limit_s:.2f} s is allowed")
    if too_fast(handling.fastest_share) and not handling.fast_anyway:
        wrong.append(f"a joint moved at {handling.fastest_share:.0%} of what is allowed")
    if handling.meanwhile:
        wrong.append(f"while it was broken {handling.meanwhile}")
    if handling.next_failure:
        wrong.append(f"afterwards {handling.next_failure}")
    return wrong


def too_fast(fastest_share: float) -> bool:
    """Return whether a joint moved faster than the gate allows."""
    return fastest_share > _SPEED_SLACK


def unnamed(fault: Fault, handling: Handling) -> bool:
    """Return whether a fault should have been named and was not.

    What does not hinder the instruction need not be: it succeeded, and truly so.
    """
    return not handling.ended_well and not any(map(fault.is_named_in, handling.said))


def with_unbroken(
    fault: Fault,
    handling: Handling,
    outcome: Outcome,
    unbroken: Callable[[], tuple[Outcome, float]],
) -> Handling:
    """Return a handling that knows how the same instruction goes where nothing breaks.

    Args:
        fault: What broke.
        handling: What happened then.
        outcome: How the instruction ended.
        unbroken: Carries it out again without the fault; asked only where that matters. Gives how
            it ends, and the largest joint speed as a share of what is allowed.
    """
    if not (unnamed(fault, handling) or too_fast(handling.fastest_share)):
        return handling
    ended, fastest_share = unbroken()
    alike = ended.reason is outcome.reason
    return replace(handling, fails_anyway=alike, fast_anyway=too_fast(fastest_share))


def told_outcome(
    outcome: Outcome, wrong: Sequence[str], handling: Handling, struck_ns: int
) -> Outcome:
    """Return an outcome that tells first what was wrong, with when it broke and when it rested."""
    figures = {
        **outcome.figures,
        "struck_s": struck_ns * 1e-9,
        "rest_s": handling.rest_s,
        "fastest_share": handling.fastest_share,
        "fails_anyway": float(handling.fails_anyway),
        "fast_anyway": float(handling.fast_anyway),
    }
    message = "; ".join([*wrong, outcome.message])
    return Outcome(outcome.reason, message, outcome.retries, figures)
