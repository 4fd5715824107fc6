"""Leaves a server alone that fails again and again, so that a robot does not wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vla_ros.errors import ModelError


class CircuitBreaker:
    """Closed while all is well; open after failures; then one call at a time may try again."""

    def __init__(
        self, failures: int, pause_s: float, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Make one that is closed.

        Args:
            failures: Calls that must fail one after the other before it opens.
            pause_s: How long it then stays open [s].
            clock_s: A steady clock [s].
        """
        self._most, self._pause_s, self._clock_s = failures, pause_s, clock_s
        self._lock = threading.Lock()
        self._failed = 0
        self._open_until_s = 0.0
        self._trying = False

    @contextmanager
    def guard(self, name: str) -> Iterator[None]:
        """Make a call inside; that it raises anything is a failure.

        Raises:
            ModelError: It is open, or another call is trying whether the server is back.
        """
        self._enter(name)
        succeeded = False
        try:
            yield
            succeeded = True
        finally:
            self._leave(succeeded)

    def _enter(self, name: str) -> None:
        with self._lock:
            if self._failed < self._most:
                return
            left_s = self._open_until_s - self._clock_s()
            if left_s > 0.0 or self._trying:
                raise ModelError(
                    f"{name} failed {self._failed} times in a row and is left alone for another "
                    f"{max(left_s, 0.0):.0f} s"
                )
            self._trying = True

    def _leave(self, succeeded: bool) -> None:
        with self._lock:
            self._trying = False
            self._failed = 0 if succeeded else self._failed + 1
            if not succeeded:
                self._open_until_s = self._clock_s() + self._pause_s
