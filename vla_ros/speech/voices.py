"""Voices that make speech offline, each a program of its own.

They are those of espeak-ng, flite and festival, and, natural, of piper and kokoro.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vla_ros.errors import ConfigError, SpeechError
from vla_ros.speech.audio import AudioClip, read_wav
from vla_ros.speech.kokoro import kokoro_files

MAX_CHARACTERS = 500
_TIMEOUT_S = 30.0
_ESPEAK_WORDS_A_MINUTE = 160.0
_MOST_SPOKEN_S = 120.0

Command = Callable[[str, float, str], Sequence[str]]
"""From voice name, speed and the file to write, to a command that reads text on its input."""


def _plain_name(name: str) -> str:
    """Return a name that is a word of a command line, or raise ConfigError."""
    if not all(c.isalnum() or c in "-_+" for c in name):
        raise ConfigError(f"voice_name '{name}' has characters that no voice's name has")
    return name


def _piper_file(name: str) -> str:
    """Return the path of a voice's file, or raise ConfigError."""
    file = Path(name).expanduser()
    if not file.is_file():
        raise ConfigError(f"voice_name '{file}' is no file: piper needs the .onnx file of a voice")
    return str(file)


def _kokoro_name(name: str) -> str:
    """Return "FOLDER#VOICE" whose folder holds what it must, or raise ConfigError."""
    kokoro_files(name)
    return name


@dataclass(frozen=True, slots=True)
class Engine:
    """A program that speaks.

    Attributes:
        program: Its executable.
        package: How to install it.
        default: Its voice where none is named.
        command: Its command line; None where there is only the one for many sentences.
        natural: Whether its voices are near to a person's.
        many: Its command line for a sentence on each line, with a folder for the files, whose names
            are numbers in their order; None where it has none.
        module: What it needs of Python; None for nothing.
        named: From a voice's name as it is said to the name that commands take; raises ConfigError
            where that is none.
    """

    program: str
    package: str
    default: str
    command: Command | None
    natural: bool = False
    many: Command | None = None
    module: str | None = None
    named: Callable[[str], str] = _plain_name

    @property
    def installed(self) -> bool:
        """Whether this machine has it."""
        has_module = self.module is None or find_spec(self.module) is not None
        return shutil.which(self.program) is not None and has_module


def _espeak(name: str, speed: float, file: str) -> Sequence[str]:
    words = str(round(_ESPEAK_WORDS_A_MINUTE * speed))
    return ("espeak-ng", "-v", name, "-s", words, "-w", file, "--stdin")


def _flite(name: str, speed: float, file: str) -> Sequence[str]:
    stretch = f"duration_stretch={1.0 / speed:.3f}"
    return ("flite", "-voice", name, "--setf", stretch, "-f", "/dev/stdin", "-o", file)


def _festival(name: str, speed: float, file: str) -> Sequence[str]:
    stretch = f"(Parameter.set 'Duration_Stretch {1.0 / speed:.3f})"
    return ("text2wave", "-eval", f"(voice_{name})", "-eval", stretch, "-o", file)


def _piper(name: str, speed: float, file: str) -> Sequence[str]:
    return ("piper", "--model", name, "--length-scale", f"{1.0 / speed:.3f}", "--output_file", file)


def _piper_many(name: str, speed: float, folder: str) -> Sequence[str]:
    return (*_piper(name, speed, "")[:-2], "--output_dir", folder)


def _kokoro_many(name: str, speed: float, folder: str) -> Sequence[str]:
    return (sys.executable, "-m", "vla_ros.speech.kokoro", name, f"{speed:.3f}", folder)


ENGINES: Mapping[str, Engine] = {
    "espeak": Engine("espeak-ng", "apt-get install espeak-ng", "en-us", _espeak),
    "flite": Engine("flite", "apt-get install flite", "slt", _flite),
    "festival": Engine("text2wave", "apt-get install festival", "kal_diphone", _festival),
    "piper": Engine(
        "piper", "pip install piper-tts, and fetch a voice", "", _piper, True, _piper_many,
        named=_piper_file,
    ),
    "kokoro": Engine(
        sys.executable, "pip install kokoro-onnx, and fetch its model and voices", "", None, True,
        _kokoro_many, "kokoro_onnx", _kokoro_name,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice of one engine.

    Attributes:
        engine: One of ENGINES.
        name: Its name within the engine; for piper, the path of its .onnx file; for kokoro,
            FOLDER#VOICE.
        speed: How fast it speaks, 1 is normal.
    """

    engine: str
    name: str
    speed: float = 1.0

    def speak(self, text: str) -> AudioClip:
        """Return a text spoken; only letters, digits and plain marks of it.

        Raises:
            SpeechError: The program failed or takes too long.
        """
        command = ENGINES[self.engine].command
        if command is None:
            return self.speak_all([text])[0]
        with tempfile.TemporaryDirectory(prefix="vla_ros_voice_") as folder:
            file = Path(folder) / "speech.wav"
            self._run(command(self.name, self.speed, str(file)), speakable(text))
            return read_wav(file, _MOST_SPOKEN_S)

    def speak_all(self, texts: Sequence[str]) -> list[AudioClip]:
        """Return several texts spoken; by one process where starting it is what takes the time.

        Raises:
            SpeechError: As in speak.
        """
        engine = ENGINES[self.engine]
        many = engine.many
        if many is None or (engine.command is not None and len(texts) < 2):
            return [self.speak(text) for text in texts]
        with tempfile.TemporaryDirectory(prefix="vla_ros_voice_") as folder:
            lines = "\n".join(map(speakable, texts))
            self._run(many(self.name, self.speed, folder), lines, _TIMEOUT_S * len(texts))
            files = sorted(Path(folder).glob("*.wav"), key=lambda file: int(file.stem))
            if len(files) != len(texts):
                raise SpeechError(f"{self.engine} spoke {len(files)} of {len(texts)} sentences")
            return [read_wav(file, _MOST_SPOKEN_S) for file in files]

    def _run(self, command: Sequence[str], text: str, timeout_s: float = _TIMEOUT_S) -> None:
        try:
            subprocess.run(
                command, input=text.encode("ascii"), check=True, timeout=timeout_s,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
        except subprocess.CalledProcessError as error:
            reason = error.stderr.decode(errors="replace").strip()[-200:]
            raise SpeechError(f"{self.engine} cannot speak as '{self.name}': {reason}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SpeechError(f"{self.engine} cannot speak: {error}") from error


def create_voice(engine: str, name: str = "", speed: float = 1.0) -> Voice:
    """Return a voice.

    Raises:
        ConfigError: There is no such engine, it is not installed, or has no such voice file.
    """
    entry = ENGINES.get(engine)
    if entry is None:
        raise ConfigError(f"no voice engine '{engine}'; there are {sorted(ENGINES)}")
    if not entry.installed:
        raise ConfigError(
            f"voice '{engine}' needs {entry.module or entry.program}: {entry.package}"
        )
    return Voice(engine, entry.named(name) or entry.default, speed)


def short_name(name: str) -> str:
    """Return a voice's name without the place of its files: "en_US-joe-medium", "af_heart"."""
    return name.rpartition("#")[2] if "#" in name else Path(name).stem


def speakable(text: str) -> str:
    """Return what of a text is read out: engines take some signs for commands."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " .,?!'") else " " for c in text)
    return " ".join(plain.split())[:MAX_CHARACTERS] or "nothing"
