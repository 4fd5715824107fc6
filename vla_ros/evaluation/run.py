"""Runs a suite's episodes, in one process or several; the results don't depend on how many."""

from __future__ import annotations

import multiprocessing
import multiprocessing.util
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vla_ros.errors import ConfigError
from vla_ros.evaluation.scores import EpisodeResult, summarize
from vla_ros.evaluation.suites import BACKENDS, Episode, Suite, episodes_of, load_suite
from vla_ros.types import Json


class EpisodeRunner(Protocol):
    """Runs episodes one after another; owns a simulator and whatever runs on it."""

    def run(self, episode: Episode) -> EpisodeResult:
        """Run one episode and score it by the simulator's truth."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


@dataclass(frozen=True, slots=True)
class RunnerSpec:
    """How a worker makes its runner.

    Attributes:
        suite: What is run.
        backend: One of BACKENDS.
        in_process: The core alone instead of the ROS graph.
    """

    suite: Suite
    backend: str
    in_process: bool

    def create(self) -> EpisodeRunner:
        """Make the runner, in the process that will use it."""
        if self.in_process:
            from vla_ros.evaluation.in_process_runner import InProcessRunner

            return InProcessRunner(self.suite, self.backend)
        from vla_ros.ros.graph_runner import GraphRunner

        return GraphRunner(self.suite, self.backend)


def run_suite(
    name: str,
    *,
    episodes: int,
    seed: int,
    workers: int,
    backend: str,
    in_process: bool,
    console: Console,
) -> Json:
    """Run a suite and return its summary.

    Raises:
        ConfigError: The suite or the backend is unknown.
    """
    if backend not in BACKENDS:
        raise ConfigError(f"no backend '{backend}'; there are {list(BACKENDS)}")
    suite = load_suite(name)
    spec = RunnerSpec(suite, backend, in_process)
    planned = episodes_of(suite, episodes, seed)
    run = partial(_run_here, spec) if workers == 1 else partial(_run_apart, spec, workers)
    results = _with_progress(run, planned, suite, console)
    results.sort(key=lambda pair: pair[0])
    summary = summarize(suite.name, [result for _, result in results])
    summary.update(
        seed=seed,
        backend=backend,
        in_process=in_process,
        failures=[result.to_json() for _, result in results if not result.success],
    )
    return summary


Numbered = tuple[int, EpisodeResult]


def _with_progress(
    run: Callable[[Sequence[Episode]], Iterator[Numbered]],
    planned: Sequence[Episode],
    suite: Suite,
    console: Console,
) -> list[Numbered]:
    done: list[Numbered] = []
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(suite.name, total=len(planned), rate="")
        for number, result in run(planned):
            done.append((number, result))
            successes = sum(r.success for _, r in done)
            progress.update(bar, advance=1, rate=f"{successes / len(done):.0%} right")
            if not result.success:
                progress.console.print(
                    f"seed {result.seed} {result.task}: '{result.instruction}' -> "
                    f"{result.reason}: {result.message}",
                    highlight=False,
                    markup=False,
                )
    return done


def _run_here(spec: RunnerSpec, planned: Sequence[Episode]) -> Iterator[Numbered]:
    runner = spec.create()
    try:
        for episode in planned:
            yield episode.index, runner.run(episode)
    finally:
        runner.close()


def _run_apart(spec: RunnerSpec, workers: int, planned: Sequence[Episode]) -> Iterator[Numbered]:
    """Run in fresh processes: OpenGL and ROS contexts don't survive a fork."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start_worker, (spec,)) as pool:
        futures = [pool.submit(_run_in_worker, episode) for episode in planned]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


_runner: EpisodeRunner | None = None


def _start_worker(spec: RunnerSpec) -> None:
    global _runner
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    _runner = spec.create()
    multiprocessing.util.Finalize(None, _runner.close, exitpriority=10)


def _run_in_worker(episode: Episode) -> Numbered:
    assert _runner is not None
    return episode.index, _runner.run(episode)
