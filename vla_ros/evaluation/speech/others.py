"""Calls of the stop words, and sounds that are none, for the suite "speech"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vla_ros.evaluation.speech.commands import (
    NOISE_DB,
    SPEEDS,
    SpokenCommand,
    VoiceName,
    draw_commands,
)
from vla_ros.evaluation.speech.talk import draw_talk
from vla_ros.speech.stop_network import STOP_WORDS
from vla_ros.speech.voices import Voice

_CALLS = ("{} now", "please {}", "robot, {}")
_KINDS = ("talk", "commands", "talk", "noise")
_OTHER_NOISE_DB = (20.0, 10.0)


@dataclass(frozen=True, slots=True)
class Line:
    """Something that is said, or noise alone.

    Attributes:
        kind: "call" of a stop word, "talk", "commands" or "noise".
        text: The words; "" for noise.
        voice: Who says them.
        noise_db: Speech over noise [dB].
        seed: Decides the noise.
    """

    kind: str
    text: str
    voice: Voice
    noise_db: float
    seed: int


def draw_calls(seed: int, voices: Sequence[VoiceName]) -> list[Line]:
    """Return calls at each level of noise: words by each voice at each speed, and in phrases."""
    calls: list[Line] = []
    for noise_db in NOISE_DB:
        for number, voice in enumerate(voices):
            for word in STOP_WORDS:
                alone = [(word, speed) for speed in SPEEDS]
                phrase = _CALLS[number % len(_CALLS)].format(word)
                for text, speed in (*alone, (phrase, 1.0)):
                    calls.append(
                        Line("call", text, Voice(*voice, speed), noise_db, seed + len(calls))
                    )
    return calls


def draw_others(seed: int, voices: Sequence[VoiceName], count: int) -> list[Line]:
    """Return talk, commands and noise alone, in turn, at 20 and 10 dB."""
    talk = iter(draw_talk(count, seed))
    commands = iter([command.text for command in draw_commands(count, seed, voices)])
    rng = np.random.default_rng(seed)
    lines = []
    for number in range(count):
        kind = _KINDS[number % len(_KINDS)]
        text = next(talk) if kind == "talk" else next(commands) if kind == "commands" else ""
        name = voices[int(rng.integers(len(voices)))]
        voice = Voice(*name, SPEEDS[int(rng.integers(len(SPEEDS)))])
        noise_db = _OTHER_NOISE_DB[int(rng.integers(len(_OTHER_NOISE_DB)))]
        lines.append(Line(kind, text, voice, noise_db, seed + number))
    return lines


def draw_sentences(count: int, seed: int, voices: Sequence[VoiceName]) -> list[SpokenCommand]:
    """Return talk that is no command, at 20 and 10 dB."""
    lines = []
    for number, text in enumerate(draw_talk(count, seed)):
        noise_db = _OTHER_NOISE_DB[number // len(voices) % len(_OTHER_NOISE_DB)]
        voice = Voice(*voices[number % len(voices)])
        lines.append(SpokenCommand(text, (), voice, noise_db, seed + number))
    return lines
