"""The files of a tabletop detector, and its words; no torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from vla_ros.errors import ModelError
from vla_ros.resources import models_dir

FOLDER = "tabletop_detector"
UNKNOWN = "[UNK]"


def require_files(folder: Path | None, names: Sequence[str]) -> Path:
    """Return a detector's folder (None: the one that comes with the package), complete.

    Raises:
        ModelError: Files are missing.
    """
    folder = models_dir() / FOLDER if folder is None else Path(folder)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            f"{folder} lacks {missing}: install vla_ros again or restore the files with git, or "
            "make them with `vla-ros train grounder`"
        )
    return folder


def require_finite(*outputs: np.ndarray) -> None:
    """Check the outputs of a network.

    Raises:
        ModelError: One has a value that is not finite.
    """
    if not all(np.isfinite(output).all() for output in outputs):
        raise ModelError("the detector's output is not finite: its weights are broken")


class PhraseReader:
    """Turns phrases into word ids, and knows which it cannot read."""

    def __init__(self, folder: Path) -> None:
        """Read a detector folder's tokenizer.

        Raises:
            ModelError: It is broken.
        """
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises nothing narrower.
            raise ModelError(f"{folder / 'tokenizer.json'} cannot be read: {error}") from error
        try:
            self._longest = int(json.loads((folder / "config.json").read_text())["max_words"])
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{folder / 'config.json'} has no max_words: {error!r}") from error
        self._tokenizer.no_truncation()

    def readable(self, phrases: Sequence[str]) -> list[str]:
        """Return the phrases that have words, and no more of them than the detector reads.

        Half a phrase may mean something else, so a longer one is left out rather than cut.
        """
        once = list(dict.fromkeys(phrases))
        lengths = [sum(e.attention_mask) for e in self._tokenizer.encode_batch(once)]
        return [p for p, n in zip(once, lengths, strict=True) if 1 <= n <= self._longest]

    def ids(self, phrases: Sequence[str]) -> np.ndarray:
        """Return (N, T) int64 word ids of readable phrases, padded to the longest."""
        encoded = self._tokenizer.encode_batch(list(phrases))
        return np.array([encoding.ids for encoding in encoded], np.int64)

    def unknown(self, phrase: str) -> tuple[str, ...]:
        """Return the words of a phrase that the detector was not taught."""
        words = self._tokenizer.normalizer.normalize_str(phrase).split()
        return tuple(w for w in words if UNKNOWN in self._tokenizer.encode(w).tokens)
