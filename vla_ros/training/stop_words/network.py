"""The network that hears stop words in a second of sound."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers.audio_utils import mel_filter_bank

from vla_ros.errors import ConfigError
from vla_ros.speech.audio import SPEECH_RATE_HZ
from vla_ros.speech.stop_network import STOP_WORDS, WINDOW_SAMPLES
from vla_ros.training.onnx_graph import WEIGHTS, write_graph

_FRAME, _STEP, _BINS = 400, 160, 512
_MELS = 32
_RANGE_HZ = (60.0, 3800.0)
_LEAST_ENERGY = 1e-10
_PEAK, _DEPTH = 11.0, 8.0
_WIDTHS = (24, 24, 24, 48, 48, 48, 48, 72, 72, 72, 72, *[96] * 9)
_POOLS = {2: (2, 2), 6: (1, 2), 10: (2, 2), 14: (1, 2), 18: (2, 2)}
_SLOPE, _FLOOR = 0.2, -0.4
_TRUNK = "embedding."
_AT_ONCE = 8
"""So much stays in a processor's caches: it takes two thirds of the time of a whole batch."""


class SpeechEmbedding(nn.Module):
    """Describes what was said in the last 0.78 s, every 80 ms, whoever said it.

    It was trained by Google on people's speech and stays as it is; the layout, the spectrum's
    numbers and the weights are those of speech_embedding (TensorFlow Hub, Apache 2.0).

    Source: J. Lin et al., "Training Keyword Spotters with Limited and Synthesized Speech Data",
    ICASSP 2020.
    """

    size = _WIDTHS[-1]

    def __init__(self) -> None:
        """Make it with random weights."""
        super().__init__()
        bins = torch.arange(_BINS // 2 + 1)[:, None] * torch.arange(_BINS) * (2 * math.pi / _BINS)
        shape = functional.pad(torch.hann_window(_FRAME), ((_BINS - _FRAME) // 2,) * 2)
        waves = torch.cat([bins.cos() * shape, bins.sin() * shape])
        self.register_buffer("waves", waves[:, None])
        mel = mel_filter_bank(
            _BINS // 2 + 1, _MELS, *_RANGE_HZ, SPEECH_RATE_HZ, norm="slaney", mel_scale="slaney"
        )
        self.register_buffer("mel", torch.tensor(mel, dtype=torch.float32).T.contiguous())
        layers = nn.ModuleList(
            _layer(number, before, width)
            for number, (before, width) in enumerate(zip((1, *_WIDTHS), _WIDTHS, strict=False))
        )
        # So it takes two thirds of the time on a processor.
        self.layers = layers.to(memory_format=torch.channels_last)
        self.scale = nn.Parameter(torch.ones(_WIDTHS[0], 1, 1))
        self.shift = nn.Parameter(torch.zeros(_WIDTHS[0], 1, 1))

    def forward(self, sound: Tensor) -> Tensor:
        """Return embeddings (B, 96, steps of 80 ms) of sound (B, N) at 16 kHz."""
        hidden = functional.pad(self.spectrum(sound).transpose(1, 2)[:, None], (1, 1))
        for number, layer in enumerate(self.layers):
            hidden = layer(hidden)
            if number == 0:
                hidden = functional.relu(hidden) * self.scale + self.shift
            if number < len(self.layers) - 1:
                hidden = functional.leaky_relu(hidden, _SLOPE).clamp(min=_FLOOR)
            if number in _POOLS:
                hidden = functional.max_pool2d(hidden, _POOLS[number])
        return hidden[..., 0]

    def spectrum(self, sound: Tensor) -> Tensor:
        """Return logarithms of mel energies (B, 32, frames of 10 ms), whatever the loudness.

        The loudest of all is always the same; what is 80 dB below it is silence.
        """
        real, imaginary = functional.conv1d(sound[:, None], self.waves, stride=_STEP).chunk(2, 1)
        energy = self.mel @ (real * real + imaginary * imaginary)
        log = torch.log10(energy.clamp(min=_LEAST_ENERGY))
        return torch.clamp(log - log.amax((1, 2), keepdim=True), min=-_DEPTH) + _PEAK


class StopWordNetwork(nn.Module):
    """From sound to scores: speech embeddings, and a small head over half a second of them."""

    def __init__(self, width: int = 96, hidden: int = 128, dropout: float = 0.3) -> None:
        """Make it with random weights.

        Args:
            width: Channels of the head's convolution.
            hidden: Units of its hidden layer.
            dropout: Share of those that training leaves out.
        """
        super().__init__()
        self.embedding = SpeechEmbedding()
        steps = self.embedding(torch.zeros(1, WINDOW_SAMPLES)).shape[2]
        self.head = nn.Sequential(
            nn.BatchNorm1d(SpeechEmbedding.size),
            nn.Conv1d(SpeechEmbedding.size, width, 3, padding=1, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(width * steps, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, 1 + len(STOP_WORDS)),
        )

    def forward(self, sound: Tensor) -> Tensor:
        """Return scores (B, 1 + words) of sound (B, N) at 16 kHz: no stop word, or which."""
        with torch.no_grad():
            described = torch.cat([self.embedding(part) for part in sound.split(_AT_ONCE)])
        scores: Tensor = self.head(described)
        return scores

    def load_embedding(self, weights: Path) -> None:
        """Take the speech embedding from a network that was trained before.

        Args:
            weights: Its model.safetensors.

        Raises:
            ConfigError: It is missing, broken, or of another layout.
        """
        try:
            stored = load_file(weights)
            self.embedding.load_state_dict(
                {
                    name.removeprefix(_TRUNK): value
                    for name, value in stored.items()
                    if name.startswith(_TRUNK)
                }
            )
        except (OSError, SafetensorError, RuntimeError) as error:
            raise ConfigError(f"no speech embedding in {weights}: {error}") from error


def export(network: nn.Module, folder: Path, output: str, *, many: bool = False) -> None:
    """Write the weights and the graph of a network, or of its embedding alone.

    Args:
        network: Takes sound (B, WINDOW_SAMPLES); from here on it does so as in use.
        folder: Gets model.safetensors and model.onnx.
        output: Name of what it returns.
        many: Whether the graph takes several sounds at once.
    """
    network = network.eval().to(memory_format=torch.contiguous_format)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), folder / WEIGHTS)
    write_graph(
        network,
        (torch.zeros(1, WINDOW_SAMPLES),),
        folder,
        inputs=("sound",),
        outputs=(output,),
        dynamic_axes={"sound": {0: "sounds"}, output: {0: "sounds"}} if many else {},
    )


def _layer(number: int, before: int, width: int) -> nn.Conv2d:
    """Return a convolution over time and frequency (the first), frequency, or time alone."""
    if number == 0:
        return nn.Conv2d(before, width, 3, bias=False)
    if number % 2:
        last = number == len(_WIDTHS) - 1
        return nn.Conv2d(
            before, width, (3, 1) if last else (1, 3), padding=(0, 0 if last else 1), bias=not last
        )
    return nn.Conv2d(before, width, (3, 1))
