"""The folder of an evaluation: what was run, each result as it comes, and how to go on with it.

run.json says what was run, so that another configuration is refused. results.jsonl has one line for
each episode, in the order of the episodes once all have run. failures/ has a picture and a film of
each failure, or one of each mistake, and summary.json the totals.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from vla_ros.errors import ConfigError
from vla_ros.evaluation.film import Media
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.types import Json

RUN_FILE = "run.json"
RESULTS_FILE = "results.jsonl"
SUMMARY_FILE = "summary.json"
FAILURES = "failures"
NOT_RUN = "not_run"
_LONGEST_LINE = 100_000


class RunFolder:
    """An evaluation's folder, kept by one process at a time; use it in a `with` block.

    Attributes:
        folder: Where it is.
        results: The results so far, by the number of the episode.
    """

    def __init__(self, folder: Path, identity: Json) -> None:
        """Make the folder, or go on with it.

        Args:
            folder: Where it is, or shall be.
            identity: What is run.

        Raises:
            ConfigError: It holds another evaluation, cannot be read or written, or another
                process is at it.
        """
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._locked = _locked(folder)
        except OSError as error:
            raise ConfigError(f"{folder} cannot be written: {error}") from error
        try:
            _require_same(folder, identity)
            self._file = (folder / RESULTS_FILE).open("a+b")
            self.results = {r.index: r for r in self._read() if r.reason != NOT_RUN}
        except BaseException:
            os.close(self._locked)
            raise

    def __enter__(self) -> RunFolder:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of it."""
        self._file.close()
        os.close(self._locked)

    def add(self, result: EpisodeResult, media: Media | None = None) -> None:
        """Keep a result; after this it survives whatever happens to this process."""
        if media is not None:
            picture, film = media_files(self.folder, result.index)
            picture.parent.mkdir(exist_ok=True)
            stills = [
                (mistake_file(self.folder, result.index, number), still)
                for number, still in enumerate(media.mistakes_jpeg)
            ]
            for path, content in ((picture, media.picture_jpeg), (film, media.film_mp4), *stills):
                if content:
                    path.write_bytes(content)
        self._file.write(_line(result))
        self._file.flush()
        os.fsync(self._file.fileno())
        self.results[result.index] = result

    def finish(self, summary: Json) -> None:
        """Put the results in order, and write the totals beside them; nothing is added after."""
        ordered = [self.results[index] for index in sorted(self.results)]
        _replace(self.folder / RESULTS_FILE, b"".join(map(_line, ordered)))
        _replace(self.folder / SUMMARY_FILE, (json.dumps(summary, indent=2) + "\n").encode())

    def _read(self) -> list[EpisodeResult]:
        """Return the results so far; a last line that was cut short is dropped."""
        results, whole = read_lines(self._file, self.folder / RESULTS_FILE)
        self._file.truncate(whole)
        return results


def read_results(folder: Path) -> tuple[Json, list[EpisodeResult]]:
    """Return what was run in a folder, and its results in the order of the episodes.

    Raises:
        ConfigError: It is no evaluation's folder.
    """
    try:
        identity: Json = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        with (folder / RESULTS_FILE).open("rb") as file:
            results, _ = read_lines(file, folder / RESULTS_FILE)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder} holds no evaluation: {error}") from error
    last = {result.index: result for result in results}
    return identity, [last[index] for index in sorted(last)]


def read_lines(file: IO[bytes], path: Path) -> tuple[list[EpisodeResult], int]:
    """Return the results in a file, and how many bytes of it are whole lines.

    Raises:
        ConfigError: A line is no result.
    """
    file.seek(0)
    results: list[EpisodeResult] = []
    whole = 0
    while line := file.readline(_LONGEST_LINE):
        if not line.endswith(b"\n"):
            if len(line) == _LONGEST_LINE:
                raise ConfigError(f"{path}: line {len(results) + 1} is too long for a result")
            break
        try:
            results.append(EpisodeResult.from_json(json.loads(line)))
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{path}: line {len(results) + 1} is no result: {error}") from error
        whole += len(line)
    return results, whole


def media_files(folder: Path, index: int) -> tuple[Path, Path]:
    """Return the picture and the film of an episode, which are there only if it failed."""
    stem = folder / FAILURES / f"{index:05d}"
    return stem.with_suffix(".jpg"), stem.with_suffix(".mp4")


def mistake_file(folder: Path, index: int, number: int) -> Path:
    """Return the picture of one of an episode's mistakes, by its number among them."""
    return folder / FAILURES / f"{index:05d}.{number}.jpg"


def _require_same(folder: Path, identity: Json) -> None:
    """Write what is run, or check that it is what was run."""
    path = folder / RUN_FILE
    wanted: Json = json.loads(json.dumps(identity))
    if not path.exists():
        path.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
        return
    try:
        was: Json = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not isinstance(was, dict):
        raise ConfigError(f"{path} is no description of an evaluation")
    differing = sorted(key for key in was.keys() | wanted.keys() if was.get(key) != wanted.get(key))
    if differing:
        words = ", ".join(_difference(key, was.get(key), wanted.get(key)) for key in differing)
        raise ConfigError(f"{folder} holds an evaluation with another {words}: say another --out")


def _difference(key: str, was: Any, wanted: Any) -> str:
    """Return what differs in words, with both values where they are short."""
    if isinstance(was, (Mapping, list)) or isinstance(wanted, (Mapping, list)):
        return key
    return f"{key} ({was} there, {wanted} now)"


def _locked(folder: Path) -> int:
    """Return a handle of a folder that no other process of ours has at the same time.

    Raises:
        ConfigError: Another one has it.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise ConfigError(f"{folder} is being written by another process") from error
    return handle


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that it is either the old one or the new one, never half of it."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    os.replace(fresh, path)


def _line(result: EpisodeResult) -> bytes:
    return (json.dumps(result.to_json()) + "\n").encode()
