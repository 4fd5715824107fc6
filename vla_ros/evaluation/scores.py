"""Results of episodes and what they add up to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from scipy.stats import binomtest

from vla_ros.types import Json


@dataclass(frozen=True, slots=True)
class EpisodeResult:
    """One scored episode.

    Attributes:
        seed: Seed of its scene and instruction.
        task: Name of the task family.
        instruction: What was said.
        success: Whether the simulator's truth agrees that it was done.
        claimed: Whether the system said that it was done.
        reason: Name of the termination reason.
        message: The system's closing sentence.
        figures: Measured numbers by name.
    """

    seed: int
    task: str
    instruction: str
    success: bool
    claimed: bool
    reason: str
    message: str
    figures: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> Json:
        """Return it as a JSON object."""
        return asdict(self)


def wilson_interval(successes: int, episodes: int) -> tuple[float, float]:
    """Return the two-sided 95 % Wilson score interval of a success rate.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927).
    """
    if episodes == 0:
        return 0.0, 1.0
    interval = binomtest(successes, episodes).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def summarize(suite: str, results: Sequence[EpisodeResult]) -> Json:
    """Return the totals of a suite, per task and overall."""
    by_task: dict[str, list[EpisodeResult]] = defaultdict(list)
    for result in results:
        by_task[result.task].append(result)
    successes = sum(result.success for result in results)
    claims = [result for result in results if result.claimed]
    return {
        "suite": suite,
        "episodes": len(results),
        "successes": successes,
        "success_rate": successes / len(results) if results else 0.0,
        "interval_95": list(wilson_interval(successes, len(results))),
        "tasks": {name: _task_summary(by_task[name]) for name in sorted(by_task)},
        "claims": {
            "made": len(claims),
            "right": sum(result.success for result in claims),
        },
        "reasons": dict(Counter(result.reason for result in results).most_common()),
    }


def _task_summary(results: Sequence[EpisodeResult]) -> Json:
    successes = sum(result.success for result in results)
    summary: Json = {
        "episodes": len(results),
        "successes": successes,
        "interval_95": list(wilson_interval(successes, len(results))),
    }
    for figure in ("duration_s", "retries", "placement_error_m"):
        values = [r.figures[figure] for r in results if figure in r.figures]
        if values:
            summary[f"mean_{figure}"] = sum(values) / len(values)
    return summary
