"""How soon a stop message is acted on while a model runs flat out.

    python benchmarks/stop_reaction.py

From the moment before `stop` is published to the moment, taken in the process that commands the
arm, at which it has changed what it sends: for the safety gate the tick whose state is STOPPED, for
the peer the stop's callback. The peer runs transformers' pipeline in the picture's callback. Both
stand before the same drivers as in control_jitter.py. benchmarks/stop_latency.py says how long
after that the arm itself rests.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from control_jitter import gate, naive
from measuring import Value, options, quantile, report

if TYPE_CHECKING:
    from vla_ros.ros.process_graph import ProcessGraph

_LIMIT_S = 900.0
_LONGEST_PAUSE_S = 0.5


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--stops", type=int, default=20, help="for each row")
    parser.add_argument("--rate", type=float, default=100.0, help="ticks a second")
    parser.add_argument("--camera-rate", type=float, default=30.0, help="pictures a second")
    arguments = parser.parse_args()
    taken: dict[str, list[float]] = {}
    with gate(arguments.rate, arguments) as graph:
        taken["gate"] = of_gate(graph, arguments.stops)
    with naive(arguments.rate, arguments) as graph:
        taken["naive node"] = of_naive(graph, arguments.stops)
    rows: dict[str, dict[str, Value]] = {
        name: {"median [ms]": quantile(times, 0.5), "most [ms]": max(times)}
        for name, times in taken.items()
    }
    report("From a stop message to its effect, while a model runs flat out", rows, arguments.json)


def of_gate(graph: ProcessGraph, stops: int) -> list[float]:
    """Stop the armed gate again and again; return how late it was each time [ms]."""
    from std_srvs.srv import Trigger
    from vla_ros_interfaces.msg import GateState

    from vla_ros.ros import qos
    from vla_ros.ros.participant import call
    from vla_ros.ros.stamps import stamp_ns
    from vla_ros.types import GateStatus

    stopped_ns: list[int] = []

    def take(msg: Any) -> None:
        if msg.status == GateStatus.STOPPED.value:
            stopped_ns.append(stamp_ns(msg.header.stamp))

    def arm() -> None:
        call(graph, client, Trigger.Request())
        stopped_ns.clear()

    graph.node.create_subscription(GateState, "gate_state", take, qos.EVENT)
    client = graph.node.create_client(Trigger, "safety/arm")
    return _stopped(graph, stops, stopped_ns, arm)


def of_naive(graph: ProcessGraph, stops: int) -> list[float]:
    """Stop the naive node again and again; return how late it was each time [ms]."""
    from std_msgs.msg import Header

    from vla_ros.ros import qos
    from vla_ros.ros.stamps import stamp_ns

    stopped_ns: list[int] = []
    graph.node.create_subscription(
        Header, "stopped", lambda msg: stopped_ns.append(stamp_ns(msg.stamp)), qos.EVENT
    )
    return _stopped(graph, stops, stopped_ns, stopped_ns.clear)


def _stopped(
    graph: ProcessGraph, stops: int, stopped_ns: list[int], again: Callable[[], None]
) -> list[float]:
    """Publish stops at random moments; return how long after each one it was acted on [ms]."""
    from std_msgs.msg import Empty

    from vla_ros.ros import qos

    stop = graph.node.create_publisher(Empty, "stop", qos.EVENT)
    if not graph.spin_until(lambda: stop.get_subscription_count() > 0, _LIMIT_S):
        raise TimeoutError("nobody listens to 'stop'")
    rng = np.random.default_rng(0)
    late_ms = []
    for _ in range(stops):
        again()
        pause_until_s = time.monotonic() + rng.uniform(0.2, _LONGEST_PAUSE_S)
        while time.monotonic() < pause_until_s:
            graph.spin_until(lambda: False, 0.0)
        stopped_ns.clear()
        said_ns = time.time_ns()
        stop.publish(Empty())
        if not graph.spin_until(lambda: bool(stopped_ns), _LIMIT_S):
            raise TimeoutError(f"a stop was not acted on within {_LIMIT_S:.0f} s")
        late_ms.append((stopped_ns[0] - said_ns) * 1e-6)
    return late_ms


if __name__ == "__main__":
    main()
