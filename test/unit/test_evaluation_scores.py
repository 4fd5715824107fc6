"""Scores against the formulas of the sources, not the library that computes them."""

from __future__ import annotations

from dataclasses import replace
from math import comb, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.errors import ConfigError, SimulationError, TerminationReason
from vla_ros.evaluation.comparison import compare, mcnemar_p
from vla_ros.evaluation.scores import (
    EpisodeResult,
    broken_result,
    result_of,
    summarize,
    wilson_interval,
)
from vla_ros.evaluation.suites import Episode
from vla_ros.evaluation.worlds import Judgement
from vla_ros.types import Outcome

Z_95 = 1.959963984540054


def result(index: int, success: bool, task: str = "pick", **more) -> EpisodeResult:
    return EpisodeResult(
        100 + index, task, f"say {index}", success, success, "succeeded", "Done.", index, **more
    )


@given(st.integers(1, 400), st.data())
def test_the_interval_is_wilsons(episodes, data):
    successes = data.draw(st.integers(0, episodes))
    p, z2 = successes / episodes, Z_95**2
    middle = (p + z2 / (2 * episodes)) / (1 + z2 / episodes)
    half = Z_95 * sqrt(p * (1 - p) / episodes + z2 / (4 * episodes**2)) / (1 + z2 / episodes)
    low, high = wilson_interval(successes, episodes)
    assert low == pytest.approx(middle - half, abs=1e-9)
    assert high == pytest.approx(middle + half, abs=1e-9)


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_p_value_counts_the_coin_tosses_at_least_as_uneven(only_first, only_second):
    n, least = only_first + only_second, max(only_first, only_second)
    tail = sum(comb(n, k) for k in range(least, n + 1)) / 2**n
    expected = min(1.0, 2.0 * tail) if only_first != only_second else 1.0
    assert mcnemar_p(only_first, only_second) == pytest.approx(expected, abs=1e-12)


def test_no_episodes_say_nothing():
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert mcnemar_p(0, 0) == 1.0


def test_a_summary_adds_up_per_task_and_overall():
    results = [
        result(0, True, duration_s=4.0, placement_error_m=0.01, clips=2),
        result(1, False, "push", duration_s=8.0),
        replace(result(2, False), claimed=True),
    ]
    summary = summarize("s", results)
    assert (summary["episodes"], summary["successes"]) == (3, 1)
    assert summary["success_rate"] == pytest.approx(1 / 3)
    assert summary["tasks"]["pick"]["episodes"] == 2
    assert summary["tasks"]["push"]["successes"] == 0
    assert summary["claims"] == {"made": 2, "right": 1}
    assert summary["mean_duration_s"] == pytest.approx(4.0)
    assert summary["tasks"]["pick"]["mean_placement_error_m"] == pytest.approx(0.01)
    assert "mean_placement_error_m" not in summary["tasks"]["push"]


def test_a_result_keeps_what_was_measured_and_what_is_true():
    figures = {"duration_s": 3.0, "path_length_m": 0.8, "placement_error_m": 0.5, "looks": 2.0}
    outcome = Outcome(TerminationReason.SUCCEEDED, "Done.", 1, figures)
    scored = result_of(
        Episode(4, 9, "put_in"), "put it in", outcome, Judgement(True, 0.02), clips=3, refusals=1
    )
    assert (scored.index, scored.seed, scored.reason) == (4, 9, "succeeded")
    assert (scored.duration_s, scored.path_length_m, scored.retries) == (3.0, 0.8, 1)
    assert scored.placement_error_m == 0.02, "the truth's, not what was seen"
    assert scored.figures == {"looks": 2.0, "seen_placement_error_m": 0.5}
    assert (scored.clips, scored.refusals) == (3, 1)


def test_a_result_survives_being_written_and_read():
    scored = result(3, True, figures={"looks": 2.0}, placement_error_m=0.1)
    assert EpisodeResult.from_json(scored.to_json()) == scored


@pytest.mark.parametrize("said", [[], 3, {}, {"seed": 1}, {**result(0, True).to_json(), "x": 1}])
def test_what_is_no_result_is_refused(said):
    with pytest.raises(ValueError, match="result"):
        EpisodeResult.from_json(said)


def test_an_episode_that_broke_is_a_failure_with_its_reason():
    broken = broken_result(Episode(2, 5, "pick"), SimulationError("diverged"))
    assert not broken.success and not broken.claimed
    assert (broken.index, broken.reason, broken.message) == (2, "not_run", "diverged")


def test_a_comparison_pairs_the_episodes_that_both_ran():
    first = [result(i, i in (0, 1)) for i in range(5)]
    second = [result(i, i in (1, 2, 3)) for i in range(4)]
    compared = compare(first, second)
    assert (compared["episodes"], compared["baseline_successes"], compared["successes"]) == (
        4,
        2,
        3,
    )
    assert (compared["only_baseline"], compared["only_this"]) == (1, 2)
    assert compared["p_value"] == pytest.approx(1.0)
    assert compared["tasks"]["pick"]["episodes"] == 4


def test_runs_of_other_episodes_are_not_compared():
    first = [result(0, True)]
    with pytest.raises(ConfigError, match="none of these"):
        compare(first, [result(1, True)])
    for other in (
        replace(first[0], seed=1),
        replace(first[0], task="push"),
        replace(first[0], instruction="say something else"),
    ):
        with pytest.raises(ConfigError, match="same suite and seed"):
            compare(first, [other])
