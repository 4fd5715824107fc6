"""How soon the arm rests after each kind of stop at each stage of a pick, measured over ROS.

    python benchmarks/stop_latency.py --repeats 3

Every node is a process of its own, the eyes are ground truth. The time is the simulator's: from the
newest joint state before the stop is published, to the first one after which every joint stays
still.
"""

import argparse
import statistics
from contextlib import closing

from measuring import Value, options, report, running_graph

from vla_ros.errors import VlaRosError
from vla_ros.graph import parameter_files
from vla_ros.parameter_files import load_params
from vla_ros.params import RobotParams
from vla_ros.ros.onlooker import Onlooker
from vla_ros.ros.stop_trial import STAGES, STOPS, StopTrial

TEXT = "put the red cube in the bowl"
OBJECTS = [("cube", "red"), ("bowl", "")]


def main() -> None:
    """Measure and print a table."""
    parser = options(__doc__)
    parser.add_argument("--ways", nargs="+", choices=list(STOPS), default=list(STOPS))
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--seed", type=int, default=5, help="scene")
    parser.add_argument("--pace", type=float, default=0.5, help="simulated seconds a second")
    parser.add_argument("--slow", type=float, default=0.05, help="the same during the stop")
    arguments = parser.parse_args()
    facts = load_params(RobotParams, parameter_files("default", "mujoco"))
    overrides = {
        "mujoco_sim": {"seed": arguments.seed, "real_time_factor": arguments.pace},
        "grounding": {"grounder_model": "oracle", "watch_rate_hz": 0.0},
    }
    modules = {"grounding": "vla_ros.nodes.scoring_grounding_node"}
    with (
        running_graph(overrides=overrides, modules=modules) as graph,
        closing(Onlooker(len(facts.joint_names), graph.context.get_domain_id())) as onlooker,
    ):
        graph.wait_ready()
        onlooker.wait_ready()
        trial = StopTrial(graph, onlooker, TEXT, arguments.pace, arguments.slow)
        rests = measure(trial, arguments)
    title = "Median / most [ms, simulated] from the message until the arm rests"
    report(title, figures(rests), arguments.json)


def measure(trial: StopTrial, arguments: argparse.Namespace) -> dict[tuple[str, str], list[float]]:
    """Return the times to rest [ms, simulated] of each way at each stage."""
    rests: dict[tuple[str, str], list[float]] = {}
    for _ in range(arguments.repeats):
        for stage in arguments.stages:
            for way in arguments.ways:
                trial.onlooker.client.reset(arguments.seed, OBJECTS)
                try:
                    reached, rest_ms = trial.run(way, stage)
                except VlaRosError as error:
                    print(f"{way} at {stage}: {error}", flush=True)
                    continue
                print(f"{way} at {reached}: {rest_ms:.0f} ms", flush=True)
                rests.setdefault((way, reached), []).append(rest_ms)
    return rests


def figures(rests: dict[tuple[str, str], list[float]]) -> dict[str, dict[str, Value]]:
    """Return median and maximum of each way at each stage it came to, and of all together.

    A short stage may be over before the stop is said: then whatever comes next counts.
    """
    came = dict.fromkeys(reached for _, reached in rests)
    stages = [stage for stage in STAGES if stage in came]
    stages += [stage for stage in came if stage not in STAGES]
    rows: dict[str, dict[str, Value]] = {}
    for way in dict.fromkeys(way for way, _ in rests):
        of = {stage: rests.get((way, stage), []) for stage in stages}
        together = [value for values in of.values() for value in values]
        rows[way] = {stage: _words(values) for stage, values in {**of, "all": together}.items()}
    return rows


def _words(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} / {max(values):.0f}" if values else "-"


if __name__ == "__main__":
    main()
