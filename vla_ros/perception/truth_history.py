"""What was true when a picture was taken; only scoring asks."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping

from vla_ros.errors import ModelError
from vla_ros.sim.environment import ObjectTruth

Truth = Mapping[str, ObjectTruth]

_KEPT = 50
_POLL_S = 0.05


class TruthHistory:
    """The last truths that a simulator told; safe to use from any thread.

    A truth that is older than a picture may be of another scene, set up since then, or from before
    something moved. So the first one counts that isn't.
    """

    def __init__(self) -> None:
        self._told: deque[tuple[int, Truth]] = deque(maxlen=_KEPT)
        self._changed = threading.Condition()

    def add(self, at_ns: int, truth: Truth) -> None:
        """Take what is true at a time; a time before the newest means that time was set back."""
        with self._changed:
            if self._told and at_ns < self._told[-1][0]:
                self._told.clear()
            self._told.append((at_ns, truth))
            self._changed.notify_all()

    def at(self, picture_ns: int, give_up: Callable[[], bool]) -> Truth:
        """Return the first truth that isn't older than a picture; waits for one.

        Args:
            picture_ns: Stamp of the picture [ns].
            give_up: Says when the wait has been long enough.

        Raises:
            ModelError: None came, or only older ones.
        """
        with self._changed:
            while True:
                for at_ns, truth in self._told:
                    if at_ns >= picture_ns:
                        return truth
                if give_up():
                    raise ModelError(self._missing(picture_ns))
                self._changed.wait(_POLL_S)

    def _missing(self, picture_ns: int) -> str:
        if not self._told:
            return "no ground truth has come: is the simulator running?"
        late_s = (picture_ns - self._told[-1][0]) * 1e-9
        return f"the newest ground truth is {late_s:.3f} s older than the picture"
