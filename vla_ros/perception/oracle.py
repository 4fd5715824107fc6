"""Grounders that see nothing: one knows the truth, one guesses. Both prove the scoring only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from vla_ros.errors import GroundingError
from vla_ros.geometry import deproject_image, inverse, project, transform_points
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.objects import kind_named
from vla_ros.types import CameraFrame, Detection

ANYTHING = frozenset({"thing", "object", "item", "one"})
_SKIN_M = 0.004
_FEWEST_PIXELS = 4
_ROUND = 1.1
_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) / 2.0


class OracleGrounder:
    """Answers phrases from ground truth, with the pixels that show the object.

    Evaluation runs it in the model's place: what then fails is not the model's fault.
    """

    def __init__(
        self,
        truth: Callable[[], Mapping[str, ObjectTruth]],
        T_base_camera: Callable[[], np.ndarray],
    ) -> None:
        """Make one.

        Args:
            truth: Gives the ground truth at the time of the picture.
            T_base_camera: Gives the pose (4, 4) of the camera's optical frame then.
        """
        self._truth = truth
        self._T_base_camera = T_base_camera

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return a detection with score 1 for each object that a phrase names and that is seen."""
        T_base_camera = self._T_base_camera()
        points = _picture_points(frame, T_base_camera)
        found = []
        for thing in self._truth().values():
            named = [phrase for phrase in phrases if names(phrase, thing)]
            if named:
                seen = _seen_box(thing, frame, points, T_base_camera)
                found += [Detection(phrase, seen, 1.0) for phrase in named if seen is not None]
        return found


class RandomGrounder:
    """Answers every phrase with a random box: the score that chance alone gives."""

    def __init__(self, seed: int) -> None:
        """Make one; the same seed gives the same boxes."""
        self._rng = np.random.default_rng(seed)

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return one box for each phrase, 5 to 30 % of the picture's sides long, score 1."""
        height, width = frame.rgb.shape[:2]
        size = np.array([width, height])
        found = []
        for phrase in phrases:
            side = size * self._rng.uniform(0.05, 0.3, 2)
            low = self._rng.uniform(0.0, 1.0, 2) * (size - side)
            found.append(Detection(phrase, np.concatenate([low, low + side]), 1.0))
        return found


def names(phrase: str, thing: ObjectTruth) -> bool:
    """Whether a simple phrase names an object: by a phrase of its own, or by "red thing"."""
    asked = phrase.lower().split()
    if not asked:
        return False
    if asked[-1] in ANYTHING:
        own = {word for known in thing.phrases for word in known.split()} | {thing.color}
        return set(asked[:-1]) <= own
    return " ".join(asked) in thing.phrases


def _picture_points(frame: CameraFrame, T_base_camera: np.ndarray) -> np.ndarray | None:
    """Return (H, W, 3) base-frame points of a picture, or None where it has no depth."""
    if frame.depth_m is None:
        return None
    in_camera = deproject_image(frame.depth_m, frame.k_px)
    return transform_points(T_base_camera, in_camera.reshape(-1, 3)).reshape(in_camera.shape)


def _is_ball(thing: ObjectTruth) -> bool:
    extent = np.asarray(thing.extent_m)
    return kind_named(thing.kind).rolls and float(extent.max()) < _ROUND * float(extent.min())


def _seen_box(
    thing: ObjectTruth,
    frame: CameraFrame,
    points: np.ndarray | None,
    T_base_camera: np.ndarray,
) -> np.ndarray | None:
    """Return the box (4,) of the pixels that show an object, None where none do.

    Without depth it is the box of the projected corners.

    Raises:
        GroundingError: Without depth, where the object reaches behind the camera.
    """
    T_object_base = inverse(thing.T_base_object)
    if points is not None:
        local = transform_points(T_object_base, points.reshape(-1, 3)).reshape(points.shape)
        with np.errstate(invalid="ignore"):
            # The skin does not reach down: the table around the object is not the object.
            within = np.abs(local) / (0.5 * thing.extent_m + _SKIN_M)
            # A ball that has rolled does not fill its box, whose corners may reach into a bowl.
            inside = (np.linalg.norm if _is_ball(thing) else np.max)(within, axis=-1) < 1.0
            inside &= local[..., 2] > -0.5 * thing.extent_m[2] + _SKIN_M
        rows, columns = np.nonzero(inside)
        if len(rows) < _FEWEST_PIXELS:
            return None
        low, high = (columns.min(), rows.min()), (columns.max() + 1, rows.max() + 1)
        return np.array([*low, *high], dtype=float)
    corners = transform_points(thing.T_base_object, _CORNERS * thing.extent_m)
    in_camera = transform_points(inverse(T_base_camera), corners)
    if np.any(in_camera[:, 2] <= 0.0):
        raise GroundingError(f"'{thing.name}' reaches behind the camera")
    pixels = project(in_camera, frame.k_px) + 0.5
    height, width = frame.rgb.shape[:2]
    box = np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])
    clipped = np.clip(box, 0.0, [width, height, width, height])
    return clipped if np.all(clipped[2:] - clipped[:2] >= 1.0) else None
