"""What the benchmarks compute, that each says how to be used, and that one of them runs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from measuring import Estimate, jitter_ms, mean, memory_mb, quantile, ratio, report

FOLDER = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "measuring")
HELP = """
import contextlib, io, json, runpy, sys
said = {}
for script in sys.argv[1:]:
    sys.argv = [script, "--help"]
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            runpy.run_path(script, run_name="__main__")
    except SystemExit as ended:
        said[script] = [ended.code, printed.getvalue()]
print(json.dumps(said))
"""


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_interval_of_a_quantile_holds_the_true_one_as_often_as_it_says(share):
    rng = np.random.default_rng(0)
    true = -np.log(1.0 - share)  # of the exponential distribution
    found = [quantile(rng.exponential(size=120), share) for _ in range(600)]
    held = np.mean([f.low <= true <= f.high for f in found])
    assert 0.93 < held < 0.99
    assert all(f.low <= f.value <= f.high for f in found)


def test_the_interval_of_few_samples_ends_at_the_extremes():
    assert quantile([3.0, 1.0, 2.0], 0.5) == Estimate(2.0, 1.0, 3.0)
    assert quantile([7.0], 0.99) == Estimate(7.0, 7.0, 7.0)


def test_a_ratio_of_medians():
    rng = np.random.default_rng(1)
    found = ratio(rng.normal(30.0, 1.0, 200), rng.normal(10.0, 1.0, 200))
    assert found.low < 3.0 < found.high
    assert found.high - found.low < 0.3


def test_a_rate_is_scaled_with_its_interval_the_right_way_round():
    found = mean([20.0, 30.0, 40.0], lambda seconds: 60.0 / seconds)
    assert found.value == pytest.approx(2.0)
    assert 1.5 <= found.low < 2.0 < found.high <= 3.0


def test_jitter_is_the_difference_from_the_period():
    stamps_ns = np.array([0, 10_000_000, 19_000_000, 32_000_000]) + 1_700_000_000_000_000_000
    np.testing.assert_allclose(jitter_ms(stamps_ns, 0.01), [0.0, 1.0, 3.0], atol=1e-9)


def test_memory_counts_what_this_process_takes():
    before = memory_mb()
    taken = np.ones(25_000_000, np.uint8)
    after = memory_mb()
    assert after["Private"] - before["Private"] == pytest.approx(taken.nbytes / 1e6, abs=8.0)
    assert after["Private"] <= after["Pss"] <= after["Rss"]


def test_a_report_writes_what_it_shows(tmp_path, capsys):
    file = tmp_path / "figures.json"
    rows = {"one": {"a [ms]": Estimate(1.5, 1.0, 2.0), "b": 3}, "two": {"b": 4}}
    report("Title", rows, file)
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("Title", "a [ms]", "1.50 (1.00 to 2.00)", "one", "two"))
    written = json.loads(file.read_text())
    assert written["rows"]["one"]["a [ms]"] == {"value": 1.5, "low": 1.0, "high": 2.0}
    assert written["rows"]["two"] == {"b": 4}


def test_every_script_says_how_to_be_used():
    pytest.importorskip("rclpy")
    command = [sys.executable, "-c", HELP, *(str(FOLDER / f"{name}.py") for name in SCRIPTS)]
    ran = subprocess.run(command, capture_output=True, text=True, env=_environment())
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert len(said) == len(SCRIPTS)
    for script, (code, text) in said.items():
        assert code == 0 and "usage" in text and len(text) > 200, script


def test_target_latency_runs_without_ros(tmp_path):
    pytest.importorskip("torch")
    file = tmp_path / "figures.json"
    few = ["--in-process", "--frames", "2", "--scenes", "1", "--json", str(file)]
    command = [sys.executable, str(FOLDER / "target_latency.py"), *few]
    ran = subprocess.run(command, capture_output=True, text=True, env=_environment())
    assert ran.returncode == 0, ran.stderr
    rows = json.loads(file.read_text())["rows"]
    assert {"transformers pipeline", "transformers Auto classes", "picture to targets"} < set(rows)
    bare = rows["bare call of the model"]
    assert bare["overhead [ms]"] == 0.0 and bare["times the bare call"]["value"] == 1.0
    assert rows["picture to targets"]["median [ms]"]["value"] > bare["median [ms]"]["low"]


def _environment():
    path = os.pathsep.join([str(FOLDER), str(FOLDER.parent), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path.rstrip(os.pathsep)}
