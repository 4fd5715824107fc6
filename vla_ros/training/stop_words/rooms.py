"""What a room, a microphone and noise make of a clean sound, for whole batches at once."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vla_ros.speech.audio import SPEECH_RATE_HZ

_TAIL_S = 0.35
_DECAY_S = (0.04, 0.35)
_REVERB = (0.0, 0.7)
_TILT_DB = 9.0
_KNOTS = 7
_NOISE_DB = (0.0, 36.0)
_CLEAN_ODDS = 0.06
_SLOPE = (0.0, 2.2)
_WHINE_ODDS = 0.5
_WHINE_HZ = (90.0, 900.0)
_HARMONICS = (1, 2, 3, 4, 6)
_LEVEL = (0.01, 0.8)
_QUIET = 1e-3


def in_a_room(sounds: Tensor, generator: torch.Generator) -> Tensor:
    """Return sounds (B, N) at 16 kHz as a microphone in a noisy room may hear them.

    Each gets an echo of noise that dies away, another frequency response, noise that falls with
    frequency, at times a whine of motors, and another level.
    """
    count, size = sounds.shape
    length = 1 << math.ceil(math.log2(size + _TAIL_S * SPEECH_RATE_HZ))
    response = _echo(count, length, generator) * _tone(count, length // 2 + 1, generator)
    heard = torch.fft.irfft(torch.fft.rfft(sounds, length) * response, length)[:, :size]
    noise = _noise(count, size, generator)
    loud = sounds.abs() > _QUIET
    power = (heard.square() * loud).sum(1) / loud.sum(1).clamp(min=1)
    # Where nothing is said, noise alone is heard.
    power = torch.where(loud.any(1), power, torch.ones_like(power))
    ratio = 10.0 ** (-_uniform(_NOISE_DB, (count,), generator) / 10.0)
    # A microphone with a noise gate, or a recording made offline, is silent between words.
    ratio = ratio * (torch.rand(count, generator=generator) > _CLEAN_ODDS)
    heard = heard + noise * (power * ratio).sqrt()[:, None]
    level = torch.exp(_uniform(_logs(_LEVEL), (count,), generator))
    return heard * (level / heard.abs().amax(1).clamp(min=1e-6))[:, None]


def _echo(count: int, length: int, generator: torch.Generator) -> Tensor:
    """Return spectra (B, F) of the direct sound and an echo."""
    t = torch.arange(round(_TAIL_S * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    decay = torch.exp(_uniform(_logs(_DECAY_S), (count, 1), generator))
    tail = torch.randn(count, len(t), generator=generator) * torch.exp(-t / decay)
    tail = tail / tail.square().sum(1, keepdim=True).sqrt()
    impulse = tail * _uniform(_REVERB, (count, 1), generator)
    impulse[:, 0] = 1.0
    return torch.fft.rfft(impulse, length)


def _tone(count: int, bins: int, generator: torch.Generator) -> Tensor:
    """Return amplification (B, F) that changes smoothly with frequency."""
    knots = _TILT_DB * (2.0 * torch.rand(count, 1, _KNOTS, generator=generator) - 1.0)
    curve = torch.nn.functional.interpolate(knots, bins, mode="linear", align_corners=True)
    return torch.as_tensor(10.0 ** (curve[:, 0] / 20.0))


def _noise(count: int, size: int, generator: torch.Generator) -> Tensor:
    """Return noise (B, N) of mean square one."""
    spectrum = torch.fft.rfft(torch.randn(count, size, generator=generator))
    slope = _uniform(_SLOPE, (count, 1), generator)
    bins = torch.arange(1, spectrum.shape[1] + 1)
    noise = torch.fft.irfft(spectrum * bins ** (-slope / 2.0), size)
    noise = noise / noise.square().mean(1, keepdim=True).sqrt()
    whining = torch.nonzero(torch.rand(count, generator=generator) < _WHINE_ODDS)[:, 0]
    loudness = _uniform((0.0, 1.2), (len(whining), 1), generator)
    noise[whining] += loudness * _whine(len(whining), size, generator)
    return torch.as_tensor(noise / noise.square().mean(1, keepdim=True).sqrt())


def _whine(count: int, size: int, generator: torch.Generator) -> Tensor:
    """Return the sound (B, N) of motors that speed up or slow down, of mean square one."""
    t = torch.arange(size) / SPEECH_RATE_HZ
    sweep = _uniform((-0.35, 0.35), (count, 1), generator)
    pitch = torch.exp(_uniform(_logs(_WHINE_HZ), (count, 1), generator)) * (1.0 + sweep * t)
    phase = 2.0 * math.pi * torch.cumsum(pitch, 1) / SPEECH_RATE_HZ
    whine = torch.zeros_like(phase)
    for number in _HARMONICS:
        whine += torch.rand(count, 1, generator=generator) * torch.sin(number * phase)
    return whine / whine.square().mean(1, keepdim=True).sqrt().clamp(min=1e-6)


def _uniform(
    ends: tuple[float, float], shape: tuple[int, ...], generator: torch.Generator
) -> Tensor:
    return ends[0] + (ends[1] - ends[0]) * torch.rand(shape, generator=generator)


def _logs(ends: tuple[float, float]) -> tuple[float, float]:
    return math.log(ends[0]), math.log(ends[1])
