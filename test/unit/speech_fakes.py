"""Stand-ins for what hears and speaks."""

import shutil
import subprocess

import numpy as np
import pytest

from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip
from vla_ros.speech.certainty import Certainty
from vla_ros.speech.transcriber import Hypothesis

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"
)


class LoudnessDetector:
    """Calls a frame speech where it is loud."""

    def probability(self, frame):
        return float(np.abs(frame).max() > 0.1)

    def reset(self):
        pass


class ScriptedTranscriber:
    """Hears what it is told to, in turn."""

    name = "scripted"
    certainty = Certainty()

    def __init__(self, *texts, confidence=0.9, scores=None):
        self.texts, self.confidence, self.scores = list(texts), confidence, scores
        self.clips = []

    def transcribe(self, clip, vocabulary):
        self.clips.append(clip)
        text = self.texts.pop(0) if self.texts else ""
        return [Hypothesis(text, self.confidence)] if text else []

    def score(self, clip, texts):
        return None if self.scores is None else [self.scores.get(text, -30.0) for text in texts]


def tone(duration_s, level=0.5):
    """A loud sound that stands for speech."""
    t = np.arange(round(duration_s * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    return (level * np.sin(2 * np.pi * 300 * t)).astype(np.float32)


def silence(duration_s):
    return np.zeros(round(duration_s * SPEECH_RATE_HZ), np.float32)


def spoken(text, folder, voice="en-us", rate=150):
    """What espeak-ng, called by hand, makes of a text."""
    from vla_ros.speech.audio import read_wav

    path = folder / "spoken.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-s", str(rate), "-w", str(path), text], check=True)
    return AudioClip(read_wav(path).samples, read_wav(path).rate_hz)
