"""Evaluations broken off, gone on with, compared and reported, with a runner of no cost."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from typing import ClassVar

import numpy as np
import pytest
import yaml
from rich.console import Console

from vla_ros.errors import ConfigError, SimulationError
from vla_ros.evaluation import run as run_module
from vla_ros.evaluation import runners
from vla_ros.evaluation.film import MOST_SHOTS, Film, Media
from vla_ros.evaluation.record import RunFolder, media_files, read_results
from vla_ros.evaluation.report import REPORT_FILE, shown_failures, write_report
from vla_ros.evaluation.run import EvaluationPlan, evaluate
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.evaluation.suites import Episode

EVIL = '<script>alert("x")</script> & put'
MEDIA = Media(b"\xff\xd8jpeg", b"mp4" * 100)


class CheapRunner:
    """Fails every third episode, and breaks at those in `breaking`; counts what it ran."""

    ran: ClassVar[list[int]] = []
    breaking: ClassVar[set[int]] = set()
    interrupted_at = -1

    def __init__(self, spec) -> None:
        self.spec = spec

    def run(self, episode: Episode) -> EpisodeResult:
        if episode.index == self.interrupted_at:
            raise KeyboardInterrupt
        self.ran.append(episode.index)
        if episode.index in self.breaking:
            raise SimulationError("the physics diverged")
        success = episode.index % 3 != 0 or self.spec.backend == "oracle"
        return EpisodeResult(
            episode.seed, episode.task, EVIL, success, success, "succeeded", "Done.", episode.index,
            duration_s=1.0 + episode.index,
        )  # fmt: skip

    def media(self) -> Media:
        return MEDIA

    def close(self) -> None:
        pass


@pytest.fixture
def reported(plan, monkeypatch) -> EvaluationPlan:
    """A plan whose report is written; plots take time."""
    monkeypatch.setattr(run_module, "write_report", write_report)
    return plan


@pytest.fixture
def plan(tmp_path, monkeypatch) -> EvaluationPlan:
    entry = runners.RunnerEntry(f"{__name__}:CheapRunner", f"{__name__}:CheapRunner")
    monkeypatch.setattr(run_module, "write_report", lambda *_: None)
    monkeypatch.setitem(runners.RUNNERS, "cheap", entry)
    monkeypatch.setattr(CheapRunner, "ran", [])
    monkeypatch.setattr(CheapRunner, "breaking", set())
    monkeypatch.setattr(CheapRunner, "interrupted_at", -1)
    suite = {"description": "d", "tasks": ["a", "b"], "horizon_s": 1.0, "runner": "cheap"}
    (tmp_path / "cheap.yaml").write_text(yaml.safe_dump(suite))
    return EvaluationPlan(
        str(tmp_path / "cheap.yaml"), 7, 50, in_process=True, out=tmp_path / "out"
    )


def run(plan: EvaluationPlan) -> dict:
    return evaluate(plan, Console(quiet=True))


def test_a_run_that_was_broken_off_goes_on_and_ends_the_same(plan, tmp_path, monkeypatch):
    whole = run(replace(plan, out=tmp_path / "whole"))
    CheapRunner.ran.clear()
    monkeypatch.setattr(CheapRunner, "interrupted_at", 4)
    told = StringIO()
    with pytest.raises(KeyboardInterrupt):
        evaluate(plan, Console(file=told, width=1000))
    assert "4 of 7 episodes are kept" in told.getvalue()
    # The process was killed in the middle of a line.
    with (plan.out / "results.jsonl").open("ab") as file:
        file.write(b'{"seed": 54, "task": "a", "instr')
    monkeypatch.setattr(CheapRunner, "interrupted_at", -1)
    assert run(plan) == whole
    assert CheapRunner.ran == [0, 1, 2, 3, 4, 5, 6], "each episode ran once"
    for name in ("results.jsonl", "summary.json", "run.json"):
        assert (plan.out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    CheapRunner.ran.clear()
    assert run(plan) == whole and not CheapRunner.ran, "nothing is left to do"
    assert run(replace(plan, episodes=9))["episodes"] == 9 and CheapRunner.ran == [7, 8]


def test_an_episode_that_breaks_is_a_failure_and_is_tried_again_the_next_time(plan, monkeypatch):
    monkeypatch.setattr(CheapRunner, "breaking", {2})
    summary = run(plan)
    assert summary["successes"] == 3 and summary["reasons"]["not_run"] == 1
    monkeypatch.setattr(CheapRunner, "breaking", set())
    CheapRunner.ran.clear()
    assert run(plan)["successes"] == 4 and CheapRunner.ran == [2]


@pytest.mark.parametrize(
    ("change", "word"),
    [({"seed": 51}, "seed"), ({"backend": "random"}, "backend"), ({"in_process": False}, "in_pro")],
)
def test_another_evaluation_does_not_go_into_the_same_folder(plan, change, word):
    run(plan)
    with pytest.raises(ConfigError, match=word):
        run(replace(plan, **change))


def test_two_processes_do_not_write_one_folder(plan):
    run(plan)
    identity, _ = read_results(plan.out)
    with RunFolder(plan.out, identity), pytest.raises(ConfigError, match="another process"):
        run(plan)


@pytest.mark.parametrize("line", ["[]", "nonsense", "{}", "x" * 200_000])
def test_a_line_that_is_no_result_is_named(plan, line):
    run(plan)
    path = plan.out / "results.jsonl"
    path.write_text(line + "\n" + path.read_text())
    with pytest.raises(ConfigError, match="line 1"):
        run(plan)


def test_a_folder_without_an_evaluation_is_no_baseline(plan, tmp_path):
    with pytest.raises(ConfigError, match="no evaluation"):
        run(replace(plan, baseline=tmp_path / "none"))


def test_two_configurations_are_compared_on_the_same_episodes(plan, tmp_path):
    run(plan)
    better = run(replace(plan, backend="oracle", out=tmp_path / "better", baseline=plan.out))
    better = better["comparison"]
    assert (better["baseline_successes"], better["successes"]) == (4, 7)
    assert (better["only_baseline"], better["only_this"]) == (0, 3)
    assert better["p_value"] == pytest.approx(2 / 2**3)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.said = ""

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.said += data


def test_the_report_needs_nothing_else_and_takes_no_instruction_as_markup(reported, tmp_path):
    run(replace(reported, backend="oracle", out=tmp_path / "baseline", episodes=2))
    summary = run(replace(reported, baseline=tmp_path / "baseline"))
    page = (reported.out / REPORT_FILE).read_text()
    tags = Tags()
    tags.feed(page)
    names = [tag for tag, _ in tags.found]
    assert "script" not in names and EVIL in tags.said
    sources = [a[key] for _, a in tags.found for key in ("src", "poster") if key in a]
    assert sources and all(source.startswith("data:") for source in sources)
    assert not re.search(r"""(?:href|src)=["']https?:""", page)
    assert names.count("video") == len(summary["failures"]) == 3
    assert names.count("svg") == 4
    assert "McNemar" in tags.said
    assert "mujoco" in tags.said, "which software it was"
    assert "4 of 7" in tags.said and "57.1 %" in tags.said


