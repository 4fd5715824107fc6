"""Fast DDS's segments in /dev/shm, which a killed process leaves behind."""

from __future__ import annotations

import fcntl
from pathlib import Path

FOLDER = Path("/dev/shm")
_LOCK_SUFFIX = "_el"


def remove_orphans(folder: Path = FOLDER) -> list[str]:
    """Remove the segments that no living process holds; return their names.

    Fast DDS keeps an exclusive lock on `<segment>_el` as long as the segment is in use, which is
    what `fastdds shm clean` looks at too.
    """
    removed = []
    for lock in sorted(folder.glob(f"fastrtps_*{_LOCK_SUFFIX}")):
        segment = lock.with_name(lock.name.removesuffix(_LOCK_SUFFIX))
        if "port" in segment.name or not _is_free(lock):
            continue  # ports are shared between processes and taken over by the next user
        for file in (segment, lock):
            file.unlink(missing_ok=True)
        removed.append(segment.name)
    return removed


def _is_free(lock: Path) -> bool:
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held by a living process, gone meanwhile, or not ours to touch
        return False
    return True
