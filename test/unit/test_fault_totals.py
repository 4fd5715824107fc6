"""What became of each fault over many tries, and where people read it."""

from __future__ import annotations

import pytest

from vla_ros.evaluation.faults.table import FAULTS
from vla_ros.evaluation.faults.totals import fault_totals
from vla_ros.evaluation.report import write_report
from vla_ros.evaluation.scores import EpisodeResult, summarize


def result(index: int, task: str, success: bool, reason: str, **figures: float) -> EpisodeResult:
    text = "put it there"
    return EpisodeResult(
        index, task, text, success, False, reason, "It ended.", index, figures=figures
    )


RESULTS = [
    result(0, "flood", True, "succeeded", struck_s=1.0, rest_s=0.02),
    result(1, "camera_black", True, "camera_stale", struck_s=2.0, rest_s=0.10),
    result(2, "camera_black", False, "camera_stale", struck_s=7.0, rest_s=0.45, fast_anyway=0.0),
    result(3, "camera_black", True, "verification_failed", struck_s=3.0, fails_anyway=1.0),
    result(4, "camera_black", False, "not_run"),
]


def test_each_fault_is_counted_with_how_it_ended():
    totals = fault_totals(RESULTS)
    assert list(totals) == [name for name in FAULTS if name in ("flood", "camera_black")]
    black = totals["camera_black"]
    assert (black["tries"], black["right"], black["anyway"]) == (4, 2, 1)
    assert black["reasons"] == {"camera_stale": 2, "verification_failed": 1, "not_run": 1}
    assert black["longest_rest_s"] == 0.45
    low, high = black["interval_95"]
    assert low == pytest.approx(1 - high) and low < 0.5, "2 of 4 is in the middle"


def test_where_nothing_broke_there_is_no_table():
    assert fault_totals([result(0, "pick", True, "succeeded")]) == {}


def test_the_report_shows_the_table(tmp_path):
    summary = {
        **summarize("faults", RESULTS),
        "seed": 0,
        "backend": "oracle",
        "in_process": True,
        "faults": fault_totals(RESULTS),
    }
    suite = {"name": "faults", "description": "what breaks"}
    identity = {"suite": suite, "robot": "default", "params_file": ""}
    page = write_report(tmp_path, identity, summary, RESULTS).read_text(encoding="utf-8")
    row = next(row for row in page.split("<tr>") if "pictures are black" in row)
    for shown in ("camera black", "2 of 4", "camera stale 50 %", "not run 25 %", "<td>0.45</td>"):
        assert shown in row
