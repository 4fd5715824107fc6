"""What the benchmarks share: options, quantiles with intervals, reports, graphs to measure."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from scipy.stats import binom

if TYPE_CHECKING:
    from vla_ros.ros.process_graph import ProcessGraph
    from vla_ros.types import Observation

PHRASES = ("red cube", "bowl")
"""What is looked for where a benchmark doesn't say."""
_FOLDER = Path(__file__).parent
_TAILS = (0.025, 0.975)
_RESAMPLES = 2000
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval, in the unit of what it was made from."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return it as a table shows it."""
        digits = 0 if abs(self.value) >= 100.0 else 1 if abs(self.value) >= 10.0 else 2
        value, low, high = (f"{v:.{digits}f}" for v in (self.value, self.low, self.high))
        return f"{value} ({low} to {high})"


Value = Estimate | float | int | str


def quantile(values: Sequence[float] | np.ndarray, share: float) -> Estimate:
    """Return a quantile with its distribution-free interval.

    The number of samples below the true quantile is binomial, so that it lies between two of the
    ordered samples. With too few of them for that the interval ends at the extremes.

    Args:
        values: (N,) samples, N >= 1.
        share: 0.5 for the median.
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    count = len(ordered)
    low, high = binom.ppf(_TAILS, count, share).astype(int)
    return Estimate(
        float(np.quantile(ordered, share)),
        float(ordered[max(low - 1, 0)]),
        float(ordered[min(high, count - 1)]),
    )


def ratio(values: Sequence[float], to: Sequence[float]) -> Estimate:
    """Return how many times as large a median is as another, with its bootstrap interval."""
    low, high = np.quantile(_resampled(values, np.median) / _resampled(to, np.median), _TAILS)
    return Estimate(float(np.median(values) / np.median(to)), float(low), float(high))


def mean(values: Sequence[float], scale: Callable[[float], float] = float) -> Estimate:
    """Return what a monotonic scale makes of a mean, with its bootstrap interval."""
    ends = sorted(scale(float(end)) for end in np.quantile(_resampled(values, np.mean), _TAILS))
    return Estimate(scale(float(np.mean(values))), ends[0], ends[1])


def _resampled(values: Sequence[float], statistic: Callable[..., Any]) -> np.ndarray:
    """Return (R,) a statistic of samples drawn from a sample; the same each time."""
    sample = np.asarray(values, dtype=float)
    picked = np.random.default_rng(0).integers(len(sample), size=(_RESAMPLES, len(sample)))
    return np.asarray(statistic(sample[picked], axis=1))


def jitter_ms(stamps_ns: Sequence[int], period_s: float) -> np.ndarray:
    """Return (N-1,) by how much each period between N ticks [ns] differs from its length [ms]."""
    periods_s = np.diff(np.asarray(stamps_ns, dtype=np.int64)) * 1e-9
    return np.asarray(np.abs(periods_s - period_s) * 1e3)


def options(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser with a script's docstring and what every benchmark takes."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    return parser


def report(title: str, rows: Mapping[str, Mapping[str, Value]], json_file: Path | None) -> None:
    """Print a table of the figures of each row by column, and write them where asked to."""
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    table = Table("", *map(escape, columns), title=title, title_justify="left")
    for name, row in rows.items():
        table.add_row(name, *(_words(row.get(column, "")) for column in columns))
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    if json_file is not None:
        content = {
            "title": title,
            "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
            "processors": len(os.sched_getaffinity(0)),
            "rows": {name: {c: _plain(v) for c, v in row.items()} for name, row in rows.items()},
        }
        json_file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _words(value: Value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _plain(value: Value) -> Any:
    return asdict(value) if isinstance(value, Estimate) else value


def observations(count: int, size: tuple[int, int], seed: int) -> list[Observation]:
    """Return what the front camera sees of as many scenes, each with the things of PHRASES in it.

    Args:
        count: How many.
        size: Width and height [px].
        seed: Seed of the first scene.
    """
    from vla_ros.sim.mujoco_environment import MujocoEnvironment
    from vla_ros.sim.scene_description import SceneOptions
    from vla_ros.sim.world import FRONT_CAMERA
    from vla_ros.types import Observation

    seen = []
    required = SceneOptions(required=(("cube", "red"), ("bowl", "")))
    with MujocoEnvironment(required, image_size=size) as world:
        for number in range(seed, seed + count):
            world.reset(number)
            poses = {FRONT_CAMERA: world.T_base_camera(FRONT_CAMERA)}
            pictures = {FRONT_CAMERA: world.render(FRONT_CAMERA)}
            seen.append(Observation(pictures, poses, world.robot_state()))
    return seen


@contextmanager
def running_graph(log_dir: Path | None = None, **graph_options: Any) -> Iterator[ProcessGraph]:
    """Start nodes in a ROS domain of their own, and end them after the block.

    Args:
        log_dir: Folder for their output; None for a temporary one.
        **graph_options: Fields of GraphOptions.
    """
    from vla_ros.ros.domain import claim_domain
    from vla_ros.ros.process_graph import GraphOptions, ProcessGraph

    with tempfile.TemporaryDirectory() as folder:
        made = GraphOptions(
            log_dir=log_dir or Path(folder), domain_id=claim_domain(), **graph_options
        )
        with ProcessGraph(made) as graph:
            yield graph


def watch(graph: ProcessGraph, phrases: Sequence[str], limit_s: float = 120.0) -> None:
    """Let the grounding node see phrases once; from then on it watches for them.

    Raises:
        TimeoutError: It sees nothing, with the reason.
    """
    from vla_ros_interfaces.srv import Ground

    from vla_ros.ros.participant import call

    client = graph.node.create_client(Ground, "ground")
    began_s = time.monotonic()
    while not (answer := call(graph, client, Ground.Request(phrases=list(phrases)))).success:
        if time.monotonic() - began_s > limit_s:
            raise TimeoutError(f"the grounding node sees nothing: {answer.message}")


@contextmanager
def beside(
    script: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run another script of this folder in a process of its own during the block."""
    command = [sys.executable, str(_FOLDER / script), *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def memory_mb(pid: int | str = "self") -> dict[str, float]:
    """Return the memory of a process [MB] by name; Linux.

    "Pss" shares what processes have in common among them, "Rss" counts it for each of them, and
    "Private" is what would be free if this one ended.
    """
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kb = {name: int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
    kb["Private"] = kb["Private_Clean"] + kb["Private_Dirty"]
    return {name: kb[name] * 1.024e-3 for name in ("Pss", "Rss", "Private")}


def processor_s(pid: int) -> float:
    """Return the processor time that a process has used, user's and system's [s]; Linux."""
    # After the command's name in brackets: state, ppid, ...; utime and stime are fields 14 and 15.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
