"""How much memory each process of the graph holds after it has carried out an instruction.

    python benchmarks/memory.py

The graph is the one that `vla-ros demo` starts. Pss shares what processes have in common (the
interpreter, numpy, ROS) among them, so that it adds up; Rss counts it for each. The peer is a
process that has looked at one picture with transformers' pipeline and the same weights.
"""

from __future__ import annotations

import json

from measuring import Value, beside, memory_mb, options, report, running_graph

_READY_S, _LIMIT_S = 300.0, 600.0
_OBJECTS = {"required_kinds": ["cube"], "required_colors": ["red"]}


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--text", default="point at the red cube", help="the instruction")
    arguments = parser.parse_args()
    of = graph_mb(arguments.text)
    whole = {kind: sum(row[kind] for row in of.values()) for kind in ("Pss", "Rss", "Private")}
    with beside("plain_pipeline.py") as peer:
        alone = json.loads(peer.communicate()[0])["memory_mb"]
    every = {**of, "the graph": whole, "transformers pipeline alone": alone}
    rows: dict[str, dict[str, Value]] = {
        name: {f"{kind} [MB]": round(size) for kind, size in row.items()}
        for name, row in every.items()
    }
    report("Memory", rows, arguments.json)


def graph_mb(text: str) -> dict[str, dict[str, float]]:
    """Return the memory of each node after an instruction [MB]."""
    from vla_ros.ros.client import GraphClient

    with running_graph(overrides={"mujoco_sim": _OBJECTS}) as graph:
        graph.wait_ready(_READY_S)
        GraphClient(graph).execute(text, limit_s=_LIMIT_S)
        return {name: memory_mb(pid) for name, pid in graph.process_ids.items()}


if __name__ == "__main__":
    main()
