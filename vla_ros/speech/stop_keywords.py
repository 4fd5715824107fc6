"""Stop words by pocketsphinx's keyword search, whose sounds are people's.

pocketsphinx compares the words with free sequences of sounds, frame by frame. Anywhere in a
sentence a word must fit well; a short call of its own ("stop!"), which is how people stop a
machine, need only fit somewhat, and is heard as soon as a fifth of a second is silent after it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip
from vla_ros.speech.sphinx_model import new_decoder
from vla_ros.speech.stop_network import STOP_WORDS
from vla_ros.speech.voice_detection import FRAME_S, FRAME_SAMPLES, VoiceDetector

_SEARCH = "stops"
_ANYWHERE_EXPONENTS = (20.0, 2.0)
_CALL_EXPONENTS = (-5.0, -45.0)
"""Exponents of the least likelihood ratio, for a sensitivity of 0 and of 1."""
_LONGEST_CALL_S = 1.4
_CALL_SILENCE_S = 0.2
_SPEECH = 0.4
_DITHER = 1e-3
_LONGEST_S = 60.0


class KeywordSearch:
    """Takes sound as it comes, and says when a stop word was in it."""

    def __init__(self, detector: VoiceDetector, sensitivity: float = 0.5) -> None:
        """Load the bundled model.

        Args:
            detector: Tells where a call begins and ends; its own, not shared.
            sensitivity: 0 to 1; more finds more stops, and more that are none.

        Raises:
            ConfigError: pocketsphinx is not installed.
        """
        self._detector = detector
        self._anywhere = _WordFinder(_between(_ANYWHERE_EXPONENTS, sensitivity))
        self._call = _WordFinder(_between(_CALL_EXPONENTS, sensitivity))
        self._left = np.zeros(0, np.float32)
        self._speech_s = self._silence_s = 0.0
        self._called: str | None = None

    def hear(self, samples: np.ndarray) -> str | None:
        """Take (N,) float32 at 16 kHz; return the stop word heard in them, if any."""
        sound = np.concatenate([self._left, samples.astype(np.float32, copy=False)])
        whole = len(sound) // FRAME_SAMPLES * FRAME_SAMPLES
        self._left = sound[whole:]
        heard = None
        for frame in sound[:whole].reshape(-1, FRAME_SAMPLES):
            heard = self._hear_frame(frame) or heard
        return heard

    def _hear_frame(self, frame: np.ndarray) -> str | None:
        word = self._anywhere.hear(frame)
        self._called = self._call.hear(frame) or self._called
        return self._ended_call(frame) or word

    def _ended_call(self, frame: np.ndarray) -> str | None:
        """Return the word of a short call that this frame's silence ends."""
        if self._detector.probability(frame) >= _SPEECH:
            self._speech_s += self._silence_s + FRAME_S if self._speech_s else FRAME_S
            self._silence_s = 0.0
            return None
        self._silence_s += FRAME_S
        if self._silence_s < _CALL_SILENCE_S:
            return None
        word = self._called if 0.0 < self._speech_s <= _LONGEST_CALL_S else None
        if self._speech_s:
            self._speech_s, self._called = 0.0, None
        return word


class _WordFinder:
    """Stop words that fit at least so well."""

    def __init__(self, exponent: float) -> None:
        self._decoder = _stop_decoder(exponent)
        self._noise = np.random.default_rng(0)
        self._heard_s = 0.0
        self._decoder.start_utt()

    def hear(self, frame: np.ndarray) -> str | None:
        """Return the word that ended in a frame, if any."""
        noise = _DITHER * self._noise.standard_normal(len(frame)).astype(np.float32)
        self._decoder.process_raw(AudioClip(frame + noise, SPEECH_RATE_HZ).pcm16())
        self._heard_s += FRAME_S
        found = self._decoder.hyp()
        if found is None and self._heard_s < _LONGEST_S:
            return None
        # An utterance without end would grow without bound.
        self._decoder.end_utt()
        self._decoder.start_utt()
        self._heard_s = 0.0
        return None if found is None else str(found.hypstr).split()[0]


def _stop_decoder(exponent: float) -> Any:
    decoder = new_decoder()
    with tempfile.TemporaryDirectory(prefix="vla_ros_stop_") as folder:
        phrases = Path(folder) / "phrases"
        lines = [f"{word} /1e{exponent:+.0f}/" for word in STOP_WORDS]
        phrases.write_text("\n".join(lines) + "\n", encoding="ascii")
        decoder.add_kws(_SEARCH, str(phrases))
    decoder.activate_search(_SEARCH)
    return decoder


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + share * (ends[1] - ends[0])
