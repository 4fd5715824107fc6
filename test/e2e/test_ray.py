"""Episodes on a Ray cluster of one machine: the same results, and workers that die are borne."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from vla_ros.errors import ConfigError
from vla_ros.evaluation import ray_workers
from vla_ros.evaluation.film import Media
from vla_ros.evaluation.ray_workers import MOST_TRIES, RayCluster
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.evaluation.suites import Episode, Suite, episodes_of, load_suite
from vla_ros.evaluation.workers import Ran, WorkerDied, run_apart, run_here

HERE = Path(__file__).parent
PROCESSORS = 2
PATIENCE_S = 240.0
HEAD_TRIES = 3
EVALUATE = (
    *(sys.executable, "-m", "vla_ros.cli", "evaluate"),
    *("--in-process", "--backend", "oracle"),
)
SUITE = Suite("cheap", "costs nothing", ("a",), 1.0)
EPISODES = episodes_of(SUITE, 5, 0)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Address of a head that only those who have its token can talk to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_worker_niceness": "0",  # otherwise workers starve where others work beside them
        "PYTHONPATH": os.pathsep.join(map(str, (HERE, HERE.parents[1]))),  # CheapSpec's module
    }
    # The folder holds sockets, whose paths must be short.
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(prefix="ray_", dir="/tmp") as folder,
    ):
        for name, value in variables.items():
            patch.setenv(name, value)
        head = started_head(Path(folder), port)
        try:
            yield f"127.0.0.1:{port}"
        finally:
            head.terminate()  # it ends what it has started
            head.wait(PATIENCE_S)


def started_head(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a head; Ray itself gives up after 30 s, which a busy machine may need longer for."""
    command = [
        *(str(Path(sys.executable).with_name("ray")), "start", "--head", "--block"),
        *("--port", str(port), "--num-cpus", str(PROCESSORS), "--include-dashboard", "false"),
        *("--object-store-memory", "80000000", "--disable-usage-stats"),
        *("--temp-dir", str(folder)),
    ]
    log = folder / "head.log"
    for _ in range(HEAD_TRIES):
        with log.open("wb") as written:
            head = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT)
        while head.poll() is None:
            if "Ray runtime started" in log.read_text():
                return head
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def on_cluster(address: str, spec: RunnerSpec, planned=EPISODES, workers=None) -> list[Ran]:
    ran = list(RayCluster(address, workers, lambda _: None).run(spec, planned))
    return sorted(ran, key=lambda one: one.result.index)


@dataclass(frozen=True, slots=True)
class CheapSpec(RunnerSpec):
    """Makes runners that cost nothing, and do something bad in episode 2.

    Attributes:
        bad: "die" ends the process, "refuse" raises ConfigError.
        once: A file that is left behind when it happens; then it does not happen again.
    """

    bad: str = ""
    once: str = ""

    def create(self) -> CheapRunner:
        return CheapRunner(self)


class CheapRunner:
    def __init__(self, spec: CheapSpec) -> None:
        self._spec = spec

    def run(self, episode: Episode) -> EpisodeResult:
        if episode.index == 2 and not (self._spec.once and Path(self._spec.once).exists()):
            if self._spec.once:
                Path(self._spec.once).touch()
            if self._spec.bad == "die":
                os._exit(1)
            if self._spec.bad == "refuse":
                raise ConfigError("there is no such thing")
        return EpisodeResult(episode.seed, episode.task, "do", False, False, "r", "", episode.index)

    def media(self) -> Media:
        return Media(b"picture", b"film" * 100_000)

    def close(self) -> None:
        pass


CHEAP = CheapSpec(SUITE, "oracle", True, filmed=True)


def test_results_are_those_of_one_process_and_of_two(address):
    suite = load_suite("tabletop")
    planned = episodes_of(suite, 2, 11)
    spec = RunnerSpec(suite, "oracle", True)
    here = list(run_here(spec, planned))
    apart = sorted(run_apart(2, spec, planned), key=lambda one: one.result.index)
    assert sum(one.result.success for one in here) == 2
    assert on_cluster(address, spec, planned) == here == apart


def test_an_episode_whose_worker_dies_is_run_by_another_one(address, tmp_path):
    once = tmp_path / "died"
    ran = on_cluster(address, replace(CHEAP, bad="die", once=str(once)))
    assert once.exists()
    assert ran == list(run_here(CHEAP, EPISODES))


def test_an_episode_that_ends_every_worker_is_given_up(address):
    with pytest.raises(WorkerDied, match=f"{MOST_TRIES} workers died at episode 2"):
        on_cluster(address, replace(CHEAP, bad="die"))


def test_an_error_of_ours_comes_back_as_itself(address):
    with pytest.raises(ConfigError, match=r"^there is no such thing$"):
        on_cluster(address, replace(CHEAP, bad="refuse"))


def test_a_machine_with_other_software_is_refused(address, monkeypatch):
    here = {**ray_workers.installation(), "mujoco": "0.1"}
    there = ray_workers.installation()["mujoco"]
    monkeypatch.setattr(ray_workers, "installation", lambda: here)
    with pytest.raises(ConfigError, match=rf"mujoco {there} there and 0\.1 here"):
        on_cluster(address, CHEAP)


def test_a_worker_that_fits_on_no_machine_is_not_waited_for(address, monkeypatch):
    monkeypatch.setattr(ray_workers, "_CORE_PROCESSORS", PROCESSORS + 1)
    with pytest.raises(ConfigError, match=r"have \[2\]"):
        on_cluster(address, CHEAP)
    monkeypatch.setattr(ray_workers, "START_LIMIT_S", 1.0)
    with pytest.raises(ConfigError, match="no worker has started"):
        on_cluster(address, CHEAP, workers=1)


def test_a_wrong_token_is_told(address):
    variables = dict(os.environ, RAY_AUTH_TOKEN=secrets.token_hex(32))  # read once in a process
    told = subprocess.run(
        [*EVALUATE, "--episodes", "1", "--ray", address],
        env=variables, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert told.returncode == 1 and not told.stdout
    assert "no Ray cluster can be joined" in told.stderr
    assert "Traceback" not in told.stderr


def test_ctrl_c_leaves_no_worker(address, tmp_path):
    command = [*EVALUATE, "--episodes", "500", "--ray", address, "--out", str(tmp_path / "out")]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    results = tmp_path / "out" / "results.jsonl"
    deadline = time.monotonic() + PATIENCE_S
    while not (results.exists() and results.read_text()):
        assert running.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    assert free_processors(address) == 0
    running.send_signal(signal.SIGINT)
    assert running.wait(60.0) != 0
    deadline = time.monotonic() + 60.0
    while free_processors(address) < PROCESSORS:
        assert time.monotonic() < deadline
        time.sleep(0.5)


def free_processors(address: str) -> int:
    import ray

    ray.init(address=address, log_to_driver=False, logging_level="error")
    try:
        return int(ray.available_resources().get("CPU", 0))
    finally:
        ray.shutdown()
