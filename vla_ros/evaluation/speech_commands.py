"""Spoken commands, made offline: what is said, by which voice, in which noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vla_ros.errors import ConfigError, VlaRosError
from vla_ros.evaluation.wording import WRAPPERS, templates
from vla_ros.language.rule_parser import RuleParser
from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip
from vla_ros.speech.vocabulary import DEFAULT_COLORS, DEFAULT_NOUNS
from vla_ros.speech.voices import Voice, create_voice
from vla_ros.types import Relation, Skill, Task

VOICES: tuple[tuple[str, str], ...] = (
    ("espeak", "en-us"),
    ("flite", "rms"),
    ("festival", "kal_diphone"),
    ("espeak", "en-gb"),
    ("flite", "slt"),
    ("festival", "cmu_us_slt_arctic_hts"),
    ("espeak", "en-us+f3"),
    ("flite", "awb"),
    ("festival", "ked_diphone"),
    ("flite", "kal16"),
)
"""Engine and name; those that are not installed are left out."""

SPEEDS = (1.0, 0.85, 1.2)
NOISE_DB = (20.0, 10.0, 5.0)
_COLOR_ODDS = 0.6
_MARGIN_S = 0.6
_BESIDE = (Relation.NEXT_TO, Relation.LEFT_OF, Relation.RIGHT_OF, Relation.IN_FRONT_OF)
_WAYS = (Relation.LEFT_OF, Relation.RIGHT_OF, Relation.IN_FRONT_OF, Relation.BEHIND)


@dataclass(frozen=True, slots=True)
class SpokenCommand:
    """One command as it is said.

    Attributes:
        text: The words.
        tasks: What they mean.
        voice: Who says them.
        noise_db: Speech over noise [dB].
        seed: Decides the noise.
    """

    text: str
    tasks: tuple[Task, ...]
    voice: Voice
    noise_db: float
    seed: int

    def clip(self) -> AudioClip:
        """Return the sound: noise before, under and after the words."""
        return in_noise(self.voice.speak(self.text), self.noise_db, self.seed)


def draw_commands(count: int, seed: int, voices: Sequence[tuple[str, str]]) -> list[SpokenCommand]:
    """Return commands; voices, speeds and noise come in turn, words by chance."""
    rng = np.random.default_rng(seed)
    commands = []
    for index in range(count):
        text, tasks = _drawn(rng)
        engine, name = voices[index % len(voices)]
        turn = index // len(voices)
        noise_db = NOISE_DB[turn % len(NOISE_DB)]
        voice = Voice(engine, name, SPEEDS[turn // len(NOISE_DB) % len(SPEEDS)])
        commands.append(SpokenCommand(text, tasks, voice, noise_db, seed + index))
    return commands


def installed_voices(announce: Callable[[str], None]) -> list[tuple[str, str]]:
    """Return the voices that this machine has, and announce those it lacks.

    Raises:
        ConfigError: It has none.
    """
    found = []
    for engine, name in VOICES:
        try:
            create_voice(engine, name).speak("yes")
        except VlaRosError as error:
            announce(f"left out: {engine} {name}: {error}")
        else:
            found.append((engine, name))
    if not found:
        raise ConfigError("no voice is installed: apt-get install espeak-ng flite festival")
    return found


def in_noise(clip: AudioClip, noise_db: float, seed: int) -> AudioClip:
    """Return speech at 16 kHz with margins, in the noise of a room and of a robot's servos.

    Args:
        clip: Clean speech.
        noise_db: Power of the speech, where there is any, over that of the noise [dB].
        seed: Decides the noise.
    """
    words = clip.at_rate(SPEECH_RATE_HZ).samples.astype(np.float64)
    margin = np.zeros(round(_MARGIN_S * SPEECH_RATE_HZ))
    sound = np.concatenate([margin, words, margin])
    loud = np.abs(words) > 0.05 * np.abs(words).max(initial=1e-9)
    power = float(np.mean(words[loud] ** 2)) if loud.any() else 1e-6
    noise = room_and_servos(len(sound), np.random.default_rng(seed))
    noise *= np.sqrt(power / 10.0 ** (noise_db / 10.0) / np.mean(noise**2))
    sound = sound + noise
    return AudioClip((0.5 * sound / np.abs(sound).max()).astype(np.float32), SPEECH_RATE_HZ)


def room_and_servos(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return (count,) noise at 16 kHz: a room's, falling with frequency, and a whine that moves."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0.0
    room = np.fft.irfft(spectrum, count)
    t = np.arange(count) / SPEECH_RATE_HZ
    pitch_hz = rng.uniform(180, 420) * (1 + 0.3 * np.sin(2 * np.pi * rng.uniform(0.2, 0.8) * t))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SPEECH_RATE_HZ
    servo = sum(np.sin(k * phase) / k for k in (1, 2, 3, 5, 8))
    return np.asarray(room / room.std() + 0.7 * servo / np.std(servo))


def _drawn(rng: np.random.Generator) -> tuple[str, tuple[Task, ...]]:
    parser = RuleParser()
    while True:
        task = _task(rng)
        wordings = templates(task)
        wording = wordings[int(rng.integers(len(wordings)))]
        said = wording.format(object=task.object, destination=task.destination)
        text = WRAPPERS[int(rng.integers(len(WRAPPERS)))].format(said)
        parse = parser.parse(text)
        if parse.tasks and parse.tasks[-1].object in (task.object, None):
            return text, parse.tasks


def _task(rng: np.random.Generator) -> Task:
    first, second = _thing(rng), _thing(rng)
    beside = _BESIDE[int(rng.integers(len(_BESIDE)))]
    options = (
        Task(Skill.PICK, first),
        Task(Skill.PUT_IN, first, second, Relation.IN),
        Task(Skill.PUT_ON, first, second, Relation.ON),
        Task(Skill.STACK, first, second, Relation.ON),
        Task(Skill.PLACE, first, second, beside),
        Task(Skill.PUSH, first, None, _WAYS[int(rng.integers(len(_WAYS)))]),
        Task(Skill.POINT_AT, first),
        Task(Skill.HOME),
    )
    return options[int(rng.integers(len(options)))]


def _thing(rng: np.random.Generator) -> str:
    noun = DEFAULT_NOUNS[int(rng.integers(len(DEFAULT_NOUNS)))]
    if rng.random() > _COLOR_ODDS:
        return noun
    return f"{DEFAULT_COLORS[int(rng.integers(len(DEFAULT_COLORS)))]} {noun}"