def test_films_beyond_the_limit_are_linked_not_embedded(plan):
    run(plan)
    wrong = [r for r in read_results(plan.out)[1] if not r.success]
    room_for_one = len(MEDIA.picture_jpeg) + len(MEDIA.film_mp4)
    shown = shown_failures(plan.out, wrong, most_bytes=room_for_one)
    assert [failure.embedded for failure in shown] == [True, False, False]
    assert (plan.out / shown[1].film).read_bytes() == MEDIA.film_mp4
    media_files(plan.out, wrong[2].index)[0].unlink()
    assert shown_failures(plan.out, wrong)[2].film == ""


def test_json_holds_what_the_interface_promises(plan):
    summary = json.loads(json.dumps(run(plan)))
    promised = {"suite", "episodes", "successes", "success_rate", "interval_95", "tasks"}
    assert promised <= set(summary)
    assert {"episodes", "successes"} <= set(summary["tasks"]["a"])


def test_a_film_stays_short_however_long_the_episode_is():
    kept: list[int] = []
    film = Film(lambda: lambda: kept.append(1) or np.zeros((2, 2, 3), np.uint8))
    for now_ns in range(0, 400_000_000_000, 10_000_000):
        film.tick(now_ns)
    times = [at_ns for at_ns, _ in film._shots]
    assert MOST_SHOTS // 2 <= len(times) <= MOST_SHOTS
    assert len(set(np.diff(times))) == 1, "evenly spread"
    assert times[0] == 0 and times[-1] > 380_000_000_000
    assert not kept, "nothing is drawn before it is wanted"


def test_a_film_of_nothing_is_none():
    assert Film(lambda: lambda: np.zeros((2, 2, 3), np.uint8)).develop() is None


def test_a_film_is_a_picture_and_a_video():
    film = Film(lambda: lambda: np.full((48, 64, 3), 120, np.uint8))
    film.tick(0)
    film.keep(300_000_000)
    media = film.develop()
    assert media.picture_jpeg.startswith(b"\xff\xd8") and b"ftyp" in media.film_mp4[:16]


@pytest.mark.parametrize("robot", ["fr3", "so101"])
def test_a_robot_that_the_simulator_does_not_hold_is_named(robot):
    plan = EvaluationPlan("tabletop", 1, 0, backend="oracle", in_process=True, robot=robot)
    with pytest.raises(ConfigError, match="the embedded simulator holds this project's own arm"):
        run(plan)
