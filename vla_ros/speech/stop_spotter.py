"""Listens for "stop", "halt" and "freeze" in a stream, without waiting for any recogniser.

Every 80 ms a small network hears the last 1.2 seconds. A word counts once its log odds, averaged
over five of these looks, are high enough.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from vla_ros.resources import models_dir
from vla_ros.speech.audio import SPEECH_RATE_HZ
from vla_ros.speech.stop_network import STOP_WORDS, WINDOW_SAMPLES, StopNetwork

_STEP_SAMPLES = 1280
_LOOKS = 5
_LOGITS = (1.5, -3.0)
"""Least mean log odds of a word over the looks, for a sensitivity of 0 and of 1."""
_DEAF_S = WINDOW_SAMPLES / SPEECH_RATE_HZ
_LEAST = 1e-6


class HearsStops(Protocol):
    """Says how likely a stop word has just been said."""

    def probabilities(self, sound: np.ndarray) -> np.ndarray:
        """Return (words,) probabilities of STOP_WORDS in (WINDOW_SAMPLES,) float32 at 16 kHz."""


class StopSpotter:
    """Takes sound as it comes, and says when a stop word was in it."""

    def __init__(self, network: HearsStops, sensitivity: float = 0.5) -> None:
        """Listen with a network.

        Args:
            network: Is asked about the newest sound, again and again.
            sensitivity: 0 to 1; more finds more stops, and more that are none.
        """
        self._network = network
        self._least = _LOGITS[0] + sensitivity * (_LOGITS[1] - _LOGITS[0])
        self._window = np.zeros(WINDOW_SAMPLES, np.float32)
        self._left = np.zeros(0, np.float32)
        self._looks = np.full((_LOOKS, len(STOP_WORDS)), -np.inf)
        self._deaf_s = 0.0

    @classmethod
    def create(cls, sensitivity: float = 0.5) -> StopSpotter:
        """Return one with the network that comes with the package.

        Raises:
            ModelError: The network is missing or broken.
        """
        return cls(StopNetwork(models_dir() / "stop_words"), sensitivity)

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
        if means[best] < self._least or self._deaf_s > 0.0:
            return None
        self._deaf_s = _DEAF_S
        return STOP_WORDS[best]
