"""How much of each object a camera sees, by the renderer's own account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from vla_ros.sim.rendering import CameraRenderer

_HIDDEN_GROUP = 5


@dataclass(frozen=True, slots=True)
class VisiblePart:
    """What of an object a picture shows.

    Attributes:
        box_px: (4,) x0, y0, x1, y1 around the pixels that show it, the last two exclusive.
        pixels: Number of pixels that show it.
        fraction: `pixels` over those that would show it if nothing stood before it; the part of
            it outside the picture does not count.
        cut_off: Whether it reaches to the picture's edge, so that more of it may lie outside.
    """

    box_px: np.ndarray
    pixels: int
    fraction: float
    cut_off: bool


def visible_parts(
    renderer: CameraRenderer,
    model: mujoco.MjModel,
    data: mujoco.MjData,
    camera: str,
    names: Sequence[str],
) -> Mapping[str, VisiblePart]:
    """Return what a camera sees of each object; nothing for those of which it sees no pixel.

    Args:
        renderer: A renderer of the model.
        model: The world.
        data: Its state, after mj_kinematics and mj_camlight.
        camera: Name of the camera.
        names: Bodies, their parts included.
    """
    seen = renderer.segment(data, camera, names)
    parts: dict[str, VisiblePart] = {}
    for number, name in enumerate(names):
        mask = seen == number
        if mask.any():
            whole = _alone_px(renderer, model, data, camera, name)
            parts[name] = _part(mask, max(whole, int(mask.sum())))
    return parts


def _alone_px(
    renderer: CameraRenderer,
    model: mujoco.MjModel,
    data: mujoco.MjData,
    camera: str,
    name: str,
) -> int:
    """Return how many pixels would show an object if nothing else were there."""
    root = model.body_rootid[model.body(name).id]
    others = model.body_rootid[model.geom_bodyid] != root
    groups = model.geom_group.copy()
    try:
        model.geom_group[others] = _HIDDEN_GROUP
        return int(np.sum(renderer.segment(data, camera, [name]) == 0))
    finally:
        model.geom_group[:] = groups


def _part(mask: np.ndarray, whole_px: int) -> VisiblePart:
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)
    height, width = mask.shape
    edge = bool(box[0] == 0 or box[1] == 0 or box[2] == width or box[3] == height)
    pixels = int(mask.sum())
    return VisiblePart(box, pixels, pixels / whole_px, edge)
