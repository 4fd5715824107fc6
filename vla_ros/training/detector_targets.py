"""What the detector should say at each cell of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vla_ros.training.labelled_pictures import LabelledObject
from vla_ros.training.phrases import Phrase, Query

CELL_PX = 8
_CORE = 0.25
_RIM = 0.42


@dataclass(frozen=True, slots=True)
class CellTargets:
    """Truth for the P cells of one picture and Q phrases.

    Attributes:
        matches: (P, Q) 1 where the phrase names the object centred at the cell.
        match_weights: (P, Q) 0 where nothing should be learnt.
        centers: (P,) 1 where an object is centred.
        center_weights: (P,) 0 where nothing should be learnt.
        boxes: (P, 4) centre x, centre y, width, height as fractions of the picture.
        box_weights: (P,) 1 where the box is to be learnt.
        words: (P, V) 1 where each of V single words holds for the object centred at the cell.
    """

    matches: np.ndarray
    match_weights: np.ndarray
    centers: np.ndarray
    center_weights: np.ndarray
    boxes: np.ndarray
    box_weights: np.ndarray
    words: np.ndarray


def cell_targets(
    size_px: tuple[int, int],
    boxes_px: np.ndarray,
    clear: np.ndarray,
    things: Sequence[LabelledObject],
    queries: Sequence[Query],
    words: Sequence[Phrase] = (),
) -> CellTargets:
    """Return the truth of a picture.

    Cells in the core of a box say its object; the cell nearest to its centre always does. Around
    the core lies a rim where the box is learnt but presence is left open. Where boxes overlap the
    smaller one wins, because it is in front of or inside the larger one.

    Args:
        size_px: (height, width) of the picture.
        boxes_px: (N, 4) boxes of the things.
        clear: (N,) whether a thing shows well enough to be asked about; the others are ignored.
        things: N objects.
        queries: Q phrases.
        words: V phrases of a single word each, asked of every object.
    """
    height, width = size_px
    away = _centrality(size_px, boxes_px)
    owner, rim = _owners(away, boxes_px)
    cells = away.shape[1]
    names = np.array([[q.phrase.names(t) for q in queries] for t in things], bool)
    names = names.reshape(len(things), len(queries))
    matches = np.zeros((cells, len(queries)), np.float32)
    match_weights = np.ones_like(matches)
    owned = owner >= 0
    matches[owned] = names[owner[owned]]
    at_rim = (rim >= 0) & ~owned
    match_weights[at_rim] = ~names[rim[at_rim]]
    hidden = _inside(away, ~clear)
    match_weights[hidden & ~owned] = 0.0
    unclear = owned & ~clear[np.maximum(owner, 0)] if len(things) else owned
    match_weights[unclear] = 0.0
    center_weights = (~(at_rim | hidden) | (owned & ~unclear)).astype(np.float32)
    center_weights[unclear] = 0.0
    belongs = np.where(owned, owner, rim)
    taught = (belongs >= 0) & (clear[np.maximum(belongs, 0)] if len(things) else False)
    scale = np.array([width, height, width, height], np.float32)
    shapes = np.concatenate(
        [(boxes_px[:, :2] + boxes_px[:, 2:]) / 2.0, boxes_px[:, 2:] - boxes_px[:, :2]], axis=1
    )
    boxes = np.zeros((cells, 4), np.float32)
    boxes[taught] = (shapes / scale)[belongs[taught]]
    holds = np.array([[word.names(t) for word in words] for t in things], np.float32)
    spoken = np.zeros((cells, len(words)), np.float32)
    if len(things):
        spoken[owned] = holds.reshape(len(things), len(words))[owner[owned]]
    return CellTargets(
        matches,
        match_weights,
        owned.astype(np.float32),
        center_weights,
        boxes,
        taught.astype(np.float32),
        spoken,
    )


def _centrality(size_px: tuple[int, int], boxes_px: np.ndarray) -> np.ndarray:
    """Return (N, P) distance of each cell's centre from a box's centre, 0.5 at the box's edge."""
    height, width = size_px
    rows, columns = np.mgrid[0 : height // CELL_PX, 0 : width // CELL_PX]
    x = (columns.ravel() + 0.5) * CELL_PX
    y = (rows.ravel() + 0.5) * CELL_PX
    sides = np.maximum(boxes_px[:, 2:] - boxes_px[:, :2], 1e-3)
    center = (boxes_px[:, :2] + boxes_px[:, 2:]) / 2.0
    across = np.abs(x - center[:, :1]) / sides[:, :1]
    down = np.abs(y - center[:, 1:]) / sides[:, 1:]
    return np.maximum(across, down)


def _owners(away: np.ndarray, boxes_px: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (P,) the object whose core, and whose rim, a cell is in; -1 for none."""
    cells = away.shape[1]
    owner, rim = np.full(cells, -1), np.full(cells, -1)
    areas = np.prod(boxes_px[:, 2:] - boxes_px[:, :2], axis=1)
    for index in np.argsort(-areas):
        owner[away[index] < _CORE] = index
        rim[away[index] < _RIM] = index
    for index in np.argsort(areas):
        if np.any(owner == index):
            continue
        free = np.where(owner < 0, away[index], np.inf)
        owner[int(np.argmin(free))] = index
    return owner, rim


def _inside(away: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Return (P,) whether a cell lies in the box of one of some objects (N,)."""
    return np.asarray((away[which] < 0.5).any(axis=0))
