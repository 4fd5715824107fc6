"""Grounding phrases in picture files, and finding the file that shows a thing; without a robot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from vla_ros.errors import ConfigError
from vla_ros.params import ModelParams
from vla_ros.perception.scene_search import SceneIndex, SceneMatch
from vla_ros.registry import create_encoder, create_grounder
from vla_ros.types import CameraFrame, Detection

MAX_SIDE_PX = 8192
MAX_PICTURES = 10_000


def ground_picture(
    path: Path,
    phrases: Sequence[str],
    *,
    model: str = "default",
    threshold: float = 0.5,
    params: ModelParams | None = None,
) -> list[Detection]:
    """Return what a grounding model finds in a picture file, best first.

    Raises:
        ConfigError: The file is missing, not a picture or too large, or a phrase is empty; or
            there is no such model.
        ModelError: The model cannot be loaded.
    """
    _require_words(phrases)
    frame = CameraFrame(read_picture(path), None, np.eye(3), "", 0)
    detections = create_grounder(model, params).ground(frame, list(phrases))
    kept = [detection for detection in detections if threshold <= detection.score]
    return sorted(kept, key=lambda detection: -detection.score)


def search_pictures(
    paths: Sequence[Path],
    phrase: str,
    *,
    model: str,
    most: int = 10,
    params: ModelParams | None = None,
) -> list[SceneMatch]:
    """Return which picture files show a thing, the likeliest first, named by their paths.

    Raises:
        ConfigError: A file is missing, not a picture or too large, or there are too many; or
            there is no such model.
        ModelError: The model cannot be loaded.
    """
    _require_words([phrase])
    if len(paths) > MAX_PICTURES:
        raise ConfigError(f"{len(paths)} pictures: at most {MAX_PICTURES} at once")
    index = SceneIndex(create_encoder(model, params))
    for path in paths:
        index.add(str(path), read_picture(path))
    return index.search(phrase, most)


def read_picture(path: Path) -> np.ndarray:
    """Return a picture file as (H, W, 3) uint8, red first.

    Raises:
        ConfigError: The file is missing, not a picture or too large.
    """
    if not path.is_file():
        raise ConfigError(f"no picture at {path}")
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ConfigError(f"{path} is not a picture that OpenCV can read (PNG, JPEG, WebP ...)")
    if max(bgr.shape[:2]) > MAX_SIDE_PX:
        raise ConfigError(f"{path} is {bgr.shape[1]}x{bgr.shape[0]} px: over {MAX_SIDE_PX} px")
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def _require_words(phrases: Sequence[str]) -> None:
    if not all(phrase.strip() for phrase in phrases):
        raise ConfigError("a phrase is empty: say what to find, such as 'red cube'")
