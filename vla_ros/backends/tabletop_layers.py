"""The parts of the tabletop detector: convolutional stem, global mixing, words, matching."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

# exp(-1e-4) is the largest probability a match can have; keeps the logit finite in float32.
_SMALLEST_SURPRISE = 1e-4


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch normalisation around a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if inputs != outputs or stride > 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inputs, H, W) to (B, outputs, H / stride, W / stride)."""
        y = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class ConvNorm(nn.Sequential):
    """A convolution, batch normalisation and ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class SelfAttention(nn.Module):
    """Multi-head self-attention written out, so that it exports as plain matrix products."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.width = width
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, penalty: Tensor | None = None) -> Tensor:
        """Mix (N, T, width) along T; `penalty` (N, 1, 1, T) is added to the attention logits."""
        count, tokens = x.shape[0], x.shape[1]
        depth = self.width // self.heads
        q, k, v = self.qkv(x).reshape(count, tokens, 3, self.heads, depth).unbind(2)
        logits = q.transpose(1, 2) @ k.permute(0, 2, 3, 1) / math.sqrt(depth)
        if penalty is not None:
            logits = logits + penalty
        mixed = logits.softmax(-1) @ v.transpose(1, 2)
        return self.out(mixed.transpose(1, 2).reshape(count, tokens, self.width))


class TransformerLayer(nn.Module):
    """Self-attention and a two-layer perceptron, each normalised first and added back."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.widen = nn.Linear(width, hidden)
        self.narrow = nn.Linear(hidden, width)

    def forward(self, x: Tensor, penalty: Tensor | None = None) -> Tensor:
        """Map (N, T, width) to (N, T, width)."""
        x = x + self.attention(self.norm1(x), penalty)
        return x + self.narrow(functional.relu(self.widen(self.norm2(x))))


class VisualEncoder(nn.Module):
    """Picture to one feature vector per 8x8 px cell; any size divisible by 16.

    Convolutions down to 16 px, transformer layers there (so that a cell knows the whole picture:
    "small" depends on the others), then back up to 8 px beside the finer convolutional features,
    because a 4 cm cube is only two or three such cells wide. There is no position embedding: what
    a thing is does not depend on where it stands, and training may use crops.
    """

    def __init__(self, widths: tuple[int, int, int, int], out: int, layers: int) -> None:
        super().__init__()
        first, second, third, fourth = widths
        self.stem = nn.Sequential(ConvNorm(3, first, 3, 2), ConvNorm(first, second, 3, 2))
        self.fine = ConvNorm(second, second, 3)
        self.middle = nn.Sequential(ResidualBlock(second, third, 2), ResidualBlock(third, third))
        self.coarse = ResidualBlock(third, fourth, 2)
        self.layers = nn.ModuleList(
            TransformerLayer(fourth, fourth // 32, 2 * fourth) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(fourth)
        self.lateral = nn.Linear(fourth, third)
        self.merge = ConvNorm(third, out, 3)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (B, 3, H, W) normalised pixels to (B, H/8 * W/8, out), row by row."""
        middle = self.middle(self.fine(self.stem(pixels)))
        coarse = self.coarse(middle)
        tokens = coarse.flatten(2).transpose(1, 2)
        for layer in self.layers:
            tokens = layer(tokens)
        context = self.lateral(self.norm(tokens)).transpose(1, 2)
        context = context.reshape(context.shape[0], -1, coarse.shape[2], coarse.shape[3])
        enlarged = functional.interpolate(context, scale_factor=2.0, mode="nearest")
        return self.merge(functional.relu(middle + enlarged)).flatten(2).transpose(1, 2)


class PhraseEncoder(nn.Module):
    """Words to concepts: one vector and one bias per word, each read in its phrase's context."""

    def __init__(
        self, vocabulary: int, width: int, layers: int, longest: int, concept: int, pad: int
    ) -> None:
        super().__init__()
        self.pad = pad
        self.words = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.words.weight, std=0.5)
        self.position = nn.Parameter(torch.randn(1, longest, width) * 0.02)
        self.layers = nn.ModuleList(
            TransformerLayer(width, width // 32, 2 * width) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.concept = nn.Linear(width, concept)
        self.bias = nn.Linear(width, 1)

    def forward(self, input_ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map (N, T) word ids to concepts (N, T, concept), biases (N, T) and presence (N, T)."""
        present = (input_ids != self.pad).to(self.position.dtype)
        penalty = ((present - 1.0) * 1e4)[:, None, None, :]
        x = self.words(input_ids) + self.position[:, : input_ids.shape[1]]
        for layer in self.layers:
            x = layer(x, penalty)
        x = self.norm(x)
        return self.concept(x), self.bias(x).squeeze(-1), present


def conjunction_logits(agreement: Tensor, present: Tensor, objectness: Tensor) -> Tensor:
    """Return the logit that a thing is there and that every word of a phrase holds for it.

    The probability is the product of the words' and the objectness's own, so that "red ball" is
    refused at a red cube however red it is, and so that a colour learnt on one kind holds for all.

    Args:
        agreement: (B, P, Q, T) logit of each word of each phrase at each cell.
        present: (B, 1, Q, T) 1 for a word, 0 for padding.
        objectness: (B, P) logit that a thing's centre is there.

    Returns:
        (B, P, Q) logits.
    """
    surprise = (functional.softplus(-agreement) * present).sum(-1)
    surprise = surprise + functional.softplus(-objectness).unsqueeze(-1)
    surprise = surprise.clamp(min=_SMALLEST_SURPRISE)
    return -surprise - torch.log(1.0 - torch.exp(-surprise))
