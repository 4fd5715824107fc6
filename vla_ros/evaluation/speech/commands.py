"""Spoken commands, made offline: what is said, by which voice, in which noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vla_ros.errors import ConfigError, VlaRosError
from vla_ros.evaluation.speech.noise import in_noise
from vla_ros.evaluation.wording import WRAPPERS, templates
from vla_ros.language.rule_parser import RuleParser
from vla_ros.speech.audio import AudioClip
from vla_ros.speech.vocabulary import DEFAULT_COLORS, DEFAULT_NOUNS
from vla_ros.speech.voices import ENGINES, Voice, create_voice
from vla_ros.types import Relation, Skill, Task

VoiceName = tuple[str, str]
"""Engine, and name within it."""

VOICES: tuple[VoiceName, ...] = (
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
"""Those that are not installed are left out."""

SPEEDS = (1.0, 0.85, 1.2)
NOISE_DB = (20.0, 10.0, 5.0)
_COLOR_ODDS = 0.6
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


def draw_commands(count: int, seed: int, voices: Sequence[VoiceName]) -> list[SpokenCommand]:
    """Return commands, the words by chance.

    Natural voices say every other one where both kinds are there. The voices of a kind come in
    turn, and with each of them all levels of noise and all speeds.
    """
    rng = np.random.default_rng(seed)
    kinds = [kind for kind in by_naturalness(voices) if kind]
    commands = []
    for index in range(count):
        text, tasks = _drawn(rng)
        kind = kinds[index % len(kinds)]
        turn, number = divmod(index // len(kinds), len(kind))
        noise_db = NOISE_DB[turn % len(NOISE_DB)]
        voice = Voice(*kind[number], SPEEDS[turn // len(NOISE_DB) % len(SPEEDS)])
        commands.append(SpokenCommand(text, tasks, voice, noise_db, seed + index))
    return commands


def by_naturalness(voices: Sequence[VoiceName]) -> tuple[list[VoiceName], list[VoiceName]]:
    """Return the natural voices, and the others."""
    natural = [voice for voice in voices if ENGINES[voice[0]].natural]
    return natural, [voice for voice in voices if voice not in natural]


def installed_voices(
    announce: Callable[[str], None], further: Sequence[VoiceName] = ()
) -> list[VoiceName]:
    """Return the voices that this machine has, and announce those it lacks.

    Args:
        announce: Told in words what is left out.
        further: Voices that must be there.

    Raises:
        ConfigError: It has none, or lacks one of the further ones.
    """
    for engine, name in further:
        create_voice(engine, name)
    found = list(further)
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


def voice_named(text: str) -> VoiceName:
    """Return the engine and the name in "piper:/path/of/voice.onnx", "kokoro:FOLDER#VOICE".

    Raises:
        ConfigError: It is not of that form.
    """
    engine, mark, name = text.partition(":")
    if not mark or engine not in ENGINES:
        raise ConfigError(
            f"--voice '{text}' is no voice: say {sorted(ENGINES)[0]}:NAME, or another "
            f"of {sorted(ENGINES)}"
        )
    return engine, name


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
