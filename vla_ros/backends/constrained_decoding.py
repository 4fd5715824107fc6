"""Decoding that keeps to a pattern: at each step the likeliest token that the pattern allows.

The pattern is a regular expression of the whole reply. A token is allowed where the text so far
and it are the beginning of something that matches, and the end where the text matches. So even a
model that was never taught a format writes it; whether what it says is true is another matter.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import regex
import torch
from transformers import LogitsProcessor

from vla_ros.errors import ModelError


class TokenTexts:
    """What each token of a tokenizer adds to a text."""

    def __init__(self, tokenizer: Any, count: int) -> None:
        """Decode each of `count` tokens after another token, so that leading spaces are kept."""
        (anchor,) = tokenizer.encode("a", add_special_tokens=False)[-1:]
        options = {"skip_special_tokens": False, "clean_up_tokenization_spaces": False}
        before = tokenizer.decode([anchor], **options)
        known = range(min(count, len(tokenizer)))
        texts = tokenizer.batch_decode([[anchor, token] for token in known], **options)
        self._texts = [text[len(before) :] for text in texts]

    def __getitem__(self, token: int) -> str:
        """Return a token's text; empty for the unused rows at a network's end."""
        return self._texts[token] if token < len(self._texts) else ""


class PatternConstraint(LogitsProcessor):
    """Lets one token of one sequence through at each step."""

    def __init__(
        self, pattern: str, texts: TokenTexts, ends: Collection[int], silent: Collection[int]
    ) -> None:
        """Make one for one reply.

        Args:
            pattern: What the whole reply must match; spaces before it are allowed.
            texts: Texts of the tokens.
            ends: Tokens that end a reply.
            silent: Tokens without a text that may come first, such as one that begins a reply.
        """
        self._pattern = regex.compile(rf"\s?(?:{pattern})", regex.ASCII)
        self._texts, self._ends, self._silent = texts, frozenset(ends), frozenset(silent)
        self._start: int | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return scores in which all tokens but the best allowed one are impossible.

        Raises:
            ModelError: No token of the model fits.
        """
        if self._start is None:
            self._start = input_ids.shape[1]
        written = input_ids[0, self._start :].tolist()
        text = "".join(self._texts[token] for token in written if token not in self._silent)
        for token in torch.argsort(scores[0], descending=True).tolist():
            if scores[0, token] == -torch.inf:
                break
            if self._fits(text, token):
                allowed = torch.full_like(scores, -torch.inf)
                allowed[0, token] = scores[0, token]
                return allowed
        raise ModelError(f"the model cannot go on after {text[-60:]!r} in the form asked for")

    def _fits(self, text: str, token: int) -> bool:
        if token in self._ends:
            return self._pattern.fullmatch(text) is not None
        if token in self._silent:
            return not text
        more = self._texts[token]
        return bool(more) and self._pattern.fullmatch(text + more, partial=True) is not None
