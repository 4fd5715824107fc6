"""Whether the simulator's node keeps up with the clock while both cameras are watched.

It is paced to real time (or, with --pace 0, runs as fast as it goes and drops the pictures that it
doesn't get to) while this process listens to both cameras' pictures and depth.
"""

import argparse
import time

from measuring import Value, options, report, running_graph
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image

from vla_ros.ros import qos
from vla_ros.ros.process_graph import ProcessGraph

TOPICS = [
    f"{camera}_camera/{picture}"
    for camera in ("front", "wrist")
    for picture in ("image_raw", "depth/image_raw")
]


def main() -> None:
    """Measure and print a table."""
    parser = options(__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="wall time to measure [s]")
    parser.add_argument("--rate", type=float, default=10.0, help="pictures per simulated second")
    parser.add_argument("--pace", type=float, default=1.0, help="simulated seconds a second")
    parser.add_argument("--seed", type=int, default=1, help="scene")
    arguments = parser.parse_args()
    overrides = {
        "seed": arguments.seed,
        "real_time_factor": arguments.pace,
        "camera_rate_hz": arguments.rate,
    }
    left_out = ("safety", "grounding", "task")
    with running_graph(overrides={"mujoco_sim": overrides}, left_out=left_out) as graph:
        graph.wait_ready()
        measure(graph, arguments)


def measure(graph: ProcessGraph, arguments: argparse.Namespace) -> None:
    """Count what comes and print the rates."""
    counts = dict.fromkeys(TOPICS, 0)
    clock = [0.0]

    def listen(topic: str) -> None:
        def count(_: Image) -> None:
            counts[topic] += 1

        graph.node.create_subscription(Image, topic, count, qos.IMAGE)

    def on_clock(msg: Clock) -> None:
        clock[0] = msg.clock.sec + msg.clock.nanosec * 1e-9

    for topic in TOPICS:
        listen(topic)
    graph.node.create_subscription(Clock, "/clock", on_clock, qos.CLOCK)
    graph.spin_until(lambda: all(counts.values()) and clock[0] > 0.0, 60.0)
    counts.update(dict.fromkeys(TOPICS, 0))
    began, began_simulated = time.monotonic(), clock[0]
    seconds = arguments.seconds
    graph.spin_until(lambda: time.monotonic() - began >= seconds, seconds + 10.0)
    wall_s, simulated_s = time.monotonic() - began, clock[0] - began_simulated
    rows: dict[str, dict[str, Value]] = {
        "simulated seconds a second": {"value": simulated_s / wall_s}
    }
    for topic, count in counts.items():
        rows[f"{topic}, messages a simulated second"] = {"value": count / simulated_s}
    report("Pace while both cameras are watched", rows, arguments.json)


if __name__ == "__main__":
    main()
