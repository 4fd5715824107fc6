"""What is true of each object in a rendered picture: its box, how much of it shows, its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from vla_ros.sim.rendering import CameraRenderer
from vla_ros.sim.scene_description import Scene, SceneObject
from vla_ros.sim.world import FRONT_CAMERA
from vla_ros.training.stage import Stage

SMALL_WORDS = ("small", "little")
LARGE_WORDS = ("large", "big")
_SIZE_RATIO = 1.25
_FEWEST_PX = 12


def box_px(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Return x0, y0, x1, y1 [px] around the set pixels of (H, W), x1 and y1 exclusive."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def size_words(thing: SceneObject, things: Sequence[SceneObject]) -> tuple[str, ...]:
    """Return size words that hold for a thing among those of its kind, none where they are alike.

    "Small" is the smallest where the next is at least a quarter longer, "large" likewise.
    """
    lengths = sorted(float(np.cbrt(np.prod(o.size_m))) for o in things if o.kind == thing.kind)
    own = float(np.cbrt(np.prod(thing.size_m)))
    if len(lengths) < 2:
        return ()
    if own == lengths[-1] and own >= _SIZE_RATIO * lengths[-2]:
        return LARGE_WORDS
    if own == lengths[0] and lengths[1] >= _SIZE_RATIO * own:
        return SMALL_WORDS
    return ()


def layers(boxes: Sequence[tuple[int, int, int, int]]) -> list[list[int]]:
    """Return the boxes' numbers in few groups, in each of which no two boxes overlap."""
    groups: list[list[int]] = []
    for number, (x0, y0, x1, y1) in enumerate(boxes):
        for group in groups:
            if all(
                x1 <= boxes[k][0] or boxes[k][2] <= x0 or y1 <= boxes[k][1] or boxes[k][3] <= y0
                for k in group
            ):
                group.append(number)
                break
        else:
            groups.append([number])
    return groups


def picture_truth(stage: Stage, renderer: CameraRenderer, scene: Scene) -> list[dict[str, Any]]:
    """Return what is true of each object that can be seen in the front camera's picture.

    Each is a dict of name, kind, nouns, colors (and material words), sizes, categories, box_px
    (of what is visible), visible_fraction (of what would be visible if it were alone), position_m.
    """
    names = [thing.name for thing in scene.objects]
    seen = renderer.segment(stage.data, FRONT_CAMERA, [*names, stage.arm_root])
    hidden = [name for number, name in enumerate(names) if may_be_hidden(seen, number)]
    whole = _whole_areas_px(stage, renderer, hidden)
    stage.show_only(names)
    truths = []
    for number, thing in enumerate(scene.objects):
        mask = seen == number
        area = int(mask.sum())
        if area < _FEWEST_PX:
            continue
        truths.append(
            {
                "name": thing.name,
                "kind": thing.kind,
                "nouns": list(thing.nouns),
                "colors": [*thing.color_words, *thing.material_words],
                "sizes": list(size_words(thing, scene.objects)),
                "categories": list(thing.categories),
                "box_px": list(box_px(mask)),
                "visible_fraction": round(min(area / whole.get(thing.name, area), 1.0), 3),
                "position_m": [round(v, 4) for v in stage.data.body(thing.name).xpos.tolist()],
            }
        )
    return truths


def may_be_hidden(seen: np.ndarray, number: int) -> bool:
    """Return whether another object or the arm borders on an object's pixels.

    Args:
        seen: (H, W) number of the object at each pixel, -1 for none.
        number: The object.
    """
    mask = seen == number
    border = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~mask
    return bool(np.any(seen[border] >= 0))


def _whole_areas_px(stage: Stage, renderer: CameraRenderer, names: Sequence[str]) -> dict[str, int]:
    """Return how many pixels each object would show if nothing stood before it."""
    boxes = [stage.box_px(name, renderer.size) for name in names]
    areas: dict[str, int] = {}
    for group in layers(boxes):
        shown = [names[k] for k in group]
        stage.show_only(shown, surroundings=False)
        alone = renderer.segment(stage.data, FRONT_CAMERA, shown)
        counts = np.bincount(alone[alone >= 0], minlength=len(shown))
        areas.update(zip(shown, np.maximum(counts, 1).tolist(), strict=True))
    return areas
