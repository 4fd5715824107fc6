"""Whether a camera can be believed: what breaks a camera seldom stops its pictures.

Looking goes on only where the picture shows something, its depth is of the same size and in
metres, and the table is where the camera's pose says. Otherwise every target would be wrong.
"""

from __future__ import annotations

import numpy as np

from vla_ros.errors import GroundingError, NoDepthError
from vla_ros.params import PerceptionParams
from vla_ros.perception.surface import Surface
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


def within_reach(depth_m: np.ndarray, params: PerceptionParams) -> np.ndarray:
    """Return (H, W) whether a depth [m] lies within the camera's reach; NaN does not."""
    with np.errstate(invalid="ignore"):
        return np.asarray((depth_m >= params.depth_min_m) & (depth_m <= params.depth_max_m))


def require_metres(depth_m: np.ndarray, within: np.ndarray, params: PerceptionParams) -> None:
    """Check that enough of a depth picture (H, W) [m] lies within reach.

    Args:
        depth_m: The depth, for the message.
        within: (H, W) what `within_reach` says of it.
        params: The reach, and how much is enough.

    Raises:
        NoDepthError: It does not; a wrong unit looks like that.
    """
    share = float(np.mean(within))
    if share < params.min_depth_share:
        raise NoDepthError(
            f"only {share:.0%} of the depth is within {params.depth_min_m} to "
            f"{params.depth_max_m} m (its median is {float(np.nanmedian(depth_m)):.3g} m): is it "
            "published in the wrong unit?"
        )


def require_table(
    level_m: np.ndarray, surface: Surface, params: PerceptionParams, camera: str
) -> None:
    """Check that the table is where the camera's pose says that it is.

    Args:
        level_m: (N, 3) the surface's points that are level and near the table's height [m].
        surface: What is seen.
        params: The table's height, and how much of it must be seen.
        camera: The camera's name, for the message.

    Raises:
        GroundingError: It isn't: the camera was turned or moved, or its transform is wrong.
    """
    if params.min_table_share == 0.0:
        return
    seen = int(surface.measured.sum())
    share = len(level_m) / max(1, seen)
    if share < params.min_table_share:
        raise GroundingError(
            f"camera '{camera}' does not see the table at {params.table_height_m} m where its "
            f"pose says ({share:.0%} of what it sees is level there, "
            f"{params.min_table_share:.0%} is needed): was it turned or moved, or is its "
            "transform wrong?"
        )
