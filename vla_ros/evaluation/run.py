"""Runs a suite's episodes; the results don't depend on how many processes did, nor on breaks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from vla_ros.errors import ConfigError
from vla_ros.evaluation.comparison import compare
from vla_ros.evaluation.faults.totals import fault_totals
from vla_ros.evaluation.installation import installation
from vla_ros.evaluation.measures import measured
from vla_ros.evaluation.progress import told
from vla_ros.evaluation.ray_workers import RayCluster
from vla_ros.evaluation.record import RunFolder, read_results
from vla_ros.evaluation.report import REPORT_FILE, require_report_packages, write_report
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult, summarize
from vla_ros.evaluation.suites import BACKENDS, Episode, episodes_of, load_suite
from vla_ros.evaluation.workers import Ran, run_apart, run_here
from vla_ros.types import Json

RunEpisodes = Callable[[RunnerSpec, Sequence[Episode]], Iterator[Ran]]


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """What to evaluate, and how.

    Attributes:
        suite: Name or YAML file of the suite.
        episodes: Number of episodes.
        seed: Seed of the first episode.
        workers: Processes that run episodes; None for one, or on a cluster for as many as there
            is room for.
        backend: One of BACKENDS.
        in_process: The core alone instead of the ROS graph.
        robot: A robot's name or YAML file.
        params_file: A YAML file of parameters that wins over the robot's, or "".
        out: Folder that keeps everything, or None.
        baseline: Folder of an earlier evaluation to compare with, or None.
        ray: Address of the Ray cluster that runs the episodes, "" for this machine alone.
    """

    suite: str
    episodes: int
    seed: int
    workers: int | None = None
    backend: str = "default"
    in_process: bool = False
    robot: str = "default"
    params_file: str = ""
    out: Path | None = None
    baseline: Path | None = None
    ray: str = ""


def evaluate(plan: EvaluationPlan, console: Console) -> Json:
    """Run a suite and return its summary.

    Raises:
        ConfigError: The suite, the backend or the robot is unknown, `out` holds another
            evaluation, or the baseline is none of the same episodes.
    """
    if plan.backend not in BACKENDS:
        raise ConfigError(f"no backend '{plan.backend}'; there are {list(BACKENDS)}")
    if plan.out is not None:
        require_report_packages()
    suite = load_suite(plan.suite)
    spec = RunnerSpec(
        suite,
        plan.backend,
        plan.in_process,
        plan.robot,
        plan.params_file,
        filmed=plan.out is not None,
    )
    identity = _identity(spec, plan.seed)
    baseline = read_results(plan.baseline)[1] if plan.baseline is not None else None
    planned = episodes_of(suite, plan.episodes, plan.seed)
    console.print(
        f"suite {suite.name}: {len(planned)} episodes, seeds {plan.seed} to "
        f"{plan.seed + plan.episodes - 1}, backend {plan.backend}",
        highlight=False,
    )
    folder = RunFolder(plan.out, identity) if plan.out is not None else None
    with folder or nullcontext():
        results = _run(_way_to_run(plan, console), spec, planned, folder, console)
        summary = summarize(suite.name, results)
        summary.update(
            seed=plan.seed,
            backend=plan.backend,
            in_process=plan.in_process,
            failures=[result.to_json() for result in results if not result.success],
        )
        summary |= measured([result.findings for result in results], suite.aims)
        faults = fault_totals(results)
        if faults:
            summary["faults"] = faults
        if baseline is not None:
            summary["comparison"] = compare(baseline, results)
        if folder is not None:
            folder.finish(summary)
            write_report(folder.folder, identity, summary, results)
            console.print(f"report: {folder.folder / REPORT_FILE}", highlight=False)
    return summary


def _way_to_run(plan: EvaluationPlan, console: Console) -> RunEpisodes:
    """Return what runs the episodes: this process, several, or a cluster."""
    if plan.ray:
        tell = partial(console.print, highlight=False, markup=False)
        return RayCluster(plan.ray, plan.workers, tell).run
    if plan.workers is None or plan.workers == 1:
        return run_here
    return partial(run_apart, plan.workers)


def _run(
    run: RunEpisodes,
    spec: RunnerSpec,
    planned: Sequence[Episode],
    folder: RunFolder | None,
    console: Console,
) -> list[EpisodeResult]:
    """Run what has not been run yet; return the results of all in the order of the episodes."""
    done = dict(folder.results) if folder is not None else {}
    left = [episode for episode in planned if episode.index not in done]
    earlier = [done[episode.index] for episode in planned if episode.index in done]
    fresh: Iterable[Ran] = run(spec, left) if left else ()
    try:
        for ran in told(fresh, spec.suite.name, earlier, len(planned), console):
            done[ran.result.index] = ran.result
            if folder is not None:
                folder.add(ran.result, ran.media)
    except KeyboardInterrupt:
        if folder is not None:
            kept = f"{len(done)} of {len(planned)} episodes are kept in {folder.folder}"
            console.print(f"{kept}: the same command goes on from there", highlight=False)
        raise
    return [done[episode.index] for episode in planned]


def _identity(spec: RunnerSpec, seed: int) -> Json:
    """Return what decides the results: two runs of one identity may be put together."""
    parameters = hashlib.sha256(b"".join(path.read_bytes() for path in spec.files))
    return {
        "suite": asdict(spec.suite),
        "seed": seed,
        "backend": spec.backend,
        "in_process": spec.in_process,
        "robot": Path(spec.robot).name,
        "params_file": Path(spec.params_file).name,
        "parameters": parameters.hexdigest()[:16],
        "software": installation(),
    }
