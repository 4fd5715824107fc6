"""Grounding phrases in a picture file, without a robot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from vla_ros.errors import ConfigError
from vla_ros.registry import create_grounder
from vla_ros.types import CameraFrame, Detection

MAX_SIDE_PX = 8192


def ground_picture(
    path: Path, phrases: Sequence[str], *, model: str = "default", threshold: float = 0.5
) -> list[Detection]:
    """Return what a grounding model finds in a picture file, best first.

    Raises:
        ConfigError: The file is missing, not a picture or too large, or a phrase is empty.
        ModelError: The model cannot be loaded.
    """
    if not path.is_file():
        raise ConfigError(f"no picture at {path}")
    if not all(phrase.strip() for phrase in phrases):
        raise ConfigError("a phrase is empty: say what to find, such as 'red cube'")
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ConfigError(f"{path} is not a picture that OpenCV can read (PNG, JPEG, WebP ...)")
    if max(bgr.shape[:2]) > MAX_SIDE_PX:
        raise ConfigError(f"{path} is {bgr.shape[1]}x{bgr.shape[0]} px: over {MAX_SIDE_PX} px")
    frame = CameraFrame(
        rgb=cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB),
        depth_m=None,
        k_px=np.eye(3),
        frame_id="",
        stamp_ns=0,
    )
    detections = create_grounder(model).ground(frame, list(phrases))
    kept = [detection for detection in detections if threshold <= detection.score]
    return sorted(kept, key=lambda detection: -detection.score)
