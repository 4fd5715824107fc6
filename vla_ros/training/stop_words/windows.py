"""Windows of sound to learn from: calls that have just ended, other speech, and noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vla_ros.speech.audio import SPEECH_RATE_HZ
from vla_ros.speech.stop_network import WINDOW_SAMPLES
from vla_ros.training.stop_words.recordings import Recording

_CALL_SHARE, _NOISE_SHARE, _NATURAL_SHARE = 0.45, 0.06, 0.5
_PACE = (0.86, 1.16)
_SINCE_END_S = (0.02, 0.4)
_ABOUT_S = 0.06
"""Where more is said in one breath, the end of the word is known no better than this."""
_AFTER_ODDS, _BEFORE_ODDS = 0.4, 0.4
_LAST_WORDS_ODDS = 0.3
"""How often other speech has just ended, as calls have: "..., please" is much like "freeze"."""
_AFTER_GAP_S, _BEFORE_GAP_S = (-0.1, 0.12), (0.06, 0.6)
"""What follows in the same breath runs into the end of the word."""
_BABBLE_ODDS, _BABBLE_LEVEL = 0.25, (0.03, 0.2)


class WindowMaker:
    """Cuts and joins recordings into windows; batch number i of a seed is always the same."""

    def __init__(self, recordings: Sequence[Recording], seed: int) -> None:
        """Sort the recordings by what they hold."""
        self._seed = seed
        self._calls: dict[int, _Pool] = {}
        self._speech = _Pool()
        self._after: dict[int, list[Recording]] = {}
        self._others: dict[int, list[Recording]] = {}
        for recording in recordings:
            if recording.kind == "call":
                if len(recording.samples) / _PACE[0] < WINDOW_SAMPLES * 1.6:
                    self._calls.setdefault(recording.label, _Pool()).add(recording)
                continue
            if recording.kind == "other":
                self._speech.add(recording)
            group = self._after if recording.kind == "after" else self._others
            group.setdefault(recording.voice, []).append(recording)

    def batch(self, number: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (B, WINDOW_SAMPLES) float32 clean sound and (B,) labels; 0 for no stop word."""
        rng = np.random.default_rng((self._seed, number))
        sounds = np.zeros((size, WINDOW_SAMPLES), np.float32)
        labels = np.zeros(size, np.int64)
        for sound, row in zip(sounds, range(size), strict=True):
            chance = rng.random()
            if chance < _CALL_SHARE:
                labels[row] = self._call(sound, rng)
            elif chance < 1.0 - _NOISE_SHARE:
                self._other(sound, rng)
            if rng.random() < _BABBLE_ODDS:
                self._babble(sound, rng)
        return sounds, labels

    def _call(self, sound: np.ndarray, rng: np.random.Generator) -> int:
        """Put a call that has just ended into a window, at times with speech before and after."""
        label = int(rng.integers(1, len(self._calls) + 1))
        recording = self._calls[label].one(rng)
        call = _paced(recording.samples, rng)
        end = WINDOW_SAMPLES - _samples(_SINCE_END_S, rng)
        if recording.after:
            follows = round(recording.after / len(recording.samples) * len(call))
            end += follows - round(_ABOUT_S * SPEECH_RATE_HZ)
        _put(sound, call, end)
        if rng.random() < _BEFORE_ODDS:
            before = _paced(self._voice(self._others, recording.voice, rng).samples, rng)
            _put(sound, before, end - len(call) - _samples(_BEFORE_GAP_S, rng))
        if not recording.after and rng.random() < _AFTER_ODDS:
            after = _paced(self._voice(self._after, recording.voice, rng).samples, rng)
            _put(sound, after, end + _samples(_AFTER_GAP_S, rng) + len(after))
        return label

    def _other(self, sound: np.ndarray, rng: np.random.Generator) -> None:
        """Put a piece of speech without a stop word into a window."""
        recording = self._speech.one(rng)
        speech = _paced(recording.samples, rng)
        end = WINDOW_SAMPLES + int(rng.uniform(-0.5 * WINDOW_SAMPLES, len(speech)))
        if rng.random() < _LAST_WORDS_ODDS:
            end = WINDOW_SAMPLES - _samples(_SINCE_END_S, rng)
        _put(sound, speech, end)
        if end < WINDOW_SAMPLES and rng.random() < 0.5:
            more = _paced(_one(self._others[recording.voice], rng).samples, rng)
            _put(sound, more, end + _samples(_BEFORE_GAP_S, rng) + len(more))

    def _babble(self, sound: np.ndarray, rng: np.random.Generator) -> None:
        """Add others who talk in the background."""
        for _ in range(int(rng.integers(1, 4))):
            speech = _paced(self._speech.one(rng).samples, rng)
            end = int(rng.uniform(0.3 * WINDOW_SAMPLES, WINDOW_SAMPLES + len(speech)))
            _put(sound, speech * rng.uniform(*_BABBLE_LEVEL), end)

    def _voice(
        self, group: dict[int, list[Recording]], voice: int, rng: np.random.Generator
    ) -> Recording:
        return _one(group.get(voice) or self._others[voice], rng)


class _Pool:
    """Recordings of natural voices and of others, to draw from."""

    def __init__(self) -> None:
        self._kinds: dict[bool, list[Recording]] = {}

    def add(self, recording: Recording) -> None:
        self._kinds.setdefault(recording.natural, []).append(recording)

    def one(self, rng: np.random.Generator) -> Recording:
        """Return one by chance; where both kinds are there, each has its share."""
        natural = bool(rng.random() < _NATURAL_SHARE)
        return _one(self._kinds.get(natural) or self._kinds[not natural], rng)


def _put(sound: np.ndarray, part: np.ndarray, end: int) -> None:
    """Add a sound that ends at a sample of a window; what lies outside is lost."""
    start = end - len(part)
    low, high = max(start, 0), min(end, len(sound))
    if low < high:
        sound[low:high] += part[low - start : high - start]


def _paced(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return int16 samples as float32, faster and higher or slower and lower, at some level."""
    pace = rng.uniform(*_PACE)
    at = np.arange(0.0, len(samples) - 1, pace)
    level = rng.uniform(0.5, 1.0) / 32768.0
    return np.interp(at, np.arange(len(samples)), samples).astype(np.float32) * np.float32(level)


def _samples(range_s: tuple[float, float], rng: np.random.Generator) -> int:
    return round(rng.uniform(*range_s) * SPEECH_RATE_HZ)


def _one(choices: Sequence[Recording], rng: np.random.Generator) -> Recording:
    return choices[int(rng.integers(len(choices)))]
