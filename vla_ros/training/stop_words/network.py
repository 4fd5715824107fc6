"""The network that hears stop words in a second of sound."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.audio_utils import mel_filter_bank

from vla_ros.speech.audio import SPEECH_RATE_HZ
from vla_ros.speech.stop_network import STOP_WORDS

_FRAME, _STEP, _BINS = 400, 160, 512
_MELS = 40
_RANGE_HZ = (60.0, 7600.0)
_FLOOR = 1e-8


class StopWordNetwork(nn.Module):
    """From sound to scores: mel spectrum, then residual convolutions along time.

    Source: the layout follows S. Choi et al., "Temporal Convolution for Real-time Keyword Spotting
    on Mobile Devices", Interspeech 2019 (frequencies as channels), with separable convolutions.
    """

    def __init__(self, width: int = 96, blocks: int = 5, kernel: int = 9) -> None:
        """Make it with random weights.

        Args:
            width: Channels.
            blocks: Residual blocks.
            kernel: Frames of 20 ms that each block's convolution reaches over.
        """
        super().__init__()
        bins = torch.arange(_BINS // 2 + 1)[:, None] * torch.arange(_FRAME) * (2 * math.pi / _BINS)
        shape = torch.hann_window(_FRAME)
        waves = torch.cat([bins.cos() * shape, bins.sin() * shape])
        self.register_buffer("waves", waves[:, None])
        mel = mel_filter_bank(
            _BINS // 2 + 1, _MELS, *_RANGE_HZ, SPEECH_RATE_HZ, norm="slaney", mel_scale="slaney"
        )
        self.register_buffer("mel", torch.tensor(mel, dtype=torch.float32).T.contiguous())
        self.first = nn.Conv1d(_MELS, width, 5, stride=2, padding=2, bias=False)
        self.normal = nn.BatchNorm1d(width)
        self.blocks = nn.Sequential(*(_Block(width, kernel) for _ in range(blocks)))
        self.last = nn.Linear(2 * width, 1 + len(STOP_WORDS))

    def forward(self, sound: Tensor) -> Tensor:
        """Return scores (B, 1 + words) of sound (B, N) at 16 kHz: no stop word, or which.

        They hardly depend on how loud it is.
        """
        spectrum = self.spectrum(sound)
        hidden = functional.relu(self.normal(self.first(spectrum)))
        hidden = self.blocks(hidden)
        pooled = torch.cat([hidden.mean(dim=2), hidden.amax(dim=2)], dim=1)
        scores: Tensor = self.last(pooled)
        return scores

    def spectrum(self, sound: Tensor) -> Tensor:
        """Return log mel energies (B, 40, frames of 10 ms), their mean over all of it taken off."""
        parts = functional.conv1d(sound[:, None], self.waves, stride=_STEP)
        real, imaginary = parts.chunk(2, dim=1)
        energy = self.mel @ (real * real + imaginary * imaginary)
        log = torch.log(energy + _FLOOR)
        return log - log.mean(dim=(1, 2), keepdim=True)


class _Block(nn.Module):
    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width, bias=False),
            nn.Conv1d(width, width, 1, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width, bias=False),
            nn.Conv1d(width, width, 1, bias=False),
            nn.BatchNorm1d(width),
        )

    def forward(self, hidden: Tensor) -> Tensor:
        return functional.relu(hidden + self.layers(hidden))
