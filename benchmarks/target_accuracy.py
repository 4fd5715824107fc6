"""How exactly things are placed in the base frame from a detection's box and the depth.

Scenes of the simulator are rendered; each object's box is the one of its visible pixels, shaken
by about a pixel as a detector's would be; the depth is rounded to millimetres, and noise can be
added. Prints the errors against the ground truth, by kind of object:

    MUJOCO_GL=egl python benchmarks/target_accuracy.py --scenes 60

A centre can be no better than what is visible allows: the handle of a mug that points away from
the camera shifts the centre of its true box by half of the handle.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vla_ros.errors import GroundingError
from vla_ros.params import PerceptionParams
from vla_ros.perception.depth import depth_in_metres
from vla_ros.perception.oracle import OracleGrounder
from vla_ros.perception.targets import target_from_detection
from vla_ros.perception.view import view_of
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.footprints import corners
from vla_ros.sim.mujoco_environment import MujocoEnvironment
from vla_ros.types import CameraFrame, Detection, Target

FEWEST_PIXELS = 60
SHAKE_PX = 1.2
COLUMNS = ("xy", "z", "length", "width", "height", "yaw")


def main() -> None:
    """Measure, print a table, and write JSON where asked to."""
    arguments = _arguments()
    errors: dict[str, list[dict[str, float]]] = defaultdict(list)
    refused: list[str] = []
    rng = np.random.default_rng(arguments.seed)
    size = (arguments.width, arguments.width * 3 // 4)
    with MujocoEnvironment(image_size=size) as environment:
        for seed in range(arguments.seed, arguments.seed + arguments.scenes):
            environment.reset(seed)
            _measure_scene(environment, rng, arguments.noise_m, errors, refused)
    rows = {kind: _figures(errors[kind]) for kind in sorted(errors)}
    rows["all"] = _figures([error for kind in errors.values() for error in kind])
    _print_table(rows, refused)
    if arguments.json:
        text = json.dumps({"errors": rows, "refused": refused}, indent=1)
        arguments.json.write_text(text + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=60, help="how many scenes")
    parser.add_argument("--seed", type=int, default=1000, help="seed of the first scene")
    parser.add_argument("--width", type=int, default=320, help="width of the picture [px]")
    parser.add_argument("--noise-m", type=float, default=0.0, help="added depth noise, 1 sigma [m]")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    return parser.parse_args()


def _measure_scene(
    environment: MujocoEnvironment,
    rng: np.random.Generator,
    noise_m: float,
    errors: dict[str, list[dict[str, float]]],
    refused: list[str],
) -> None:
    """Add the errors of every object that is visible in one scene."""
    params = PerceptionParams()
    frame = _as_published(environment.render(params.camera), rng, noise_m)
    T_base_camera = environment.T_base_camera(params.camera)
    view = view_of(frame, T_base_camera, params, params.camera)
    for thing in environment.truth().values():
        detection = _shaken_box(thing, frame, T_base_camera, rng)
        if detection is None:
            continue
        try:
            target = target_from_detection(detection, view, params)
        except GroundingError as error:
            refused.append(str(error))
            continue
        errors[thing.kind].append(_errors(target, thing))


def _as_published(frame: CameraFrame, rng: np.random.Generator, noise_m: float) -> CameraFrame:
    """Return the frame with depth as a driver's 16UC1 topic would carry it."""
    assert frame.depth_m is not None
    noisy = frame.depth_m + rng.normal(0.0, noise_m, frame.depth_m.shape)
    millimetres = np.nan_to_num(np.rint(1000.0 * noisy)).astype(np.uint16)
    depth_m = depth_in_metres(millimetres, "16UC1")
    return CameraFrame(frame.rgb, depth_m, frame.k_px, frame.frame_id, frame.stamp_ns)


def _shaken_box(
    thing: ObjectTruth, frame: CameraFrame, T_base_camera: np.ndarray, rng: np.random.Generator
) -> Detection | None:
    """Return the box of an object's visible pixels, moved a little; None where it is hidden."""
    truth: Mapping[str, ObjectTruth] = {thing.name: thing}
    oracle = OracleGrounder(lambda: truth, lambda: T_base_camera)
    found = oracle.ground(frame, [thing.phrases[0]])
    if not found or np.prod(found[0].box_px[2:] - found[0].box_px[:2]) < FEWEST_PIXELS:
        return None
    shake_px = SHAKE_PX * frame.rgb.shape[1] / 320.0
    return Detection(thing.name, found[0].box_px + rng.uniform(-shake_px, shake_px, 4), 1.0)


def _errors(target: Target, thing: ObjectTruth) -> dict[str, float]:
    """Return signed and absolute errors [mm] and the yaw's [deg], NaN where it has none."""
    low, high = corners(thing)[:, 2].min(), corners(thing)[:, 2].max()
    offset = target.T_base_object[:3, 3] - thing.T_base_object[:3, 3]
    sides = np.sort(thing.extent_m[:2])[::-1]
    axis = thing.T_base_object[:2, int(np.argmax(thing.extent_m[:2]))]
    along = abs(float(axis @ target.T_base_object[:2, 0])) / float(np.linalg.norm(axis))
    long_enough = sides[0] > 1.2 * sides[1]
    return {
        "xy": 1e3 * float(np.hypot(*offset[:2])),
        "z": 1e3 * (float(target.T_base_object[2, 3]) - 0.5 * (low + high)),
        "length": 1e3 * float(target.extent_m[0] - sides[0]),
        "width": 1e3 * float(target.extent_m[1] - sides[1]),
        "height": 1e3 * float(target.extent_m[2] - (high - low)),
        "yaw": float(np.rad2deg(np.arccos(min(along, 1.0)))) if long_enough else float("nan"),
    }


def _figures(errors: list[dict[str, float]]) -> dict[str, float]:
    """Return the number of objects and the median and 90th percentile of each absolute error."""
    figures: dict[str, float] = {"count": float(len(errors))}
    for column in COLUMNS:
        values = np.abs([error[column] for error in errors])
        values = values[np.isfinite(values)]
        for name, share in (("median", 0.5), ("p90", 0.9)):
            figures[f"{column}_{name}"] = float(np.quantile(values, share)) if len(values) else 0.0
    return figures


def _print_table(rows: dict[str, dict[str, float]], refused: list[str]) -> None:
    print("absolute errors, median / 90th percentile: centre and sides [mm], yaw [deg]")
    print(f"{'kind':12s} {'count':>5s} " + " ".join(f"{column:>12s}" for column in COLUMNS))
    for kind, row in rows.items():
        cells = [f"{row[f'{c}_median']:5.1f} /{row[f'{c}_p90']:5.1f}" for c in COLUMNS]
        print(f"{kind:12s} {row['count']:5.0f} " + " ".join(f"{cell:>12s}" for cell in cells))
    print(f"refused: {len(refused)}")
    for reason in refused:
        print(f"  {reason}")


if __name__ == "__main__":
    main()
