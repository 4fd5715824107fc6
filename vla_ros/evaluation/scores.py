"""Results of episodes and what they add up to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace

from scipy.stats import binomtest

from vla_ros.errors import VlaRosError
from vla_ros.evaluation.findings import Findings
from vla_ros.evaluation.suites import Episode
from vla_ros.evaluation.worlds import Judgement
from vla_ros.types import Json, Outcome

MEANS = ("duration_s", "path_length_m", "placement_error_m", "retries", "clips")
"""Figures whose means are told."""

_MOVED = ("duration_s", "path_length_m", "placement_error_m")


@dataclass(frozen=True, slots=True)
class EpisodeResult:
    """One scored episode.

    Attributes:
        seed: Seed of its scene and instruction.
        task: Name of the task.
        instruction: What was said.
        success: Whether the simulator's truth agrees that it was done.
        claimed: Whether the system said that it was done.
        reason: Name of the termination reason.
        message: The system's closing sentence.
        index: Its number in the suite.
        duration_s: Simulated time from the instruction to its end [s].
        path_length_m: Way of the tool that was asked for [m].
        placement_error_m: Distance between where a thing is and where it was to be [m], by truth;
            None where the task says no exact place, or failed.
        retries: Attempts after the first.
        clips: Requests that the safety gate clipped.
        refusals: Requests that the safety gate refused.
        figures: Further measured numbers by name.
        findings: What it adds to the suite's own measures.
    """

    seed: int
    task: str
    instruction: str
    success: bool
    claimed: bool
    reason: str
    message: str
    index: int = 0
    duration_s: float = 0.0
    path_length_m: float = 0.0
    placement_error_m: float | None = None
    retries: int = 0
    clips: int = 0
    refusals: int = 0
    figures: Mapping[str, float] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)

    def to_json(self) -> Json:
        """Return it as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Json) -> EpisodeResult:
        """Return the result that `to_json` wrote.

        Raises:
            ValueError: It is none.
        """
        if not isinstance(said, dict):
            raise ValueError(f"a result is an object, not {type(said).__name__}")
        missing = {spec.name for spec in fields(cls)} ^ set(said)
        if missing:
            raise ValueError(f"a result lacks or should not have {sorted(missing)}")
        return replace(cls(**said), findings=Findings.from_json(said["findings"]))


def result_of(
    episode: Episode,
    instruction: str,
    outcome: Outcome,
    judgement: Judgement,
    clips: int = 0,
    refusals: int = 0,
) -> EpisodeResult:
    """Return the result of an episode.

    Args:
        episode: Which episode it was.
        instruction: What was said.
        outcome: How the system said that it ended.
        judgement: What is true.
        clips: Requests that the safety gate clipped.
        refusals: Requests that it refused.
    """
    seen = outcome.figures.get("placement_error_m")
    figures = {name: value for name, value in outcome.figures.items() if name not in _MOVED}
    if seen is not None:
        figures["seen_placement_error_m"] = seen
    return EpisodeResult(
        seed=episode.seed,
        task=episode.task,
        instruction=instruction,
        success=judgement.success,
        claimed=outcome.success,
        reason=outcome.reason.name.lower(),
        message=outcome.message,
        index=episode.index,
        duration_s=outcome.figures.get("duration_s", 0.0),
        path_length_m=outcome.figures.get("path_length_m", 0.0),
        placement_error_m=judgement.placement_error_m,
        retries=outcome.retries,
        clips=clips,
        refusals=refusals,
        figures=figures,
    )


def broken_result(episode: Episode, error: VlaRosError) -> EpisodeResult:
    """Return the result of an episode that could not be carried through: a failure, named."""
    return EpisodeResult(
        seed=episode.seed,
        task=episode.task,
        instruction="",
        success=False,
        claimed=False,
        reason="not_run",
        message=str(error),
        index=episode.index,
    )


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
    claims = [result for result in results if result.claimed]
    return {
        "suite": suite,
        **_totals(results),
        "tasks": {name: _totals(by_task[name]) for name in sorted(by_task)},
        "claims": {
            "made": len(claims),
            "right": sum(result.success for result in claims),
        },
        "reasons": dict(Counter(result.reason for result in results).most_common()),
    }


def _totals(results: Sequence[EpisodeResult]) -> Json:
    successes = sum(result.success for result in results)
    totals: Json = {
        "episodes": len(results),
        "successes": successes,
        "success_rate": successes / len(results) if results else 0.0,
        "interval_95": list(wilson_interval(successes, len(results))),
    }
    for name in MEANS:
        values = [value for result in results if (value := getattr(result, name)) is not None]
        if values:
            totals[f"mean_{name}"] = sum(values) / len(values)
    return totals
