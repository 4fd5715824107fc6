"""Looks again and again at what was asked for last, for those who follow the topics."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from rclpy.impl.rcutils_logger import RcutilsLogger

from vla_ros.errors import VlaRosError
from vla_ros.params import GroundingParams
from vla_ros.ros.scene_eye import SceneEye

_NOTHING_TO_WATCH_S = 0.5
_LAST_LOOK_S = 20.0


class SceneWatch:
    """A thread that looks while somebody follows what is seen; a look costs a model's run.

    Attributes:
        phrases: What to look for.
    """

    def __init__(
        self, eye: SceneEye, params: Callable[[], GroundingParams], log: RcutilsLogger
    ) -> None:
        """Start the thread; `params` is asked anew for each look."""
        self.phrases: tuple[str, ...] = ()
        self._eye, self._params, self._log = eye, params, log
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scene_watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread after the look that is under way."""
        self._ended.set()
        self._thread.join(_LAST_LOOK_S)

    def _run(self) -> None:
        seen_ns = 0
        while not self._ended.is_set():
            params = self._params()
            if params.watch_rate_hz <= 0.0 or not self.phrases or not self._eye.followed:
                self._ended.wait(_NOTHING_TO_WATCH_S)
                continue
            due_s = time.monotonic() + 1.0 / params.watch_rate_hz
            try:
                # Each picture once: the newest, or the next as soon as it comes.
                seen, _ = self._eye.look(
                    self.phrases, seen_ns + 1, params.picture_timeout_s, others=False
                )
                seen_ns = seen.look.stamp_ns
            except VlaRosError as error:
                seen_ns = 0  # the clock may have been set back
                self._log.warning(f"watching: {error}", throttle_duration_sec=5.0)
            self._ended.wait(max(0.0, due_s - time.monotonic()))
