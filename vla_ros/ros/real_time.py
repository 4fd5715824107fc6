"""Real-time scheduling, as Linux offers it: before whatever else waits for a processor."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection
from pathlib import Path

REMEDY = (
    "allow it by a line 'USER - rtprio 98' in /etc/security/limits.conf, for a container by "
    "--ulimit rtprio=98"
)
_THREADS = Path("/proc/self/task")
_ELSEWHERE = "only Linux has real-time priorities"


def take_precedence(priority: int) -> str | None:
    """Let all threads of this process, and those they start, go before all ordinary ones.

    All of them, since in Python each thread may have to wait for any other.

    Args:
        priority: 1 to 99, as in SCHED_FIFO.

    Returns:
        Why that cannot be; None where it is so.
    """
    if not hasattr(os, "sched_setscheduler") or not _THREADS.is_dir():
        return _ELSEWHERE
    done: set[int] = set()
    # One that was not reached yet may start another meanwhile.
    while threads := {int(thread.name) for thread in _THREADS.iterdir()} - done:
        refused = _prefer(threads, priority)
        if refused is not None:
            return refused
        done |= threads
    return None


def may_take_precedence(priority: int) -> str | None:
    """Say what `take_precedence` would, without doing it."""
    if not hasattr(os, "sched_setscheduler"):
        return _ELSEWHERE
    refused: list[str | None] = []
    # It applies to a thread that ends.
    trying = threading.Thread(target=lambda: refused.append(_prefer({0}, priority)))
    trying.start()
    trying.join()
    return refused[0]


def _prefer(threads: Collection[int], priority: int) -> str | None:
    for thread in threads:
        try:
            os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(priority))
        except ProcessLookupError:
            continue  # it has just ended
        except OSError as error:
            return f"no real-time priority {priority}: {error.strerror}"
    return None
