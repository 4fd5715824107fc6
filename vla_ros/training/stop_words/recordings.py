"""Speech made offline for the stop words, a file for each voice; what is there already is kept."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from vla_ros.errors import ConfigError, SpeechError, VlaRosError
from vla_ros.speech.audio import SPEECH_RATE_HZ
from vla_ros.speech.sphinx_model import pronunciations
from vla_ros.speech.voices import ENGINES, Voice, short_name
from vla_ros.training.stop_words.lines import Line, after_calls, calls, other_speech

SPEEDS = (0.8, 1.0, 1.25)
_LOUD = 0.03
_FEWEST_SAMPLES = SPEECH_RATE_HZ // 10


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many lines each voice says.

    Attributes:
        calls: That hold a stop word.
        after: Short ones that may follow a call.
        others: Without a stop word.
    """

    calls: int = 110
    after: int = 9
    others: int = 110


@dataclass(frozen=True, slots=True)
class Recording:
    """Something one voice said, without silence around it.

    Attributes:
        samples: (N,) int16 at 16 kHz.
        label: As in Line.
        kind: "call", "after" or "other".
        voice: Number of the voice.
        natural: Whether that voice is near to a person's.
        after: Number of samples that follow the stop word, about.
    """

    samples: np.ndarray
    label: int
    kind: str
    voice: int
    natural: bool = False
    after: int = 0


def record(
    folder: Path,
    voices: Sequence[tuple[str, str, float]],
    amounts: Amounts,
    seed: int,
    workers: int,
    report: Callable[[str], None],
) -> list[Recording]:
    """Return what voices say; those that are not installed are left out, and it is said.

    Args:
        folder: Keeps a file for each voice.
        voices: Engine and name of each, and how many times the usual it says.
        amounts: How much each says.
        seed: Decides the words.
        workers: Number of processes.
        report: Is told of progress.

    Raises:
        ConfigError: No voice is installed, the dictionary is not, or a file in the folder was made
            for another seed or other amounts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pronunciations()
    files = {voice: folder / f"{voice[0]}_{short_name(voice[1])}.npz" for voice in voices}
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn) as pool:
        waiting = {}
        for voice, file in files.items():
            if not file.is_file():
                waiting[pool.submit(_record_voice, file, voice, amounts, seed)] = voice
        for number, future in enumerate(as_completed(waiting), 1):
            engine, name, _ = waiting[future]
            try:
                future.result()
                report(f"{engine} {name}: recorded ({number} of {len(waiting)})")
            except VlaRosError as error:
                report(f"left out: {engine} {name}: {error}")
    recordings: list[Recording] = []
    for number, (voice, file) in enumerate(files.items()):
        if file.is_file():
            made_for = _made_for(voice, amounts, seed)
            recordings += _read(file, number, ENGINES[voice[0]].natural, made_for)
    if not recordings:
        raise ConfigError("no voice is installed: apt-get install espeak-ng flite festival")
    return recordings


def _record_voice(file: Path, voice: tuple[str, str, float], amounts: Amounts, seed: int) -> None:
    engine, name, times = voice
    rng = np.random.default_rng([seed, crc32(file.stem.encode())])
    said: list[tuple[str, Line]] = [
        *(("call", line) for line in calls(rng, round(times * amounts.calls))),
        *(("after", line) for line in after_calls(rng, round(times * amounts.after))),
        *(("other", line) for line in other_speech(rng, round(times * amounts.others))),
    ]
    # Each speed is to say some of everything.
    said = [said[number] for number in rng.permutation(len(said))]
    sounds: list[np.ndarray] = []
    kept: list[tuple[str, Line]] = []
    for k, speed in enumerate(SPEEDS):
        part = said[k :: len(SPEEDS)]
        clips = Voice(engine, name, speed).speak_all([line.text for _, line in part])
        for entry, clip in zip(part, clips, strict=True):
            samples = spoken_part(clip.at_rate().samples)
            if len(samples) >= _FEWEST_SAMPLES:
                sounds.append(np.round(samples * 32767.0).astype(np.int16))
                kept.append(entry)
    if not sounds:
        raise SpeechError(f"nothing that {engine} '{name}' says lasts as long as a word")
    unfinished = file.with_suffix(".part")
    with unfinished.open("wb") as target:
        np.savez(
            target,
            samples=np.concatenate(sounds),
            ends=np.cumsum([len(sound) for sound in sounds]),
            labels=np.array([line.label for _, line in kept]),
            after=np.array([line.after for _, line in kept]),
            kinds=np.array([kind for kind, _ in kept]),
            texts=np.array([line.text for _, line in kept]),
            made_for=_made_for(voice, amounts, seed),
        )
    unfinished.rename(file)


def _made_for(voice: tuple[str, str, float], amounts: Amounts, seed: int) -> np.ndarray:
    """Return what decides what a voice says: seed, calls, short ones after them, others."""
    kinds = (amounts.calls, amounts.after, amounts.others)
    return np.array([seed, *(round(voice[2] * kind) for kind in kinds)])


def spoken_part(samples: np.ndarray) -> np.ndarray:
    """Return what lies between the first and the last loud sample, at an even level."""
    size = np.abs(samples)
    peak = float(size.max(initial=0.0))
    loud = np.flatnonzero(size > _LOUD * peak)
    if peak <= 0.0 or not len(loud):
        return samples[:0]
    return np.asarray(samples[loud[0] : loud[-1] + 1] * (0.7 / peak))


def _read(file: Path, voice: int, natural: bool, made_for: np.ndarray) -> list[Recording]:
    with np.load(file, allow_pickle=False) as stored:
        if not np.array_equal(stored["made_for"], made_for):
            raise ConfigError(
                f"{file} was recorded with another seed or other amounts: delete it, or choose "
                "another folder"
            )
        samples = stored["samples"]
        ends, labels, kinds = stored["ends"], stored["labels"], stored["kinds"]
        sizes = np.diff(ends, prepend=0)
        after = np.round(stored["after"] * sizes).astype(int)
    return [
        Recording(samples[end - size : end], int(label), str(kind), voice, natural, int(follows))
        for end, size, label, kind, follows in zip(ends, sizes, labels, kinds, after, strict=True)
    ]
