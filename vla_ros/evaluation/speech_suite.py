"""The suite "speech": spoken commands in noise, the stop words, and speech that is neither."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.progress import Progress

from vla_ros.evaluation.scores import wilson_interval
from vla_ros.evaluation.speech_commands import (
    NOISE_DB,
    SpokenCommand,
    draw_commands,
    in_noise,
    installed_voices,
)
from vla_ros.language.rule_parser import RuleParser
from vla_ros.params.speech import RecognizerParams, SpeechParams
from vla_ros.speech.recognizers import create_transcriber
from vla_ros.speech.recordings import judge_of, understand_clip
from vla_ros.speech.stop_spotter import STOP_WORDS, StopSpotter
from vla_ros.speech.transcriber import Transcriber
from vla_ros.speech.understanding import Judge, Understood, plain
from vla_ros.speech.voice_detection import FRAME_SAMPLES, VoiceDetector, create_detector
from vla_ros.speech.voices import Voice
from vla_ros.types import Json

OTHER_SPEECH = (
    "the weather will be nice tomorrow afternoon",
    "did you see the football game last night",
    "i think we should have lunch around noon",
    "my sister bought a new car last week",
    "the train to london leaves at seven thirty",
    "she told me that the meeting was cancelled",
    "he has been working on this project for three years",
    "could you send me the report by friday",
    "this coffee tastes really bitter",
    "the children are playing in the garden",
    "there was a long line at the bank today",
    "what time does the museum open on sunday",
    "music was playing loudly in the other room",
    "nobody knows how the story ends",
    "okay that sounds good to me",
    "yes of course",
)
"""What is no command and no stop."""


@dataclass(frozen=True, slots=True)
class SpokenResult:
    """One command as it was understood.

    Attributes:
        command: What was said.
        understood: What it was taken for.
        right: Whether it means the same tasks.
        act_confidence: From here on it would have been carried out unasked.
        took_s: Processor time of the recogniser [s].
    """

    command: SpokenCommand
    understood: Understood
    right: bool
    act_confidence: float
    took_s: float

    @property
    def acted(self) -> bool:
        """Whether it was carried out without asking."""
        sure = self.understood.confidence >= self.act_confidence
        return self.understood.rejected is None and sure


def run_speech_suite(commands: int, seed: int, params: RecognizerParams, console: Console) -> Json:
    """Make the sounds, hear them, and return the figures.

    Args:
        commands: How many commands.
        seed: Decides words and noise.
        params: The recogniser.
        console: Where progress and what is missing is told.

    Raises:
        ConfigError: No voice, or no recogniser, is installed.
    """

    def announce(line: str) -> None:
        console.print(line, style="yellow", highlight=False, markup=False)

    voices = installed_voices(announce)
    detector = create_detector(SpeechParams().voice_detector)
    transcriber = create_transcriber(params, announce=announce)
    with Progress(console=console) as progress:
        drawn = draw_commands(commands, seed, voices)
        results = [
            hear(command, transcriber, detector, params)
            for command in progress.track(drawn, description="commands")
        ]
        stops = score_stops(progress.track(_stops(voices, seed), description="stop words"))
        others = draw_other_speech(voices, seed)
        false_alarms = score_false_alarms(
            progress.track(others, description="other speech"), transcriber, detector, params
        )
    summary = summarize_speech(results)
    summary.update(
        seed=seed,
        recognizer=transcriber.name,
        voices=[" ".join(voice) for voice in voices],
        stop=stops,
        other_speech=false_alarms,
    )
    return summary


def hear(
    command: SpokenCommand,
    transcriber: Transcriber,
    detector: VoiceDetector,
    params: RecognizerParams,
) -> SpokenResult:
    """Return what a command was taken for."""
    clip, judge = command.clip(), judge_of(params)
    began_s = time.process_time()
    understood = understand_clip(clip, transcriber, detector, judge)
    took_s = time.process_time() - began_s
    accepted = understood.rejected is None
    right = accepted and RuleParser().parse(understood.text).tasks == command.tasks
    return SpokenResult(command, understood, right, params.act_confidence, took_s)


def summarize_speech(results: Sequence[SpokenResult]) -> Json:
    """Return the totals, per noise level and per voice."""
    groups: dict[str, list[SpokenResult]] = defaultdict(list)
    for result in results:
        groups[f"{result.command.noise_db:.0f} dB"].append(result)
        groups[f"{result.command.voice.engine} {result.command.voice.name}"].append(result)
    return {
        "suite": "speech",
        **_totals(results),
        "tasks": {name: _totals(group) for name, group in groups.items()},
        "failures": [_failure(result) for result in results if not result.right],
    }


def _totals(results: Sequence[SpokenResult]) -> Json:
    right, count = sum(result.right for result in results), len(results)
    errors = [word_errors(result.command.text, result.understood.text) for result in results]
    acted = [result for result in results if result.acted]
    rejected = sum(result.understood.rejected is not None for result in results)
    return {
        **_share(right, count),
        "acted_unasked": len(acted),
        "wrong_acts": sum(not result.right for result in acted),
        "rejected": rejected,
        "read_back": count - len(acted) - rejected,
        "word_error_rate": sum(e for e, _ in errors) / max(1, sum(n for _, n in errors)),
        "mean_processor_s": float(np.mean([result.took_s for result in results])) if count else 0.0,
    }


def _share(successes: int, episodes: int) -> Json:
    return {
        "episodes": episodes,
        "successes": successes,
        "success_rate": successes / episodes if episodes else 0.0,
        "interval_95": list(wilson_interval(successes, episodes)),
    }


def word_errors(said: str, heard: str) -> tuple[int, int]:
    """Return the wrong, missing and additional words of what was heard, and the words said."""
    reference, found = plain(said).split(), plain(heard).split()
    row = list(range(len(found) + 1))
    for i, word in enumerate(reference, start=1):
        previous, row[0] = row[0], i
        for j, other in enumerate(found, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (word != other))
    return row[-1], len(reference)


def _failure(result: SpokenResult) -> Json:
    return {
        "said": result.command.text,
        "voice": f"{result.command.voice.engine} {result.command.voice.name}",
        "noise_db": result.command.noise_db,
        **result.understood.to_json(),
    }


def _stops(voices: Sequence[tuple[str, str]], seed: int) -> list[tuple[str, float, Voice, int]]:
    return [
        (word, noise_db, Voice(*voice), seed + index)
        for noise_db in NOISE_DB
        for index, voice in enumerate(voices)
        for word in STOP_WORDS
    ]


def score_stops(calls: Iterable[tuple[str, float, Voice, int]]) -> Json:
    """Return how many calls were heard and how long after their end, per noise level."""
    spotter = StopSpotter(create_detector(SpeechParams().voice_detector))
    delays: dict[float, list[float | None]] = defaultdict(list)
    for word, noise_db, voice, seed in calls:
        clip = in_noise(voice.speak(word), noise_db, seed)
        end_s = _end_of_speech_s(voice.speak(word).at_rate().samples) + 0.6
        heard = [at_s for at_s, _ in _spotted(spotter, clip.samples)]
        delays[noise_db].append(heard[0] - end_s if heard else None)
        _spotted(spotter, np.zeros(round(1.2 * clip.rate_hz), np.float32))
    return {
        f"{noise_db:.0f} dB": {
            **_share(sum(delay is not None for delay in found), len(found)),
            "median_delay_s": float(np.median([d for d in found if d is not None] or [np.nan])),
            "longest_delay_s": max((d for d in found if d is not None), default=float("nan")),
        }
        for noise_db, found in delays.items()
    }


def _spotted(spotter: StopSpotter, samples: np.ndarray) -> list[tuple[float, str]]:
    found = []
    for start in range(0, len(samples), FRAME_SAMPLES):
        word = spotter.hear(samples[start : start + FRAME_SAMPLES])
        if word is not None:
            found.append(((start + FRAME_SAMPLES) / 16_000, word))
    return found


def _end_of_speech_s(samples: np.ndarray) -> float:
    loud = np.flatnonzero(np.abs(samples) > 0.05 * np.abs(samples).max())
    return float(loud[-1]) / 16_000 if len(loud) else 0.0


def draw_other_speech(voices: Sequence[tuple[str, str]], seed: int) -> list[tuple[str, Voice, int]]:
    """Return every other sentence by every second voice."""
    return [
        (text, Voice(*voices[(number + turn) % len(voices)]), seed + number)
        for turn in range(0, len(voices), 5)
        for number, text in enumerate(OTHER_SPEECH)
    ]


def score_false_alarms(
    sentences: Iterable[tuple[str, Voice, int]],
    transcriber: Transcriber,
    detector: VoiceDetector,
    params: RecognizerParams,
) -> Json:
    """Return what other speech at 20 dB was taken for: stops, acts, questions."""
    spotter = StopSpotter(create_detector(SpeechParams().voice_detector))
    judge: Judge = judge_of(params)
    total_s, stops, acted, asked, count = 0.0, 0, 0, 0, 0
    for text, voice, seed in sentences:
        clip = in_noise(voice.speak(text), 20.0, seed)
        total_s, count = total_s + clip.duration_s, count + 1
        stops += len(_spotted(spotter, clip.samples))
        understood = understand_clip(clip, transcriber, detector, judge)
        if understood.rejected is None:
            acts = understood.confidence >= params.act_confidence
            acted, asked = acted + acts, asked + (not acts)
    return {
        "sentences": count,
        "minutes": total_s / 60.0,
        "false_stops": stops,
        "acted_unasked": acted,
        "read_back": asked,
    }
