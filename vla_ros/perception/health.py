"""Whether a camera can be believed: what breaks a camera seldom stops its pictures.

Looking goes on only where the picture shows something, its depth is of the same size and in
metres, and the table is where the camera's pose says. Otherwise every target would be wrong.
"""

from __future__ import annotations

import numpy as np

from vla_ros.errors import GroundingError, NoDepthError
from vla_ros.params import PerceptionParams
from vla_ros.perception.surface import Surface
from vla_ros.perception.table import level_points
from vla_ros.types import CameraFrame

_DARK = 12
_FLAT = 1.0
_SHARE_SHOWING = 0.01
_SAMPLE = 4


def require_picture(frame: CameraFrame, camera: str) -> None:
    """Check that a picture shows something, and that its depth is of the same size.

    Args:
        frame: The picture.
        camera: The camera's name, for the message.

    Raises:
        GroundingError: It is black, or the same all over, or the sizes differ.
    """
    rgb = frame.rgb[::_SAMPLE, ::_SAMPLE]
    if np.mean(rgb.max(axis=-1) > _DARK) < _SHARE_SHOWING:
        raise GroundingError(
            f"the picture of camera '{camera}' is black (mean {rgb.mean():.1f} of 255): is the "
            "lens covered, or the exposure wrong?"
        )
    if float(rgb.std()) < _FLAT:
        raise GroundingError(
            f"the picture of camera '{camera}' is the same all over (mean {rgb.mean():.0f} of "
            "255): is the lens covered, or the exposure wrong?"
        )
    if frame.depth_m is not None and frame.depth_m.shape != frame.rgb.shape[:2]:
        height, width = frame.rgb.shape[:2]
        raise GroundingError(
            f"camera '{camera}': the depth is {frame.depth_m.shape[::-1]} px, the picture is "
            f"{(width, height)} px: take the depth that is registered to the picture"
        )


def require_metres(depth_m: np.ndarray, params: PerceptionParams) -> None:
    """Check that enough of a depth picture (H, W) [m] lies within reach.

    Raises:
        NoDepthError: It does not; a wrong unit looks like that.
    """
    with np.errstate(invalid="ignore"):
        within = (depth_m >= params.depth_min_m) & (depth_m <= params.depth_max_m)
    share = float(np.mean(within))
    if share < params.min_depth_share:
        raise NoDepthError(
            f"only {share:.0%} of the depth is within {params.depth_min_m} to "
            f"{params.depth_max_m} m (its median is {float(np.nanmedian(depth_m)):.3g} m): is it "
            "published in the wrong unit?"
        )


def require_table(surface: Surface, params: PerceptionParams, camera: str) -> None:
    """Check that the table is where the camera's pose says that it is.

    Raises:
        GroundingError: It isn't: the camera was turned or moved, or its transform is wrong.
    """
    if params.min_table_share == 0.0:
        return
    seen = int(surface.measured.sum())
    share = len(level_points(surface, params)) / max(1, seen)
    if share < params.min_table_share:
        raise GroundingError(
            f"camera '{camera}' does not see the table at {params.table_height_m} m where its "
            f"pose says ({share:.0%} of what it sees is level there, "
            f"{params.min_table_share:.0%} is needed): was it turned or moved, or is its "
            "transform wrong?"
        )
