"""What came of each thing that was said in the suite "speech", and the folder that keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from vla_ros.errors import ConfigError
from vla_ros.types import Json

Record = TypeVar("Record", "HeardCommand", "CalledStop", "OtherSound")
RUN_FILE = "run.json"


@dataclass(frozen=True, slots=True)
class HeardCommand:
    """One command as it was understood.

    Attributes:
        said: The words.
        voice: Engine, name and speed of who said them.
        natural: Whether that voice is near to a person's.
        noise_db: Speech over noise [dB].
        heard: The command that it was taken for, or the words.
        confidence: How sure of it.
        rejected: Why it was not taken for a command; None where it was.
        right: Whether it means the same tasks.
        acted: Whether it would have been carried out unasked.
        wrong_words: Wrong, missing and additional words in `heard`.
        words: Words in `said`.
        processor_s: Processor time of detector, recogniser and judge [s].
    """

    said: str
    voice: str
    natural: bool
    noise_db: float
    heard: str
    confidence: float
    rejected: str | None
    right: bool
    acted: bool
    wrong_words: int
    words: int
    processor_s: float


@dataclass(frozen=True, slots=True)
class CalledStop:
    """One call of a stop word.

    Attributes:
        said: The words.
        voice: Engine, name and speed of who called.
        natural: Whether that voice is near to a person's.
        noise_db: Speech over noise [dB].
        delay_s: From the end of the call until it was heard; negative where that was before its
            end, None where it was not heard [s].
    """

    said: str
    voice: str
    natural: bool
    noise_db: float
    delay_s: float | None


@dataclass(frozen=True, slots=True)
class OtherSound:
    """One sound without a stop word, as the stop spotter took it.

    Attributes:
        kind: "talk", "commands" or "noise".
        said: The words; "" for noise.
        voice: Engine, name and speed of who spoke.
        noise_db: Speech over noise [dB].
        duration_s: Its length [s].
        stops: Stop words that were heard in it.
        processor_s: Processor time of the spotter [s].
    """

    kind: str
    said: str
    voice: str
    noise_db: float
    duration_s: float
    stops: tuple[str, ...]
    processor_s: float


class KeptRecords(Generic[Record]):
    """The records of one part so far, and the file that keeps them; in memory alone without one."""

    def __init__(self, kind: type[Record], file: Path | None) -> None:
        """Read what is kept; a last line that was cut short is dropped.

        Raises:
            ConfigError: The file cannot be read, or holds something else.
        """
        self.records: list[Record] = []
        self._file = file
        if file is None or not file.exists():
            return
        try:
            content = file.read_text(encoding="utf-8")
            whole = content[: content.rfind("\n") + 1]
            self.records = [kind(**_tuples(json.loads(line))) for line in whole.splitlines()]
            file.write_text(whole, encoding="utf-8")
        except (OSError, ValueError, TypeError) as error:
            raise ConfigError(f"{file} holds no records of this suite: {error}") from error

    def add(self, record: Record) -> None:
        """Keep a record."""
        self.records.append(record)
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(asdict(record)) + "\n")


def open_folder(folder: Path, identity: Mapping[str, Any]) -> None:
    """Make a folder for records, or check that it holds those of the same run.

    Raises:
        ConfigError: It holds another run, or cannot be written.
    """
    wanted: Json = json.loads(json.dumps(identity))
    path = folder / RUN_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
        was = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder} cannot keep an evaluation: {error}") from error
    if was != wanted:
        raise ConfigError(f"{folder} holds another evaluation: say another --out")


def _tuples(values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise ValueError(f"{values} is no record")
    return {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
