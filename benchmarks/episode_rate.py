"""How many episodes of the tabletop suite are run in a minute, by one worker.

    python benchmarks/episode_rate.py

In this process with ground truth for eyes and with the default detector; over ROS, where the
simulator runs as fast as it goes; and as a peer in this process with the default detector's weights
run by transformers on torch. The same episodes in each. A first episode, which loads everything, is
not counted.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import yaml
from measuring import Value, mean, options, report

from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.evaluation.suites import episodes_of, load_suite
from vla_ros.evaluation.workers import run_here


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run episodes: backend, in process or over ROS, and parameters that differ."""

    backend: str
    in_process: bool
    parameters: dict[str, str | float]


WAYS = {
    "in process, oracle": Way("oracle", True, {}),
    "in process, default": Way("default", True, {}),
    "in process, transformers": Way("default", True, {"grounder_model": "default-torch"}),
    "over ROS, default": Way("default", False, {"real_time_factor": 0.0}),
}


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--episodes", type=int, default=9, help="counted, in process")
    parser.add_argument("--ros-episodes", type=int, default=3, help="counted, over ROS")
    parser.add_argument("--seed", type=int, default=6000, help="seed of the first")
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    arguments = parser.parse_args()
    rows: dict[str, dict[str, Value]] = {}
    for name in arguments.ways:
        way = WAYS[name]
        count = arguments.episodes if way.in_process else arguments.ros_episodes
        rows[name] = figures(*run(way, count, arguments.seed))
    report("Episodes a minute, tabletop suite, one worker", rows, arguments.json)


def run(way: Way, count: int, seed: int) -> tuple[list[float], list[EpisodeResult]]:
    """Run episodes; return how long each took [s] and how it ended, the first left out."""
    suite = load_suite("tabletop")
    with tempfile.TemporaryDirectory() as folder:
        parameters = ""
        if way.parameters:
            path = Path(folder) / "parameters.yaml"
            path.write_text(yaml.safe_dump({"/**": {"ros__parameters": way.parameters}}))
            parameters = str(path)
        spec = RunnerSpec(suite, way.backend, way.in_process, params_file=parameters)
        ends_s: list[float] = []
        results: list[EpisodeResult] = []
        for ran in run_here(spec, episodes_of(suite, count + 1, seed)):
            ends_s.append(time.monotonic())
            results.append(ran.result)
    return [after - before for before, after in pairwise(ends_s)], results[1:]


def figures(taken_s: list[float], results: list[EpisodeResult]) -> dict[str, Value]:
    """Return the figures of one way."""
    return {
        "episodes": len(results),
        "succeeded": sum(result.success for result in results),
        "a minute": mean(taken_s, lambda seconds: 60.0 / seconds),
        "simulated s for each": float(sum(r.duration_s for r in results) / len(results)),
    }


if __name__ == "__main__":
    main()
