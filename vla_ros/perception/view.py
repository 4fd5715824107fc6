"""One RGB-D picture, ready to have things found in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.params import PerceptionParams
from vla_ros.perception.depth import require_depth
from vla_ros.perception.health import require_metres, require_table
from vla_ros.perception.surface import Surface, surface_from_depth
from vla_ros.perception.table import Table, table_in_picture
from vla_ros.types import CameraFrame


@dataclass(frozen=True, slots=True)
class View:
    """A picture lifted into the base frame.

    Attributes:
        surface: Every pixel's point and normal.
        table: The table's surface.
        camera: Name of the camera.
        stamp_ns: When the picture was taken.
    """

    surface: Surface
    table: Table
    camera: str
    stamp_ns: int


def view_of(
    frame: CameraFrame, T_base_camera: np.ndarray, params: PerceptionParams, camera: str = ""
) -> View:
    """Lift a picture into the base frame and find the table in it.

    Args:
        frame: The picture with its depth.
        T_base_camera: (4, 4) pose of the optical frame when the picture was taken.
        params: Ranges, and where the table is expected.
        camera: The camera's name, kept with what is found.

    Raises:
        NoDepthError: There is no depth, or too little of it, or it is in a wrong unit.
        GroundingError: The table is not where the camera's pose says.
    """
    depth_m = require_depth(frame.depth_m, params.min_depth_share)
    require_metres(depth_m, params)
    range_m = (params.depth_min_m, params.depth_max_m)
    surface = surface_from_depth(depth_m, frame.k_px, T_base_camera, range_m)
    require_table(surface, params, camera)
    return View(surface, table_in_picture(surface, params), camera, frame.stamp_ns)
