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

from rich.console import Console
from rich.table import Table

from vla_ros.language.rule_parser import RuleParser
from vla_ros.ros.client import GraphClient
from vla_ros.ros.domain import claim_domain
from vla_ros.ros.film import Film
from vla_ros.ros.process_graph import GraphOptions, ProcessGraph
from vla_ros.sim.wishes import wished_objects

READY_S = 300.0
LIMIT_S = 900.0


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
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
    with tempfile.TemporaryDirectory() as folder:
        options = GraphOptions(
            log_dir=arguments.logs or Path(folder),
            domain_id=claim_domain(),
            overrides={"mujoco_sim": {k: v for k, v in simulator.items() if v != []}},
        )
        with ProcessGraph(options) as graph:
            film = None if arguments.no_film else Film(graph.node, Path(folder))
            graph.wait_ready(READY_S)
            if film is not None:
                graph.spin_until(lambda: film.rolling, READY_S)
            measure(graph, arguments.text)
            if film is not None:
                film.close()


def measure(graph: ProcessGraph, text: str) -> None:
    """Carry an instruction out and print what it took."""
    client = GraphClient(graph)
    pids = {**graph.process_ids, "this one: action client and film": os.getpid()}
    before_s = {name: processor_s(pid) for name, pid in pids.items()}
    began_s = time.monotonic()
    outcome = client.execute(text, limit_s=LIMIT_S)
    wall_s = time.monotonic() - began_s
    used_s = {name: processor_s(pid) - before_s[name] for name, pid in pids.items()}
    simulated_s = outcome.figures["duration_s"]

    table = Table("process", "processor s per simulated s")
    for name, seconds in used_s.items():
        table.add_row(name, f"{seconds / simulated_s:.3f}")
    total = sum(used_s.values()) / simulated_s
    table.add_row("sum", f"{total:.3f}", end_section=True)
    cores = len(os.sched_getaffinity(0))
    table.add_row(f"real-time factor that {cores} processors could carry", f"{cores / total:.2f}")
    table.add_row("real-time factor reached", f"{simulated_s / wall_s:.2f}")
    console = Console()
    console.print(table)
    console.print(f"{outcome.reason.name}: {outcome.message} ({simulated_s:.1f} s simulated)")


def processor_s(pid: int) -> float:
    """Return the processor time that a process has used, user's and system's [s]; Linux."""
    # After the command's name in brackets: state, ppid, ...; utime and stime are fields 14 and 15.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
