"""What the whole graph costs: processor time of each node per simulated second, and the pace.

It starts the nodes that `vla-ros demo` starts, films them as the demo does, and measures one
instruction from its beginning to its end. Processor seconds per simulated second hardly depend on
the pace or on what else the machine does, so a busy machine can measure too: pace it slowly. Their
sum over the number of processors is the part of the machine that real time would take.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from measuring import Value, options, processor_s, report, running_graph

from vla_ros.language.rule_parser import RuleParser
from vla_ros.ros.client import GraphClient
from vla_ros.ros.film import Film
from vla_ros.ros.process_graph import ProcessGraph
from vla_ros.sim.wishes import wished_objects

READY_S = 300.0
LIMIT_S = 900.0


def main() -> None:
    """Measure and print a table."""
    parser = options(__doc__)
    parser.add_argument("--text", default="put the red cube in the bowl", help="the instruction")
    parser.add_argument("--pace", type=float, default=1.0, help="simulated seconds a second")
    parser.add_argument("--seed", type=int, default=1, help="scene")
    parser.add_argument("--no-film", action="store_true", help="listen to no pictures")
    parser.add_argument("--logs", type=Path, help="folder for the nodes' logs; a temporary one")
    arguments = parser.parse_args()
    wished = wished_objects(RuleParser().parse(arguments.text).tasks)
    simulator = {
        "seed": arguments.seed,
        "real_time_factor": arguments.pace,
        "required_kinds": [kind for kind, _ in wished],
        "required_colors": [color for _, color in wished],
    }
    overrides = {"mujoco_sim": {k: v for k, v in simulator.items() if v != []}}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_graph(arguments.logs, overrides=overrides) as graph,
    ):
        film = None if arguments.no_film else Film(graph.node, Path(folder))
        graph.wait_ready(READY_S)
        if film is not None:
            graph.spin_until(lambda: film.rolling, READY_S)
        measure(graph, arguments)
        if film is not None:
            film.close()


def measure(graph: ProcessGraph, arguments: argparse.Namespace) -> None:
    """Carry an instruction out and print what it took."""
    client = GraphClient(graph)
    pids = {**graph.process_ids, "this one: action client and film": os.getpid()}
    before_s = {name: processor_s(pid) for name, pid in pids.items()}
    began_s = time.monotonic()
    outcome = client.execute(arguments.text, limit_s=LIMIT_S)
    wall_s = time.monotonic() - began_s
    simulated_s = outcome.figures["duration_s"]
    loads = {name: (processor_s(pid) - before_s[name]) / simulated_s for name, pid in pids.items()}
    total, cores = sum(loads.values()), len(os.sched_getaffinity(0))
    column = "processor s per simulated s"
    rows: dict[str, dict[str, Value]] = {name: {column: load} for name, load in loads.items()}
    rows["sum"] = {column: total}
    rows[f"real-time factor that {cores} processors could carry"] = {column: cores / total}
    rows["real-time factor reached"] = {column: simulated_s / wall_s}
    report(f"{outcome.message} ({simulated_s:.1f} s simulated)", rows, arguments.json)


if __name__ == "__main__":
    main()
