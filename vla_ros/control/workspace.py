"""Where the tool may be: a box, above the table, outside keep-out boxes."""

from __future__ import annotations

import numpy as np

from vla_ros.errors import SafetyError
from vla_ros.params import RobotParams, SafetyParams

_MARGIN_M = 0.001
_AXES = "xyz"


class Workspace:
    """The tool's allowed places in the base frame.

    The tool's point must be inside the box; that point and the fingertips beyond it must be above
    the table and outside every keep-out box. Requests are moved a millimetre further inside than
    that, so that the small errors of following them don't touch the surfaces.
    """

    def __init__(self, params: SafetyParams, robot: RobotParams) -> None:
        """Read the zones.

        Raises:
            SafetyError: The box is missing or empty, or a keep-out box is malformed.
        """
        low, high = params.workspace_min_m, params.workspace_max_m
        if len(low) != 3 or len(high) != 3:
            raise SafetyError(
                f"there is no workspace box: workspace_min_m is {list(low)}, workspace_max_m is "
                f"{list(high)}; measure where the tool may go in {robot.base_frame} and write x, y "
                "and z of both corners into the robot's YAML"
            )
        self._low, self._high = np.array(low), np.array(high)
        thin = [_AXES[i] for i in range(3) if not self._low[i] + 4 * _MARGIN_M <= self._high[i]]
        if thin:
            raise SafetyError(
                f"the workspace box {list(low)} to {list(high)} has no room along {thin}"
            )
        self._floor_m = params.table_height_m + params.table_clearance_m
        if not self._floor_m < high[2]:
            raise SafetyError(
                f"the workspace box ends at z = {high[2]} m, below the table's surface at "
                f"{params.table_height_m} m"
            )
        self._finger_depth_m = robot.finger_depth_m
        self._half_width_m = robot.gripper_max_width_m / 2.0
        self._keep_out = _boxes(params.keep_out_m)

    def clip(self, T_base_tool: np.ndarray) -> tuple[np.ndarray, str]:
        """Return the nearest allowed pose (4, 4) and what was changed, in words ('' for nothing).

        Only the position is changed.

        Raises:
            SafetyError: No allowed place is near, as in a keep-out box that fills the workspace.
        """
        result = T_base_tool.copy()
        asked = T_base_tool[:3, 3]
        inside = np.clip(asked, self._low + _MARGIN_M, self._high - _MARGIN_M)
        reasons = [
            f"{_AXES[i]} {asked[i]:.3f} -> {inside[i]:.3f} m (the workspace is "
            f"{self._low[i]:.3f} to {self._high[i]:.3f})"
            for i in range(3)
            if not self._low[i] <= asked[i] <= self._high[i]
        ]
        result[:3, 3] = inside
        short = self._floor_m - self._lowest_m(result)
        if short > -_MARGIN_M:
            result[2, 3] += short + _MARGIN_M
        if short > 0.0:
            reasons.append(f"raised by {short * 1e3:.0f} mm to keep the fingertips off the table")
        for index, box in enumerate(self._keep_out):
            if self._leave(result, box):
                reasons.append(f"moved out of keep-out box {index}")
        depths = self.depths(result)
        if depths.max() > 0.0:
            raise SafetyError(
                f"{np.round(asked, 3).tolist()} m is in {self.name(int(np.argmax(depths)))}, and "
                "no way out of that leads into the workspace"
            )
        return result, "; ".join(reasons)

    def depths(self, T_base_tool: np.ndarray) -> np.ndarray:
        """Return how deep the tool is in what is forbidden [m]; nothing above 0 is allowed.

        Returns:
            (7 + K,) depths: six sides of the box, the table, each keep-out box.
        """
        position = T_base_tool[:3, 3]
        return np.array(
            [
                *(self._low - position),
                *(position - self._high),
                self._floor_m - self._lowest_m(T_base_tool),
                *(self._depth_in(T_base_tool, box) for box in self._keep_out),
            ]
        )

    def name(self, index: int) -> str:
        """Return what the depth of an index belongs to, in words."""
        if index < 6:
            side = "lowest" if index < 3 else "highest"
            value = self._low[index] if index < 3 else self._high[index - 3]
            return f"the workspace's {side} {_AXES[index % 3]}, {value:.3f} m"
        return "the table" if index == 6 else f"keep-out box {index - 7}"

    def _lowest_m(self, T_base_tool: np.ndarray) -> float:
        """Return the height of the lowest fingertip, or of the tool's point if that is lower."""
        below = min(0.0, self._finger_depth_m * T_base_tool[2, 2])
        aside = self._half_width_m * abs(T_base_tool[2, 1])
        return float(T_base_tool[2, 3] + below - aside)

    def _points(self, T_base_tool: np.ndarray) -> np.ndarray:
        point = T_base_tool[:3, 3]
        return np.stack([point, point + self._finger_depth_m * T_base_tool[:3, 2]])

    def _depth_in(self, T_base_tool: np.ndarray, box: np.ndarray) -> float:
        points = self._points(T_base_tool)
        depths = np.concatenate([points - box[0], box[1] - points], axis=1).min(axis=1)
        return float(depths.max())

    def _leave(self, T_base_tool: np.ndarray, box: np.ndarray) -> bool:
        """Move a pose in place out of a box by its nearest side; say whether it was inside."""
        if self._depth_in(T_base_tool, box) <= -_MARGIN_M:
            return False
        touched = self._depth_in(T_base_tool, box) > 0.0
        points = self._points(T_base_tool)
        ways: list[tuple[float, np.ndarray]] = []
        for axis in range(3):
            up = max(0.0, float(box[1, axis] - points[:, axis].min())) + _MARGIN_M
            down = max(0.0, float(points[:, axis].max() - box[0, axis])) + _MARGIN_M
            for shift in (up, -down):
                place = T_base_tool[:3, 3].copy()
                place[axis] += shift
                ways.append((abs(shift), place))
        for _, place in sorted(ways, key=lambda way: way[0]):
            moved = T_base_tool.copy()
            moved[:3, 3] = place
            if self.depths(moved)[:7].max() <= 0.0:
                T_base_tool[:3, 3] = place
                break
        return touched


def _boxes(flat: tuple[float, ...]) -> list[np.ndarray]:
    """Return (2, 3) lowest and highest corners of each box in a flat list."""
    if len(flat) % 6:
        raise SafetyError(
            f"keep_out_m has {len(flat)} numbers; each box takes six: its lowest x, y, z, then its "
            "highest"
        )
    boxes = [np.array(flat[i : i + 6]).reshape(2, 3) for i in range(0, len(flat), 6)]
    for index, box in enumerate(boxes):
        if not np.all(box[0] < box[1]):
            raise SafetyError(
                f"keep-out box {index} goes from {box[0].tolist()} to {box[1].tolist()}: its first "
                "corner must be the lower one on every axis"
            )
    return boxes
