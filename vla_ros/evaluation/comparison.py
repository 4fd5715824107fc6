"""Two configurations on the same episodes: does one really do better than the other?"""

from __future__ import annotations

from collections.abc import Sequence

from scipy.stats import binomtest

from vla_ros.errors import ConfigError
from vla_ros.evaluation.scores import EpisodeResult, wilson_interval
from vla_ros.types import Json


def compare(first: Sequence[EpisodeResult], second: Sequence[EpisodeResult]) -> Json:
    """Return how two configurations differ on the episodes that both ran.

    The p-value is that of the exact McNemar test: the probability that two equally good
    configurations differ at least as unevenly on the episodes that only one of them got right.

    Args:
        first: Results of the baseline.
        second: Results of what is compared with it.

    Raises:
        ConfigError: They have no episode in common, or the same number means another episode.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated
    proportions or percentages", Psychometrika 12 (1947); exact form with the binomial
    distribution.
    """
    pairs = _paired(first, second)
    tasks = sorted({one.task for one, _ in pairs})
    return {
        **_difference(pairs),
        "tasks": {task: _difference([p for p in pairs if p[0].task == task]) for task in tasks},
    }


def mcnemar_p(only_first: int, only_second: int) -> float:
    """Return the two-sided exact p-value, given how often only one of the two succeeded."""
    differing = only_first + only_second
    return float(binomtest(only_first, differing, 0.5).pvalue) if differing else 1.0


Pair = tuple[EpisodeResult, EpisodeResult]


def _paired(first: Sequence[EpisodeResult], second: Sequence[EpisodeResult]) -> list[Pair]:
    """Return the results of the same episodes."""
    known = {result.index: result for result in first}
    pairs = [(known[result.index], result) for result in second if result.index in known]
    for one, other in pairs:
        if (one.seed, one.task) != (other.seed, other.task) or _reworded(one, other):
            raise ConfigError(
                f"episode {one.index} is '{one.instruction}' ({one.task}, seed {one.seed}) in the "
                f"baseline, but '{other.instruction}' ({other.task}, seed {other.seed}) here: "
                "compare runs of the same suite and seed"
            )
    if not pairs:
        raise ConfigError("the baseline has none of these episodes")
    return pairs


def _reworded(one: EpisodeResult, other: EpisodeResult) -> bool:
    """Whether two results tell of different instructions; one that was not run tells of none."""
    return bool(one.instruction and other.instruction) and one.instruction != other.instruction


def _difference(pairs: Sequence[Pair]) -> Json:
    only_first = sum(one.success and not other.success for one, other in pairs)
    only_second = sum(other.success and not one.success for one, other in pairs)
    first = sum(one.success for one, _ in pairs)
    second = sum(other.success for _, other in pairs)
    return {
        "episodes": len(pairs),
        "baseline_successes": first,
        "baseline_interval_95": list(wilson_interval(first, len(pairs))),
        "successes": second,
        "interval_95": list(wilson_interval(second, len(pairs))),
        "only_baseline": only_first,
        "only_this": only_second,
        "p_value": mcnemar_p(only_first, only_second),
    }
