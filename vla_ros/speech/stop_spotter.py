"""Listens for "stop", "halt" and "freeze" in a stream, without waiting for any recogniser.

Two ears, and one is enough. Twenty-five times a second a small network hears the last 1.2 seconds;
a word counts once its log odds, averaged over three of these looks, are high enough. It hears well
in noise, but was trained on synthetic voices alone. So a keyword search, whose sounds are people's,
listens too.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from vla_ros.resources import models_dir
from vla_ros.speech.audio import SPEECH_RATE_HZ
from vla_ros.speech.stop_keywords import KeywordSearch
from vla_ros.speech.stop_network import STOP_WORDS, WINDOW_SAMPLES, StopNetwork
from vla_ros.speech.voice_detection import VoiceDetector

_STEP_SAMPLES = 640
_LOOKS = 3
_LOGITS = (5.0, -1.0)
"""Least mean log odds of a word over the looks, for a sensitivity of 0 and of 1."""
_DEAF_S = WINDOW_SAMPLES / SPEECH_RATE_HZ
_LEAST = 1e-6


class Keywords(Protocol):
    """Finds stop words in sound."""

    def hear(self, samples: np.ndarray) -> str | None:
        """Take (N,) float32 at 16 kHz; return the stop word heard in them, if any."""


class StopSpotter:
    """Takes sound as it comes, and says when a stop word was in it."""

    def __init__(self, network: StopNetwork, keywords: Keywords, sensitivity: float = 0.5) -> None:
        """Listen with both.

        Args:
            network: One ear.
            keywords: The other.
            sensitivity: Of the network, 0 to 1; more finds more stops, and more that are none.
        """
        self._network = network
        self._keywords = keywords
        self._least = _LOGITS[0] + sensitivity * (_LOGITS[1] - _LOGITS[0])
        self._window = np.zeros(WINDOW_SAMPLES, np.float32)
        self._left = np.zeros(0, np.float32)
        self._looks = np.full((_LOOKS, len(STOP_WORDS)), -np.inf)
        self._deaf_s = 0.0

    @classmethod
    def create(cls, detector: VoiceDetector, sensitivity: float = 0.5) -> StopSpotter:
        """Return one with the network and the search that come with the packages.

        Args:
            detector: Tells where a call begins and ends; its own, not shared.
            sensitivity: Of both ears, 0 to 1.

        Raises:
            ConfigError: pocketsphinx is not installed.
            ModelError: The package's network is missing or broken.
        """
        network = StopNetwork(models_dir() / "stop_words")
        return cls(network, KeywordSearch(detector, sensitivity), sensitivity)

    def hear(self, samples: np.ndarray) -> str | None:
        """Take (N,) float32 samples at 16 kHz; return the stop word heard in them, if any.

        A word is reported once: until it is out of the window nothing more is.
        """
        sound = np.concatenate([self._left, samples.astype(np.float32, copy=False)])
        whole = len(sound) // _STEP_SAMPLES * _STEP_SAMPLES
        self._left = sound[whole:]
        heard = None
        for step in sound[:whole].reshape(-1, _STEP_SAMPLES):
            heard = self._hear_step(step) or heard
        return heard

    def _hear_step(self, step: np.ndarray) -> str | None:
        self._window = np.concatenate([self._window[_STEP_SAMPLES:], step])
        odds = np.clip(self._network.probabilities(self._window), _LEAST, 1.0 - _LEAST)
        self._looks = np.concatenate([self._looks[1:], np.log(odds / (1.0 - odds))[None]])
        self._deaf_s = max(0.0, self._deaf_s - _STEP_SAMPLES / SPEECH_RATE_HZ)
        means = self._looks.mean(axis=0)
        best = int(np.argmax(means))
        found = self._keywords.hear(step)
        word = STOP_WORDS[best] if means[best] >= self._least else found
        if word is None or self._deaf_s > 0.0:
            return None
        self._deaf_s = _DEAF_S
        return word
