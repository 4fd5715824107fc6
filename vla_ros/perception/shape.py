"""The whole of an object from the side that is seen: an upright box, its hidden back completed.

Models are compared on the points that must lie on the object's rim (its steep sides and its
outline): a solid of revolution about an upright axis (cans, balls, bottles, bowls), one about a
level axis (markers, lemons), and an upright box. The one that fits best decides how far the
hidden back reaches. What none of them fits gets the rectangle of its top, or of least area.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from vla_ros.geometry import pose
from vla_ros.perception.rectangles import least_footprint, rectangle_footprint, top_footprint
from vla_ros.perception.round_shapes import lying_footprint, round_footprint
from vla_ros.perception.visible_side import FLAT_NZ, Footprint, VisibleSide, residual_of

_LEAST_CURVED = 0.25
_GOOD_M, _GOOD_PX = 0.0008, 0.28
_POOR_M = 0.003


def complete_box(side: VisibleSide) -> tuple[np.ndarray, np.ndarray]:
    """Return T_base_object (4, 4) and extent_m (3,) of the whole object's upright box.

    x lies along the longer horizontal side, z is up; it reaches from the support to the top.
    """
    footprint = _best_footprint(side)
    top = float(np.quantile(side.points_m[:, 2], 0.99))
    height = max(top - side.support_m, 1e-3)
    size, yaw = footprint.size_m, footprint.yaw_rad
    if size[1] > size[0]:
        size, yaw = size[::-1], yaw + 0.5 * np.pi
    yaw = (yaw + 0.5 * np.pi) % np.pi - 0.5 * np.pi
    center = np.array([*footprint.center_m, top - 0.5 * height])
    return pose(center, Rotation.from_euler("z", yaw)), np.array([*size, height])


def _best_footprint(side: VisibleSide) -> Footprint:
    """Return the model that fits best; what none fits gets the rectangle of least area."""
    round_ = round_footprint(side)
    upright = rectangle_footprint(side)
    models = [upright] if round_ is None else [upright, round_]
    with np.errstate(invalid="ignore"):
        slope = side.normals[:, 2]
        curved = float(np.mean((slope > 0.3) & (slope < FLAT_NZ)))
    best = min(models, key=residual_of)
    if curved > _LEAST_CURVED:
        lying = lying_footprint(side, upright)
        # An upright box leaves slopes unexplained, so its residual cannot be compared.
        enough = max(_GOOD_M, _GOOD_PX * side.pixel_m) + side.noise_m
        limit = enough if best is upright else min(enough, 0.9 * best.residual_m)
        # A bent thing can look round about a line beside it, but then it seems far too thick.
        thickest = 1.35 * float(least_footprint(side).size_m.min()) + 4.0 * side.pixel_m
        if lying is not None and lying.residual_m < limit and lying.size_m[1] < thickest:
            return lying
    if best.residual_m < _POOR_M + 0.5 * side.noise_m:
        return best
    return top_footprint(side) or least_footprint(side)
