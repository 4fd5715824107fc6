"""One RGB-D picture, ready to have things found in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.params import PerceptionParams
from vla_ros.perception.depth import require_depth
from vla_ros.perception.health import require_metres, require_table, within_reach
from vla_ros.perception.surface import Surface, surface_from_depth
from vla_ros.perception.table import Table, level_points, table_among
from vla_ros.types import CameraFrame

_TABLE_ROWS = 80


@dataclass(frozen=True, slots=True)
class View:
    """A picture whose parts are lifted into the base frame when they are looked at.

    Attributes:
        depth_m: (H, W) distance along the optical axis [m], NaN where missing or out of range.
        k_px: (3, 3) intrinsics [px].
        T_base_camera: (4, 4) pose of the optical frame.
        table: The table's surface.
        camera: Name of the camera.
        stamp_ns: When the picture was taken.
    """

    depth_m: np.ndarray
    k_px: np.ndarray
    T_base_camera: np.ndarray
    table: Table
    camera: str
    stamp_ns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the picture."""
        rows, columns = self.depth_m.shape
        return rows, columns

    def window(self, box_px: tuple[int, int, int, int]) -> Surface:
        """Return what is seen within x0, y0, x1, y1 of the picture, x1 and y1 exclusive [px]."""
        x0, y0 = max(box_px[0] - 1, 0), max(box_px[1] - 1, 0)  # normals need the next pixel too
        depth_m = self.depth_m[y0 : box_px[3] + 1, x0 : box_px[2] + 1]
        surface = surface_from_depth(depth_m, self.k_px, self.T_base_camera, (x0, y0))
        return surface.window(box_px)

    def whole(self) -> Surface:
        """Return all that is seen."""
        return self.window((0, 0, *self.shape[::-1]))


def view_of(
    frame: CameraFrame, T_base_camera: np.ndarray, params: PerceptionParams, camera: str = ""
) -> View:
    """Prepare to have things found in a picture, and find the table in it.

    Every n-th pixel of a picture of many is enough for the table.

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
    within = within_reach(depth_m, params)
    require_metres(depth_m, within, params)
    depth_m = np.where(within, depth_m, np.nan).astype(float)
    step = max(1, depth_m.shape[0] // _TABLE_ROWS)
    coarse_px = np.diag([1.0 / step, 1.0 / step, 1.0]) @ frame.k_px
    surface = surface_from_depth(depth_m[::step, ::step], coarse_px, T_base_camera)
    level = level_points(surface, params)
    require_table(level, surface, params, camera)
    table = table_among(level, params)
    T = np.asarray(T_base_camera)
    return View(depth_m, np.asarray(frame.k_px), T, table, camera, frame.stamp_ns)
