"""Whether raw pictures arrive in another process, how late, and what that costs.

    python benchmarks/image_delivery.py

One process publishes, another one takes each picture as an array. Ours: messages filled and read by
vla_ros.ros.images, the quality of service of our nodes, and config/fastdds.xml. The peers are plain
rclpy: an array assigned to `data`, no DDS profile, and a queue of 10 or the sensor-data profile.

Latency is from before the message is filled to when the array is there. Processor time is that of
both processes, for each picture that was sent.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from measuring import Value, beside, options, quantile, report

if TYPE_CHECKING:
    from rclpy.node import Node

SIZES = {"VGA": (640, 480), "720p": (1280, 720)}
WAYS = ("ours", "plain, queue of 10", "plain, sensor data")
_WARM_UP, _COUNTED = "warm-up", "counted"
_WARM_UP_S, _LAST_S, _MEETING_S = 1.0, 1.0, 60.0


def main() -> None:
    """Measure and report, or be one of the two processes."""
    parser = options(__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="pictures are sent for [s]")
    parser.add_argument("--rate", type=float, default=30.0, help="pictures a second")
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--role", choices=("send", "take"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.role is not None:
        _be(arguments)
        return
    rows = {
        f"{size}, {way}": delivered(way, size, arguments)
        for size in arguments.sizes
        for way in arguments.ways
    }
    report(f"Raw pictures at {arguments.rate:.0f} Hz", rows, arguments.json)


def delivered(way: str, size: str, arguments: argparse.Namespace) -> dict[str, Value]:
    """Return what became of the pictures of one way and size."""
    environment = environment_of(way)
    told = [f"--seconds={arguments.seconds}", f"--rate={arguments.rate}", "--ways", way]
    command = [__file__, *told, "--sizes", size, "--role"]
    with (
        beside(*command, "take", environment=environment) as taker,
        beside(*command, "send", environment=environment) as sender,
    ):
        sent = json.loads(sender.communicate()[0])
        taken = json.loads(taker.communicate()[0])
    ages_ms = taken["ages_ms"]
    row: dict[str, Value] = {"sent": sent["sent"], "arrived": len(ages_ms)}
    if ages_ms:
        row["p50 [ms]"], row["p99 [ms]"] = quantile(ages_ms, 0.5), quantile(ages_ms, 0.99)
    used_s = sent["processor_s"] + taken["processor_s"]
    row["processor time [ms]"] = 1e3 * used_s / sent["sent"]
    return row


def environment_of(way: str) -> dict[str, str]:
    """Return the environment of both processes: a domain of their own, and our profile or none."""
    from vla_ros.resources import config_dir
    from vla_ros.ros.domain import claim_domain
    from vla_ros.ros.process_graph import PROFILE_VARIABLE

    environment = dict(os.environ, ROS_DOMAIN_ID=str(claim_domain()))
    environment["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    environment.pop(PROFILE_VARIABLE, None)
    if way == "ours":
        environment[PROFILE_VARIABLE] = str(config_dir() / "fastdds.xml")
    return environment


def _be(arguments: argparse.Namespace) -> None:
    """Send or take, and print what was counted."""
    import rclpy
    from rclpy.node import Node

    (way,), (size,) = arguments.ways, arguments.sizes
    rclpy.init()
    node = Node(arguments.role)
    if arguments.role == "send":
        counted = send(node, way, SIZES[size], arguments.rate, arguments.seconds)
    else:
        counted = take(node, way)
    print(json.dumps(counted), flush=True)
    node.destroy_node()
    rclpy.shutdown()


def quality_of(way: str) -> Any:
    """Return the quality of service that a way uses."""
    from rclpy.qos import qos_profile_sensor_data

    from vla_ros.ros import qos

    return {WAYS[0]: qos.IMAGE, WAYS[1]: 10, WAYS[2]: qos_profile_sensor_data}[way]


def send(
    node: Node, way: str, size: tuple[int, int], rate_hz: float, seconds: float
) -> dict[str, Any]:
    """Send pictures once somebody listens; return how many, and the processor time it took."""
    from sensor_msgs.msg import Image
    from std_msgs.msg import Empty

    from vla_ros.ros import qos

    pictures = node.create_publisher(Image, "picture", quality_of(way))
    done = node.create_publisher(Empty, "done", qos.STATUS)
    rgb = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    message = _message_of(way)
    deadline_s = time.monotonic() + _MEETING_S
    while not pictures.get_subscription_count():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"nobody listened within {_MEETING_S:.0f} s")
        time.sleep(0.02)

    def send_for(some_s: float, frame: str) -> int:
        sent, began_s = 0, time.monotonic()
        while (due_s := began_s + sent / rate_hz) < began_s + some_s:
            time.sleep(max(0.0, due_s - time.monotonic()))
            if time.monotonic() > began_s + some_s:
                break
            pictures.publish(message(rgb, frame, time.time_ns()))
            sent += 1
        return sent

    send_for(_WARM_UP_S, _WARM_UP)
    before_s = time.process_time()
    sent = send_for(seconds, _COUNTED)
    used_s = time.process_time() - before_s
    time.sleep(_LAST_S)
    done.publish(Empty())
    time.sleep(_LAST_S)
    return {"sent": sent, "processor_s": used_s}


def _message_of(way: str) -> Callable[[np.ndarray, str, int], Any]:
    """Return what makes a message of a picture."""
    from sensor_msgs.msg import Image

    from vla_ros.ros.images import image_from_rgb
    from vla_ros.ros.stamps import header

    def plain(rgb: np.ndarray, frame: str, stamp_ns: int) -> Image:
        msg = Image(header=header(frame, stamp_ns), encoding="rgb8", step=3 * rgb.shape[1])
        msg.height, msg.width = rgb.shape[:2]
        msg.data = rgb.ravel()
        return msg

    return image_from_rgb if way == "ours" else plain


def take(node: Node, way: str) -> dict[str, Any]:
    """Take pictures until all were sent; return how old each was [ms], and the processor time."""
    import rclpy
    from sensor_msgs.msg import Image
    from std_msgs.msg import Empty

    from vla_ros.ros import qos
    from vla_ros.ros.images import rgb_from_image
    from vla_ros.ros.stamps import stamp_ns

    ages_ms: list[float] = []
    began_s: list[float] = []
    ended: list[Empty] = []

    def plain(msg: Image) -> np.ndarray:
        return np.frombuffer(msg.data, np.uint8).reshape(msg.height, msg.width, 3)

    read = rgb_from_image if way == "ours" else plain

    def on_picture(msg: Image) -> None:
        read(msg)
        if msg.header.frame_id == _COUNTED:
            ages_ms.append((time.time_ns() - stamp_ns(msg.header.stamp)) * 1e-6)
        else:
            began_s[:] = [time.process_time()]

    node.create_subscription(Image, "picture", on_picture, quality_of(way))
    node.create_subscription(Empty, "done", ended.append, qos.STATUS)
    start_s = time.process_time()
    while not ended:
        rclpy.spin_once(node, timeout_sec=0.1)
    used_s = time.process_time() - (began_s or [start_s])[0]
    return {"ages_ms": ages_ms, "processor_s": used_s}


if __name__ == "__main__":
    main()
