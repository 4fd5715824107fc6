"""The noise of a room and of a robot's servos, mixed with speech at a given level."""

from __future__ import annotations

import numpy as np

from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip

MARGIN_S = 0.6
"""Noise alone before and after the words [s]."""


def in_noise(clip: AudioClip, noise_db: float, seed: int) -> AudioClip:
    """Return speech at 16 kHz with margins, in the noise of a room and of a robot's servos.

    Args:
        clip: Clean speech.
        noise_db: Power of the speech, where there is any, over that of the noise [dB].
        seed: Decides the noise.
    """
    words = clip.at_rate(SPEECH_RATE_HZ).samples.astype(np.float64)
    margin = np.zeros(round(MARGIN_S * SPEECH_RATE_HZ))
    sound = np.concatenate([margin, words, margin])
    loud = np.abs(words) > 0.05 * np.abs(words).max(initial=1e-9)
    power = float(np.mean(words[loud] ** 2)) if loud.any() else 1e-6
    noise = room_and_servos(len(sound), np.random.default_rng(seed))
    noise *= np.sqrt(power / 10.0 ** (noise_db / 10.0) / np.mean(noise**2))
    sound = sound + noise
    return AudioClip((0.5 * sound / np.abs(sound).max()).astype(np.float32), SPEECH_RATE_HZ)


def room_and_servos(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return (count,) noise at 16 kHz: a room's, falling with frequency, and a whine that moves."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0.0
    room = np.fft.irfft(spectrum, count)
    t = np.arange(count) / SPEECH_RATE_HZ
    pitch_hz = rng.uniform(180, 420) * (1 + 0.3 * np.sin(2 * np.pi * rng.uniform(0.2, 0.8) * t))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SPEECH_RATE_HZ
    servo = sum(np.sin(k * phase) / k for k in (1, 2, 3, 5, 8))
    return np.asarray(room / room.std() + 0.7 * servo / np.std(servo))
