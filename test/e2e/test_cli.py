"""The vla-ros command as people call it: help, JSON, one-line errors, reproducible scores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from vla_ros import cli

COMMANDS = ("demo", "evaluate", "ground", "parse", "doctor", "train")
TASK_FIELDS = {"skill", "object", "destination", "relation", "count"}


class Ran:
    """What a command said and how it ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def last_object(self) -> dict:
        return json.loads(self.out.strip().splitlines()[-1])


@pytest.fixture
def vla_ros(monkeypatch, capsys):
    """Run the command in this process."""

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["vla-ros", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
            raise SystemExit(0)
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


def evaluate(*arguments: str) -> dict:
    """Run an evaluation in a process of its own, as workers need a main module."""
    command = [sys.executable, "-m", "vla_ros.cli", "evaluate", "--in-process", "--json"]
    environment = dict(os.environ, OMP_NUM_THREADS="1", MUJOCO_GL=os.environ["MUJOCO_GL"])
    ended = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, env=environment, timeout=900
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_it_does(vla_ros, command):
    ran = vla_ros(command, "--help")
    assert ran.status == 0
    assert "Usage" in ran.out and "--help" in ran.out
    assert not ran.err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "please put the red cube in the bowl",
            [{"skill": "put_in", "object": "red cube", "destination": "bowl", "relation": "in"}],
        ),
        (
            "pick up the green can, then go home",
            [{"skill": "pick", "object": "green can"}, {"skill": "home", "object": None}],
        ),
    ],
)
def test_parse_says_what_it_understood_as_json(vla_ros, text, expected):
    ran = vla_ros("parse", text, "--json")
    assert ran.status == 0
    understood = ran.last_object
    assert set(understood) == {"tasks", "refusal", "question"}
    assert understood["refusal"] is None and understood["question"] is None
    assert len(understood["tasks"]) == len(expected)
    for task, wanted in zip(understood["tasks"], expected, strict=True):
        assert set(task) == TASK_FIELDS
        assert wanted.items() <= task.items()


@pytest.mark.parametrize("text", ["", "colourless green ideas sleep furiously", "x" * 10_000])
def test_parse_refuses_with_a_reason(vla_ros, text):
    understood = vla_ros("parse", text, "--json").last_object
    assert understood["tasks"] == []
    assert understood["refusal"] or understood["question"]


def test_the_doctor_names_a_fault_and_its_remedy(vla_ros):
    ran = vla_ros("doctor", "--robot", "no_such_robot", "--seconds", "0.5", "--json")
    assert ran.status == 1
    findings = ran.last_object["findings"]
    assert all(finding["verdict"] in ("ok", "note", "fault") for finding in findings)
    robot = next(f for f in findings if "no_such_robot" in f["found"])
    assert robot["verdict"] == "fault" and robot["remedy"]


def picture(folder: Path) -> str:
    path = folder / "grey.png"
    cv2.imwrite(str(path), np.full((120, 160, 3), 128, np.uint8))
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("evaluate", "--suite", "kitchen"), "kitchen"),
        (("evaluate", "--backend", "psychic"), "psychic"),
        (("evaluate", "--suite", "speech", "--workers", "2", "--in-process"), "--workers, --in-p"),
        (("ground", "{folder}/no_such.png", "red cube"), "no_such.png"),
        (("ground", "{folder}/notes.txt", "red cube"), "notes.txt"),
        (("ground", "{picture}", ""), "empty"),
        (("ground", "{picture}", "red cube", "--model", "{folder}"), "model.onnx"),
        (("ground", "{picture}", "red cube", "--model", "psychic"), "psychic"),
        (("demo", "go home", "--robot", "no_such_robot"), "no_such_robot"),
        (("demo", "go home", "--robot", "{folder}/no_such.yaml"), "no_such.yaml"),
        (("demo", "go home", "--view", "--headless"), "--headless"),
        (("evaluate", "--suite", "kitchen[models]" + "x" * 200), "kitchen[models]xx"),
    ],
)
def test_an_error_is_one_line_that_names_what_is_wrong(vla_ros, tmp_path, arguments, words):
    (tmp_path / "notes.txt").write_text("no picture")
    fill = {"folder": str(tmp_path), "picture": picture(tmp_path)}
    ran = vla_ros(*(argument.format(**fill) for argument in arguments))
    assert ran.status not in (0, None)
    *progress, last = ran.err.strip().splitlines()
    assert last.startswith("vla-ros: ") and words in last, ran.err
    assert all(line.startswith("starting the graph") for line in progress), ran.err
    assert not ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "--episodes", "0"),
        ("evaluate", "--workers", "two"),
        ("ground", "picture.png"),
        ("dance",),
    ],
)
def test_wrong_usage_is_told_with_status_2(vla_ros, arguments):
    ran = vla_ros(*arguments)
    assert ran.status == 2
    assert "Traceback" not in ran.err and ran.err.strip()


def test_the_list_of_suites_says_what_each_measures(vla_ros):
    ran = vla_ros("evaluate", "--list")
    assert ran.status == 0 and not ran.err
    assert all(name in ran.out for name in ("tabletop", "verification", "speech", "place_beside"))


def test_scores_do_not_depend_on_the_number_of_workers():
    ask = ("--backend", "oracle", "--episodes", "4", "--seed", "11")
    alone = evaluate(*ask)
    together = evaluate(*ask, "--workers", "2")
    assert together == alone
    assert alone["episodes"] == sum(t["episodes"] for t in alone["tasks"].values()) == 4
    assert alone["successes"] == sum(t["successes"] for t in alone["tasks"].values()) >= 3, alone
    low, high = alone["interval_95"]
    assert 0.0 <= low <= alone["success_rate"] <= high <= 1.0


def test_chance_alone_scores_nothing():
    summary = evaluate("--backend", "random", "--episodes", "4", "--seed", "11")
    assert summary["successes"] <= 1, summary
