"""How long it takes from starting the graph to the arm's first motion, part by part.

    python benchmarks/startup.py

The graph is the one that `vla-ros demo` starts: simulator, safety gate, grounding and task nodes.
Times run from its start. The imports are those of each node's module in a fresh interpreter, less
the interpreter's own start. The peer is what transformers alone takes to be ready: a fresh
interpreter until its pipeline has looked at a first picture with the same weights.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from typing import Any

from measuring import Value, beside, options, quantile, report, running_graph

from vla_ros.graph import graph_nodes

_READY_S = 300.0
_MOVING_RAD_S = 0.02
_OBJECTS = {"required_kinds": ["cube"], "required_colors": ["red"]}


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--text", default="point at the red cube", help="the first instruction")
    arguments = parser.parse_args()
    taken_s: dict[str, list[float]] = defaultdict(list)
    for _ in range(arguments.repeats):
        for part, seconds in once(arguments).items():
            taken_s[part].append(seconds)
    rows: dict[str, dict[str, Value]] = {
        part: {"median [s]": quantile(seconds, 0.5)} for part, seconds in taken_s.items()
    }
    report("From the start to the first motion", rows, arguments.json)


def once(arguments: argparse.Namespace) -> dict[str, float]:
    """Return what each part took [s]."""
    interpreter_s = _python_s("pass")
    parts = {"interpreter": interpreter_s}
    for node in graph_nodes("mujoco"):
        parts[f"imports of {node.name}"] = _python_s(f"import {node.module}") - interpreter_s
    parts.update(graph_s(arguments.text))
    with beside("plain_pipeline.py") as peer:
        began_s = time.monotonic()
        told = json.loads(peer.communicate()[0])
        whole_s = time.monotonic() - began_s
    parts["transformers alone: imports"] = told["imported_s"]
    parts["transformers alone: until it has looked"] = whole_s
    return parts


def _python_s(code: str) -> float:
    began_s = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.monotonic() - began_s


def graph_s(text: str) -> dict[str, float]:
    """Start the graph and give it an instruction; return when it was how far [s]."""
    from sensor_msgs.msg import JointState
    from vla_ros_interfaces.msg import GateState

    from vla_ros.ros import qos
    from vla_ros.ros.instruction_client import InstructionClient

    began_s = time.monotonic()
    when_s: dict[str, float] = {}

    def reached(what: str) -> None:
        when_s.setdefault(what, time.monotonic() - began_s)

    def on_gate(msg: Any) -> None:
        if msg.armed:
            reached("graph: armed")

    def on_joints(msg: Any) -> None:
        if "graph: instruction sent" in when_s and max(map(abs, msg.velocity)) > _MOVING_RAD_S:
            reached("graph: first motion")

    with running_graph(overrides={"mujoco_sim": _OBJECTS}) as graph:
        graph.node.create_subscription(GateState, "gate_state", on_gate, qos.STATUS)
        graph.node.create_subscription(JointState, "joint_states", on_joints, qos.STATE_READER)
        graph.wait_ready(_READY_S)
        reached("graph: every node ready")
        sent = InstructionClient(graph).begin(text, lambda _stage, _sentence: None)
        reached("graph: instruction sent")
        if not graph.spin_until(lambda: "graph: first motion" in when_s, _READY_S):
            raise TimeoutError(f"the arm did not move within {_READY_S:.0f} s of '{text}'")
        assert sent.done()
    return when_s


if __name__ == "__main__":
    main()
