"""The suite "speech": spoken commands in noise, talk that is none, stop words and false stops."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from vla_ros.errors import ConfigError
from vla_ros.evaluation.speech.commands import SpokenCommand, draw_commands, installed_voices
from vla_ros.evaluation.speech.hearing import Hearing, Spotting, voice_label
from vla_ros.evaluation.speech.others import draw_calls, draw_others, draw_sentences
from vla_ros.evaluation.speech.records import (
    CalledStop,
    HeardCommand,
    KeptRecords,
    OtherSound,
    open_folder,
)
from vla_ros.evaluation.speech.scores import alarm_scores, command_scores, stop_scores, talk_scores
from vla_ros.evaluation.speech.sounds import spoken
from vla_ros.params.speech import RecognizerParams, SpeechParams
from vla_ros.resources import models_dir
from vla_ros.speech.voices import Voice
from vla_ros.types import Json

PARTS = ("commands", "talk", "stops", "alarms")
_TALK_SHARE = 3
_SHORTEST_S = 3.0
"""No sound of the part "alarms" is shorter on the average."""
_TOLD_EVERY = 20

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class SpeechPlan:
    """What to evaluate.

    Attributes:
        commands: How many commands; talk that is none has a third as many sentences.
        seed: Decides words and noise.
        recognizer: The recogniser.
        speech: How the listener and the stop spotter listen.
        parts: Some of PARTS.
        voices: Further voices, engine and name each.
        minutes: Of sound in which no stop is [min].
        out: Folder that keeps results, or None.
    """

    commands: int
    seed: int
    recognizer: RecognizerParams
    speech: SpeechParams = field(default_factory=SpeechParams)
    parts: tuple[str, ...] = PARTS
    voices: tuple[tuple[str, str], ...] = ()
    minutes: float = 30.0
    out: Path | None = None


def run_speech_suite(plan: SpeechPlan, console: Console) -> Json:
    """Make the sounds, hear them, and return the figures.

    Raises:
        ConfigError: No voice, or no recogniser, is installed; a part is unknown; `out` holds
            another evaluation.
    """
    unknown = set(plan.parts) - set(PARTS)
    if unknown:
        raise ConfigError(f"no part {sorted(unknown)}; there are {list(PARTS)}")

    def announce(line: str) -> None:
        console.print(line, style="yellow", highlight=False, markup=False)

    run = _Run(plan, installed_voices(announce, plan.voices), announce)
    summary: Json = {"suite": "speech", "seed": plan.seed, "voices": run.voice_names}
    if {"commands", "talk"} & set(plan.parts):
        hearing = Hearing.create(plan.recognizer, plan.speech, announce)
        summary["recognizer"] = hearing.transcriber.name
        if "commands" in plan.parts:
            heard = run.commands(hearing)
            summary.update(command_scores(heard, plan.speech.end_silence_s))
            summary["failures"] = [asdict(command) for command in heard if not command.right]
        if "talk" in plan.parts:
            summary["talk"] = talk_scores(run.talk(hearing))
    if "stops" in plan.parts:
        summary["stop"] = stop_scores(run.stops())
    if "alarms" in plan.parts:
        summary["alarms"] = alarm_scores(run.alarms())
    return summary


def _digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


class _Run:
    """The parts, each of which goes on where it was broken off."""

    def __init__(
        self,
        plan: SpeechPlan,
        voices: Sequence[tuple[str, str]],
        announce: Callable[[str], None],
    ) -> None:
        self._plan, self._voices, self._announce = plan, voices, announce
        self.voice_names = [voice_label(Voice(*voice)).rsplit(" ", 1)[0] for voice in voices]
        if plan.out is not None:
            identity = {
                "suite": "speech",
                "commands": plan.commands,
                "seed": plan.seed,
                "voices": self.voice_names,
                "recognizer": asdict(plan.recognizer),
                "speech": asdict(plan.speech),
                "stop words": _digest(models_dir() / "stop_words" / "model.safetensors"),
            }
            open_folder(plan.out, identity)

    def commands(self, hearing: Hearing) -> list[HeardCommand]:
        """Hear every command."""
        drawn = draw_commands(self._plan.commands, self._plan.seed, self._voices)
        return self._heard("commands", drawn, hearing)

    def talk(self, hearing: Hearing) -> list[HeardCommand]:
        """Hear sentences that are no commands."""
        count = max(1, self._plan.commands // _TALK_SHARE)
        return self._heard("talk", draw_sentences(count, self._plan.seed, self._voices), hearing)

    def stops(self) -> list[CalledStop]:
        """Hear every call of a stop word."""
        kept = KeptRecords(CalledStop, self._file("stops"))
        calls = draw_calls(self._plan.seed, self._voices)[len(kept.records) :]
        spotting = Spotting(self._plan.speech)
        sounds = spoken([(call.voice, call.text) for call in calls])
        for call in self._told("stops", calls):
            kept.add(spotting.call(call, next(sounds)))
        return kept.records

    def alarms(self) -> list[OtherSound]:
        """Hear other sounds until they last as long as planned."""
        kept = KeptRecords(OtherSound, self._file("alarms"))
        planned_s = 60.0 * self._plan.minutes
        count = round(planned_s / _SHORTEST_S)
        lines = draw_others(self._plan.seed, self._voices, count)[len(kept.records) :]
        spotting = Spotting(self._plan.speech)
        sounds = spoken([(line.voice, line.text) for line in lines if line.text])
        for line in self._told("alarms", lines):
            if sum(sound.duration_s for sound in kept.records) >= planned_s:
                break
            kept.add(spotting.other(line, next(sounds) if line.text else None))
        return kept.records

    def _heard(
        self, part: str, drawn: Sequence[SpokenCommand], hearing: Hearing
    ) -> list[HeardCommand]:
        kept = KeptRecords(HeardCommand, self._file(part))
        left = drawn[len(kept.records) :]
        sounds = spoken([(command.voice, command.text) for command in left])
        for command in self._told(part, left):
            kept.add(hearing.hear(command, next(sounds)))
        return kept.records

    def _told(self, part: str, said: Sequence[Said]) -> Iterator[Said]:
        """Pass on what is said, and tell now and then how far it is."""
        for number, line in enumerate(said):
            if number and number % _TOLD_EVERY == 0:
                self._announce(f"{part}: {number} of {len(said)}")
            yield line

    def _file(self, part: str) -> Path | None:
        return None if self._plan.out is None else self._plan.out / f"{part}.jsonl"
