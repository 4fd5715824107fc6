"""Cuts a stream of sound into utterances: where speech begins, where it has ended."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip
from vla_ros.speech.voice_detection import FRAME_S, FRAME_SAMPLES, VoiceDetector


@dataclass(frozen=True, slots=True)
class Cutting:
    """When an utterance begins and ends.

    Attributes:
        threshold: Probability from which a frame is speech; it goes on above 0.15 less.
        least_speech_s: Shorter sounds are no utterance [s].
        end_silence_s: Silence that ends one [s].
        most_s: Longer ones are cut here [s].
        margin_s: Sound kept before the first and after the last speech [s].
    """

    threshold: float = 0.5
    least_speech_s: float = 0.2
    end_silence_s: float = 0.6
    most_s: float = 15.0
    margin_s: float = 0.3


_HYSTERESIS = 0.15


class UtteranceCutter:
    """Takes samples as they come and gives back each utterance once it has ended."""

    def __init__(self, detector: VoiceDetector, cutting: Cutting) -> None:
        self._detector = detector
        self._cutting = cutting
        self._left = np.zeros(0, np.float32)
        self._before: deque[np.ndarray] = deque(maxlen=_frames(cutting.margin_s))
        self.reset()

    @property
    def in_speech(self) -> bool:
        """Whether somebody is speaking."""
        return bool(self._frames)

    def reset(self) -> None:
        """Forget everything, an unfinished utterance too."""
        self._detector.reset()
        self._left = np.zeros(0, np.float32)
        self._before.clear()
        self._frames: list[np.ndarray] = []
        self._speech = self._silence = 0

    def add(self, samples: np.ndarray) -> list[AudioClip]:
        """Take (N,) float32 samples at 16 kHz; return the utterances that end in them."""
        sound = np.concatenate([self._left, samples.astype(np.float32, copy=False)])
        whole = len(sound) // FRAME_SAMPLES * FRAME_SAMPLES
        self._left = sound[whole:]
        ended = (self._add_frame(frame) for frame in sound[:whole].reshape(-1, FRAME_SAMPLES))
        return [clip for clip in ended if clip is not None]

    def finish(self) -> list[AudioClip]:
        """Return the utterance that the end of the sound cuts off, if there is one."""
        rest = np.zeros(FRAME_SAMPLES - len(self._left), np.float32)
        clips = self.add(rest)
        last = self._end()
        self.reset()
        return [*clips, last] if last is not None else clips

    def _add_frame(self, frame: np.ndarray) -> AudioClip | None:
        level = self._cutting.threshold - (_HYSTERESIS if self._frames else 0.0)
        is_speech = self._detector.probability(frame) >= level
        if not self._frames:
            if not is_speech:
                self._before.append(frame)
                return None
            self._frames = [*self._before, frame]
            self._speech, self._silence = 1, 0
            return None
        self._frames.append(frame)
        self._speech += is_speech
        self._silence = 0 if is_speech else self._silence + 1
        ended = self._silence >= _frames(self._cutting.end_silence_s)
        too_long = len(self._frames) >= _frames(self._cutting.most_s)
        return self._end() if ended or too_long else None

    def _end(self) -> AudioClip | None:
        """End the utterance; too little speech is none."""
        frames, speech = self._frames, self._speech
        surplus = max(0, self._silence - _frames(self._cutting.margin_s))
        self._before.clear()
        self._before.extend(frames[-(self._before.maxlen or 1) :] if self._silence else ())
        self._frames, self._speech, self._silence = [], 0, 0
        if speech < _frames(self._cutting.least_speech_s):
            return None
        return AudioClip(np.concatenate(frames[: len(frames) - surplus]), SPEECH_RATE_HZ)


def _frames(duration_s: float) -> int:
    return max(1, round(duration_s / FRAME_S))


def cut(clip: AudioClip, detector: VoiceDetector, cutting: Cutting) -> list[AudioClip]:
    """Return the utterances of a recording."""
    cutter = UtteranceCutter(detector, cutting)
    return [*cutter.add(clip.at_rate().samples), *cutter.finish()]
