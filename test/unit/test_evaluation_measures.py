"""What episodes find adds up, survives being written, and is held against the suite's aims."""

from __future__ import annotations

from io import StringIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from vla_ros.cli_evaluate import _measures_table
from vla_ros.evaluation.aims import Aim
from vla_ros.evaluation.findings import Counter, Findings, Mistake
from vla_ros.evaluation.measure_rows import measure_rows
from vla_ros.evaluation.measures import measured, quantile_interval


def found(*answers: tuple[str, bool], errors: tuple[float, ...] = ()) -> Findings:
    counter = Counter()
    for name, right in answers:
        counter.count(name, right, "" if right else f"{name} was wrong")
    for error in errors:
        counter.add("error_mm", error)
    return counter.findings()


FIRST = found(("seen/red", True), ("seen/red", False), ("held", True), errors=(1.0, 2.0))
SECOND = found(("seen/blue", True), ("seen/red", True), errors=(9.0,))


def test_shares_add_up_over_episodes_and_groups():
    shares = measured([FIRST, SECOND, Findings()], {})["shares"]
    counts = {name: (total["count"], total["of"]) for name, total in shares.items()}
    assert counts == {"seen": (3, 4), "seen/red": (2, 3), "seen/blue": (1, 1), "held": (1, 1)}
    assert shares["seen"]["rate"] == 0.75
    low, high = shares["seen"]["interval_95"]
    assert low < 0.75 < high < 1.0


def test_an_aim_is_reached_by_the_figure_itself():
    aims = {"seen": ">= 0.75", "seen/red": ">= 0.7", "error_mm.median": "<= 1.9", "unasked": ">= 1"}
    totals = measured([FIRST, SECOND], aims)
    assert totals["shares"]["seen"]["reached"]
    assert not totals["shares"]["seen/red"]["reached"]
    assert not totals["quantities"]["error_mm.median"]["reached"]
    assert totals["quantities"]["error_mm.median"]["value"] == 2.0
    assert "aim" not in totals["shares"]["held"] and "unasked" not in totals["shares"]


def test_scores_are_compared_with_what_came_true():
    counter = Counter()
    for right in (True, True, False, False):
        counter.score(0.9, right)
    totals = measured([counter.findings()], {"calibration_error": "<= 0.05"})
    error = totals["quantities"]["calibration_error"]
    assert error["value"] == pytest.approx(0.4) and not error["reached"]


def test_suites_that_find_nothing_of_their_own_say_nothing():
    assert measured([Findings(), Findings()], {"seen": ">= 1"}) == {}


def test_findings_survive_being_written_and_read():
    assert Findings.from_json(FIRST.to_json()) == FIRST
    assert FIRST.mistakes == (Mistake("seen/red", "seen/red was wrong"),)
    with pytest.raises(ValueError, match="findings"):
        Findings.from_json({"shares": {}})


@pytest.mark.parametrize("text", ["0.99", "> 0.99", ">= many", "=> 1", ">= -1"])
def test_what_is_no_aim_is_refused(text):
    with pytest.raises(ValueError, match="aim"):
        Aim.parse(text)


@given(st.integers(40, 400), st.sampled_from([0.5, 0.9]), st.integers(0, 2**31))
def test_the_interval_of_a_quantile_holds_it(count, quantile, seed):
    values = np.random.default_rng(seed).exponential(size=count)
    low, high = quantile_interval(tuple(values), quantile)
    assert low <= np.quantile(values, quantile) <= high


def test_the_interval_of_a_median_covers_it_as_often_as_it_says():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(400):
        low, high = quantile_interval(tuple(rng.normal(size=61)), 0.5)
        inside += low <= 0.0 <= high
    assert 0.92 < inside / 400 <= 1.0


def test_the_table_says_what_was_missed():
    summary = measured([FIRST, SECOND], {"seen": ">= 0.8", "held": ">= 0.9"})
    rows = {row.name.strip(): row for row in measure_rows(summary)}
    assert rows["seen"].leads and rows["seen"].count == "3 of 4" and not rows["seen"].reached
    console = Console(width=160, record=True, file=StringIO())
    console.print(_measures_table(summary))
    said = console.export_text()
    assert ">= 0.8 MISSED" in said and ">= 0.9 reached" in said
