"""How evenly the arm is commanded while a model runs flat out.

    python benchmarks/control_jitter.py

The safety gate runs in a process of its own, as in every graph of ours, on the wall clock; the
grounding node looks at each picture of a camera at 30 Hz in another one. Each command to the arm
carries the time of the tick that made it, taken in the gate's process. The peer is a node that
runs transformers' pipeline in the picture's callback and commands from a timer, in one process.

Jitter is by how much the time between two ticks differs from the period; the aim is a p99 of 3 ms.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from measuring import (
    PHRASES,
    Value,
    beside,
    jitter_ms,
    options,
    quantile,
    report,
    running_graph,
    watch,
)

if TYPE_CHECKING:
    from vla_ros.ros.process_graph import ProcessGraph

COMMANDS = "arm_controller/pose"
_LIMIT_S = 900.0
_WARM_UP = _FEWEST = 20


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="measured for each row [s]")
    parser.add_argument("--rates", type=float, nargs="+", default=[50.0, 100.0], help="[Hz]")
    parser.add_argument("--camera-rate", type=float, default=30.0, help="pictures a second")
    parser.add_argument("--no-load", action="store_true", help="measure the gate alone as well")
    arguments = parser.parse_args()
    rows: dict[str, dict[str, Value]] = {}
    for rate_hz in arguments.rates:
        if arguments.no_load:
            with gate(rate_hz, arguments, loaded=False) as graph:
                rows[f"gate, nothing beside it, {rate_hz:.0f} Hz"] = of(graph, rate_hz, arguments)
        with gate(rate_hz, arguments) as graph:
            rows[f"gate, {rate_hz:.0f} Hz"] = of(graph, rate_hz, arguments)
        with naive(rate_hz, arguments) as graph:
            rows[f"naive node, {rate_hz:.0f} Hz"] = of(graph, rate_hz, arguments)
    report("Ticks while a model runs flat out", rows, arguments.json)


@contextmanager
def gate(
    rate_hz: float, arguments: argparse.Namespace, loaded: bool = True
) -> Iterator[ProcessGraph]:
    """Run the safety gate, armed and moving, and the grounding node flat out beside it."""
    from std_srvs.srv import Trigger

    from vla_ros.ros.participant import call

    overrides = {
        "safety": {
            "control_rate_hz": rate_hz,
            "command_interface": "pose",  # whose messages carry the tick's time
            "arm_command_topic": COMMANDS,
            "gripper_interface": "none",
        },
        "grounding": {"watch_rate_hz": 30.0},
    }
    left_out = ("task",) if loaded else ("task", "grounding")
    with (
        running_graph(sim="none", left_out=left_out, overrides=overrides) as graph,
        beside("stand_in.py", *_drivers(arguments), environment=graph.environment),
    ):
        graph.wait_ready()
        if loaded:
            listen(graph)
            watch(graph, PHRASES)
        arm = graph.node.create_client(Trigger, "safety/arm")
        while not call(graph, arm, Trigger.Request()).success:
            graph.spin_until(lambda: False, 0.5)  # the joint states have not come yet
        yield graph


def listen(graph: ProcessGraph) -> None:
    """Follow what the grounding node sees, or it would not look."""
    from vision_msgs.msg import Detection3DArray

    from vla_ros.ros import qos

    graph.node.create_subscription(Detection3DArray, "targets", lambda _: None, qos.STATUS)


@contextmanager
def naive(rate_hz: float, arguments: argparse.Namespace) -> Iterator[ProcessGraph]:
    """Run the naive node before the same drivers."""
    everything = ("grounding", "safety", "task")
    with running_graph(sim="none", left_out=everything) as graph:
        environment = graph.environment
        command = ["--phrases", *PHRASES, f"--rate={rate_hz}"]
        with (
            beside("stand_in.py", *_drivers(arguments), environment=environment),
            beside("naive_node.py", *command, environment=environment),
        ):
            yield graph


def _drivers(arguments: argparse.Namespace) -> list[str]:
    return ["--arm", f"--rate={arguments.camera_rate}"]


def of(graph: ProcessGraph, rate_hz: float, arguments: argparse.Namespace) -> dict[str, Value]:
    """Return the figures of the commands that come."""
    return figures(ticks(graph, arguments.seconds), 1.0 / rate_hz)


def ticks(graph: ProcessGraph, seconds: float) -> list[int]:
    """Return the stamps of the commands to the arm of some wall time, or more if few come [ns]."""
    from geometry_msgs.msg import PoseStamped

    from vla_ros.ros import qos
    from vla_ros.ros.stamps import stamp_ns

    stamps_ns: list[int] = []

    def take(msg: Any) -> None:
        stamps_ns.append(stamp_ns(msg.header.stamp))

    graph.node.create_subscription(PoseStamped, COMMANDS, take, qos.EVENT)
    if not graph.spin_until(lambda: len(stamps_ns) >= _WARM_UP, _LIMIT_S):
        raise TimeoutError(f"only {len(stamps_ns)} commands came in {_LIMIT_S:.0f} s")
    stamps_ns.clear()
    ends_s = time.monotonic() + seconds
    graph.spin_until(
        lambda: time.monotonic() >= ends_s and len(stamps_ns) >= _FEWEST, seconds + _LIMIT_S
    )
    return stamps_ns


def figures(stamps_ns: Sequence[int], period_s: float) -> dict[str, Value]:
    """Return period and jitter of ticks."""
    jitter = jitter_ms(stamps_ns, period_s)
    return {
        "ticks": len(stamps_ns),
        "mean period [ms]": float(np.mean(np.diff(stamps_ns))) * 1e-6,
        "jitter p50 [ms]": quantile(jitter, 0.5),
        "p99 [ms]": quantile(jitter, 0.99),
        "max [ms]": float(jitter.max()),
    }


if __name__ == "__main__":
    main()
