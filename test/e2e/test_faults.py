"""Faults of each part that may break, at a moment of the episode's seed, with truth for eyes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vla_ros.errors import ConfigError
from vla_ros.evaluation.faults.in_process_runner import InProcessFaultRunner
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.suites import Episode, load_suite

SUITE = load_suite("faults")


@pytest.fixture(scope="module")
def runner() -> Iterator[InProcessFaultRunner]:
    made = InProcessFaultRunner(RunnerSpec(SUITE, "oracle", in_process=True))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("seed", "fault", "reason"),
    [
        (3, "camera_upside_down", "camera_stale"),
        (8, "joint_states_nan", "joint_states_stale"),
        (10, "controller_stops", "controller_not_moving"),
    ],
)
def test_a_fault_is_held_named_and_survived(runner, seed, fault, reason):
    result = runner.run(Episode(0, seed, fault))
    assert result.success, result.message
    assert result.reason == reason
    assert 0.0 < result.figures["fastest_share"] < 1.0


def test_a_network_that_drops_is_named_and_survived(tmp_path):
    hasty = tmp_path / "hasty.yaml"
    hasty.write_text(
        "/**/grounding:\n  ros__parameters: {server_timeout_s: 3.0, server_pause_s: 3.0}\n"
    )
    suite = load_suite("faults_network")
    runner = InProcessFaultRunner(
        RunnerSpec(suite, "oracle", in_process=True, params_file=str(hasty))
    )
    results = [runner.run(Episode(0, 6, fault)) for fault in suite.tasks]
    runner.close()
    assert [result.success for result in results] == [True, True], results
    assert {result.reason for result in results} == {"model_error"}


def test_what_needs_processes_is_not_run_without_them():
    suite = load_suite("faults_graph")
    with pytest.raises(ConfigError, match="--in-process"):
        InProcessFaultRunner(RunnerSpec(suite, "oracle", in_process=True))
