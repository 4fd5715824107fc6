"""How long from a picture's stamp to what it shows, beyond the bare call of the model.

    python benchmarks/target_latency.py

First without ROS, on the same frames: the model's `ground` alone (the default detector, ONNX
Runtime), the whole path from a picture to targets in the base frame, and as peers transformers'
pipeline for zero-shot object detection and its Auto classes with the same weights. Then over ROS,
from the stamp that a camera driver gives to the arrival of its targets in another process: the
grounding node, and as a peer a node that calls the pipeline in the picture's callback.

The overhead is the median of a row over that of the bare call; the aim is 10 % and 5 ms.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from measuring import (
    PHRASES,
    Value,
    beside,
    observations,
    options,
    quantile,
    ratio,
    report,
    running_graph,
    watch,
)

from vla_ros.params import PerceptionParams
from vla_ros.perception.perceiver import Perceiver
from vla_ros.registry import create_grounder
from vla_ros.sim.world import FRONT_CAMERA
from vla_ros.types import Observation

_WARM_UP = 3
_LIMIT_S = 900.0
BARE = "bare call of the model"


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--frames", type=int, default=60, help="pictures for each row")
    parser.add_argument("--scenes", type=int, default=6, help="scenes that they show in turn")
    parser.add_argument("--width", type=int, default=320, help="of the pictures [px]")
    parser.add_argument("--rate", type=float, default=5.0, help="pictures a second over ROS")
    parser.add_argument("--seed", type=int, default=4000, help="seed of the first scene")
    parser.add_argument("--in-process", action="store_true", help="leave the rows over ROS out")
    arguments = parser.parse_args()
    size = (arguments.width, arguments.width * 3 // 4)
    seen = observations(arguments.scenes, size, arguments.seed)
    taken, used = in_process(seen, arguments.frames)
    if not arguments.in_process:
        taken["grounding node, stamp to targets"] = of_grounding_node(arguments)
        taken["naive node, stamp to targets"] = of_naive_node(arguments)
    bare = taken[BARE]
    rows: dict[str, dict[str, Value]] = {
        name: {
            "median [ms]": quantile(times, 0.5),
            "p99 [ms]": quantile(times, 0.99),
            "overhead [ms]": float(np.median(times) - np.median(bare)),
            "times the bare call": ratio(times, bare),
        }
        for name, times in taken.items()
    }
    for name, times in used.items():
        rows[name]["processor time [ms]"] = quantile(times, 0.5)
    report(f"From a picture to its targets, {size[0]}x{size[1]}", rows, arguments.json)


def in_process(
    seen: Sequence[Observation], frames: int
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return times and processor times [ms] of each way, called in turn on the same pictures."""
    grounder = create_grounder("default")
    perceiver = Perceiver(grounder, PerceptionParams())
    ways: dict[str, Callable[[Observation], Any]] = {
        BARE: lambda seen: grounder.ground(seen.frames[FRONT_CAMERA], PHRASES),
        "picture to targets": lambda seen: perceiver.perceive(seen, PHRASES, others=False),
        "the same and all else that stands there": lambda seen: perceiver.perceive(seen, PHRASES),
        **peers(),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    used: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(-_WARM_UP, frames):
        for name, way in ways.items():
            before_s = time.process_time()
            began_s = time.perf_counter()
            way(seen[number % len(seen)])
            if number >= 0:
                taken[name].append((time.perf_counter() - began_s) * 1e3)
                used[name].append((time.process_time() - before_s) * 1e3)
    return taken, used


def peers() -> dict[str, Callable[[Observation], Any]]:
    """Return plain uses of transformers with the same weights."""
    import torch
    from PIL import Image
    from plain_pipeline import create_pipeline
    from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor

    from vla_ros.resources import models_dir

    detector = create_pipeline()
    folder = str(models_dir() / "tabletop_detector")
    model = AutoModelForZeroShotObjectDetection.from_pretrained(folder).eval()
    processor = AutoProcessor.from_pretrained(folder)

    def by_pipeline(seen: Observation) -> Any:
        picture = Image.fromarray(np.asarray(seen.frames[FRONT_CAMERA].rgb))
        return detector(picture, candidate_labels=list(PHRASES), threshold=0.5)

    def by_auto_classes(seen: Observation) -> Any:
        picture = np.asarray(seen.frames[FRONT_CAMERA].rgb)
        with torch.inference_mode():
            inputs = processor(images=picture, text=[list(PHRASES)], return_tensors="pt")
            output = model(**inputs)
        sizes = [picture.shape[:2]]
        return processor.post_process_grounded_object_detection(output, target_sizes=sizes)

    return {"transformers pipeline": by_pipeline, "transformers Auto classes": by_auto_classes}


def of_grounding_node(arguments: argparse.Namespace) -> list[float]:
    """Return the times [ms] from stamps to targets of the grounding node."""
    from vision_msgs.msg import Detection3DArray

    overrides = {"grounding": {"watch_rate_hz": 30.0}}
    left_out = ("safety", "task")
    with (
        running_graph(sim="none", left_out=left_out, overrides=overrides) as graph,
        beside("stand_in.py", *_camera(arguments), environment=graph.environment),
    ):
        graph.wait_ready()
        watch(graph, PHRASES)
        return _arrivals(graph, Detection3DArray, arguments.frames)


def of_naive_node(arguments: argparse.Namespace) -> list[float]:
    """Return the times [ms] from stamps to targets of the naive node."""
    from geometry_msgs.msg import PoseArray

    everything = ("grounding", "safety", "task")
    with running_graph(sim="none", left_out=everything) as graph:
        environment = graph.environment
        with (
            beside("stand_in.py", *_camera(arguments), environment=environment),
            beside("naive_node.py", "--phrases", *PHRASES, environment=environment),
        ):
            return _arrivals(graph, PoseArray, arguments.frames)


def _camera(arguments: argparse.Namespace) -> list[str]:
    height = arguments.width * 3 // 4
    return [f"--width={arguments.width}", f"--height={height}", f"--rate={arguments.rate}"]


def _arrivals(graph: Any, kind: type, frames: int) -> list[float]:
    """Return how old the pictures of targets are as these arrive [ms], each picture once."""
    from vla_ros.ros import qos
    from vla_ros.ros.stamps import stamp_ns

    ages_ms: dict[int, float] = {}

    def take(msg: Any) -> None:
        taken_ns = stamp_ns(msg.header.stamp)
        ages_ms.setdefault(taken_ns, (time.time_ns() - taken_ns) * 1e-6)

    graph.node.create_subscription(kind, "targets", take, qos.EVENT)
    if not graph.spin_until(lambda: len(ages_ms) >= frames + _WARM_UP, _LIMIT_S):
        raise TimeoutError(f"only {len(ages_ms)} pictures were answered in {_LIMIT_S:.0f} s")
    return list(ages_ms.values())[_WARM_UP:]


if __name__ == "__main__":
    main()
