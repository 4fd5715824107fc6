"""Plays action chunks: what is asked of the robot at any control tick."""

from __future__ import annotations

import numpy as np

from vla_ros.action.motion import row_pose
from vla_ros.specs import ActionSpec, require_same
from vla_ros.types import ActionChunk, ToolCommand


class ChunkPlayer:
    """Turns the newest chunk into commands at control ticks, which need not match its period.

    Between rows it interpolates positions, normalised quaternions and openings linearly (rows are
    a control period or two apart), before the first row it gives the first, after the last row it
    holds the last.
    """

    def __init__(self, spec: ActionSpec) -> None:
        """Accept chunks of one spec: absolute poses with quaternions."""
        self._spec = spec
        self._chunk: ActionChunk | None = None

    def play(self, chunk: ActionChunk) -> None:
        """Replace what is being played.

        Raises:
            SpecMismatch: The chunk's columns mean something else than this player's.
            ValueError: The chunk is empty, of the wrong width or not finite.
        """
        require_same(chunk.spec, self._spec)
        if chunk.actions.ndim != 2 or chunk.actions.shape[1] != self._spec.width:
            raise ValueError(f"a chunk must be (T, {self._spec.width}), not {chunk.actions.shape}")
        if len(chunk.actions) == 0 or not np.isfinite(chunk.actions).all():
            raise ValueError(f"a chunk must have finite rows: {chunk.actions.tolist()}")
        self._chunk = chunk

    def clear(self) -> None:
        """Forget the chunk; command_at gives nothing until the next."""
        self._chunk = None

    def command_at(self, now_ns: int) -> ToolCommand | None:
        """Return the command for a control tick, or None where nothing was ever played."""
        if self._chunk is None:
            return None
        actions = self._chunk.actions
        place = (now_ns - self._chunk.start_ns) * 1e-9 / self._chunk.period_s
        index = int(np.clip(np.floor(place), 0, len(actions) - 1))
        following = min(index + 1, len(actions) - 1)
        fraction = float(np.clip(place - index, 0.0, 1.0))
        row = actions[index] + fraction * (actions[following] - actions[index])
        return ToolCommand(
            T_base_tool=row_pose(row),
            gripper_opening=float(np.clip(row[7], 0.0, 1.0)),
            frame_id=self._spec.frame,
            stamp_ns=now_ns,
        )

    def done(self, now_ns: int) -> bool:
        """Return whether the last row has been due for one period (or there is no chunk)."""
        if self._chunk is None:
            return True
        length_ns = round(len(self._chunk.actions) * self._chunk.period_s * 1e9)
        return now_ns >= self._chunk.start_ns + length_ns
