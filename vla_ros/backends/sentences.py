"""Sentences for networks that read a fixed number of tokens: too long ones are refused, not cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vla_ros.errors import GroundingError


def tokenized(
    tokenizer: Any,
    phrases: Sequence[str],
    sentences: Sequence[str],
    most_tokens: int,
    *,
    full_length: bool,
) -> dict[str, Any]:
    """Return the tokenizer's tensors for sentences.

    Args:
        tokenizer: The model's.
        phrases: What people said, for the error.
        sentences: The same as the model shall read it, one for each phrase.
        most_tokens: Longest sentence that the model reads.
        full_length: Whether to pad to that length rather than to the longest sentence.

    Raises:
        GroundingError: A sentence is longer; a cut one could have lost the very noun.
    """
    lengths = [len(ids) for ids in tokenizer(list(sentences))["input_ids"]]
    for phrase, length in zip(phrases, lengths, strict=True):
        if length > most_tokens:
            raise GroundingError(
                f"'{phrase}' is too long for this model, which reads {most_tokens} tokens: say it "
                "in fewer words"
            )
    padding = "max_length" if full_length else "longest"
    return dict(
        tokenizer(
            list(sentences),
            padding=padding,
            max_length=most_tokens if full_length else None,
            return_tensors="pt",
        )
    )
