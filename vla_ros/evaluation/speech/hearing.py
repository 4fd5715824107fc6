"""Hears what the suite "speech" says: commands by the recogniser, calls by the stop spotter."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vla_ros.evaluation.speech.commands import SpokenCommand
from vla_ros.evaluation.speech.noise import MARGIN_S, in_noise, room_and_servos
from vla_ros.evaluation.speech.others import Line
from vla_ros.evaluation.speech.records import CalledStop, HeardCommand, OtherSound
from vla_ros.evaluation.speech.scores import word_errors
from vla_ros.language.rule_parser import RuleParser
from vla_ros.params.speech import RecognizerParams, SpeechParams
from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip
from vla_ros.speech.recognizers import create_transcriber
from vla_ros.speech.recordings import judge_of, understand_clip
from vla_ros.speech.stop_spotter import StopSpotter
from vla_ros.speech.transcriber import Transcriber
from vla_ros.speech.understanding import Judge
from vla_ros.speech.voice_detection import FRAME_S, FRAME_SAMPLES, VoiceDetector, create_detector
from vla_ros.speech.voices import ENGINES, Voice, short_name

_NOISE_S = 6.0
_NOISE_LEVEL = 0.1
_QUIET_S = 1.2
_LOUD = 0.05


@dataclass(frozen=True, slots=True)
class Hearing:
    """What hears commands.

    Attributes:
        transcriber: The recogniser.
        detector: Cuts the speech out.
        judge: Makes commands of what was heard.
        act_confidence: From here on they are carried out unasked.
    """

    transcriber: Transcriber
    detector: VoiceDetector
    judge: Judge
    act_confidence: float

    @classmethod
    def create(
        cls, recognizer: RecognizerParams, speech: SpeechParams, announce: Callable[[str], None]
    ) -> Hearing:
        """Return what parameters ask for."""
        transcriber = create_transcriber(recognizer, announce=announce)
        return cls(
            transcriber,
            create_detector(speech.voice_detector),
            judge_of(recognizer, transcriber),
            recognizer.act_confidence,
        )

    def hear(self, command: SpokenCommand, words: AudioClip) -> HeardCommand:
        """Return what a command was taken for; one without tasks is right if it is rejected."""
        clip = in_noise(words, command.noise_db, command.seed)
        began_s = time.process_time()
        understood = understand_clip(clip, self.transcriber, self.detector, self.judge)
        took_s = time.process_time() - began_s
        accepted = understood.rejected is None
        meant = RuleParser().parse(understood.text).tasks if accepted else ()
        wrong_words, count = word_errors(command.text, understood.text)
        return HeardCommand(
            command.text,
            voice_label(command.voice),
            ENGINES[command.voice.engine].natural,
            command.noise_db,
            understood.text,
            round(understood.confidence, 4),
            understood.rejected,
            accepted == bool(command.tasks) and meant == command.tasks,
            accepted and understood.confidence >= self.act_confidence,
            wrong_words,
            count,
            round(took_s, 4),
        )


class Spotting:
    """The stop spotter, and what it hears in one sound after another."""

    def __init__(self, speech: SpeechParams) -> None:
        """Load it."""
        self._spotter = StopSpotter.create(speech.stop_sensitivity)

    def call(self, call: Line, words: AudioClip) -> CalledStop:
        """Return how long after its end a call was heard."""
        clip = in_noise(words, call.noise_db, call.seed)
        end_s = MARGIN_S + end_of_speech_s(words.at_rate().samples)
        heard = self._spotted(clip.samples)
        self._spotted(np.zeros(round(_QUIET_S * SPEECH_RATE_HZ), np.float32))
        return CalledStop(
            call.text,
            voice_label(call.voice),
            ENGINES[call.voice.engine].natural,
            call.noise_db,
            round(heard[0][0] - end_s, 3) if heard else None,
        )

    def other(self, line: Line, words: AudioClip | None) -> OtherSound:
        """Return the stops that were heard in speech that holds none, or in noise alone."""
        clip = in_noise(words, line.noise_db, line.seed) if words else noise_alone(line.seed)
        began_s = time.process_time()
        stops = tuple(word for _, word in self._spotted(clip.samples))
        took_s = time.process_time() - began_s
        return OtherSound(
            line.kind,
            line.text,
            voice_label(line.voice) if words else "",
            line.noise_db,
            round(clip.duration_s, 3),
            stops,
            round(took_s, 4),
        )

    def _spotted(self, samples: np.ndarray) -> list[tuple[float, str]]:
        """Return when and which stop words were heard [s from the first sample]."""
        found = []
        for start in range(0, len(samples), FRAME_SAMPLES):
            word = self._spotter.hear(samples[start : start + FRAME_SAMPLES])
            if word is not None:
                found.append((start / SPEECH_RATE_HZ + FRAME_S, word))
        return found


def noise_alone(seed: int) -> AudioClip:
    """Return some seconds of a room and of servos."""
    noise = room_and_servos(round(_NOISE_S * SPEECH_RATE_HZ), np.random.default_rng(seed))
    return AudioClip((_NOISE_LEVEL * noise / noise.std()).astype(np.float32), SPEECH_RATE_HZ)


def end_of_speech_s(samples: np.ndarray) -> float:
    """Return when the last loud sample of clean speech at 16 kHz is [s]."""
    loud = np.flatnonzero(np.abs(samples) > _LOUD * np.abs(samples).max(initial=0.0))
    return float(loud[-1]) / SPEECH_RATE_HZ if len(loud) else 0.0


def voice_label(voice: Voice) -> str:
    """Return engine, name and speed; of a voice that is a file, the file's name."""
    return f"{voice.engine} {short_name(voice.name)} {voice.speed:g}"
