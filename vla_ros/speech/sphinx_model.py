"""pocketsphinx's bundled English model: where it lies, which words it can pronounce."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vla_ros.errors import ConfigError

_LEAST_PART = 3


def require_pocketsphinx() -> None:
    """Raise ConfigError where pocketsphinx is not installed."""
    if find_spec("pocketsphinx") is None:
        raise ConfigError("pocketsphinx is not installed: pip install 'vla_ros[speech]'")


def new_decoder(**options: Any) -> Any:
    """Return a pocketsphinx decoder without a search; options are pocketsphinx's own.

    Raises:
        ConfigError: pocketsphinx or its model is missing.
    """
    require_pocketsphinx()
    from pocketsphinx import Decoder

    folder = _model_folder()
    fixed = {
        "hmm": str(folder / "en-us"),
        "dict": str(folder / "cmudict-en-us.dict"),
        "lm": None,
        "loglevel": "FATAL",
    }
    return Decoder(**{**fixed, **options})


def phone_model() -> str:
    """Return the file of the model of which sounds follow one another."""
    return str(_model_folder() / "en-us-phone.lm.bin")


@cache
def pronunciations() -> dict[str, str]:
    """Return how each word of the dictionary is pronounced, its first way only."""
    require_pocketsphinx()
    known: dict[str, str] = {}
    with (_model_folder() / "cmudict-en-us.dict").open(encoding="utf-8") as lines:
        for line in lines:
            word, _, phones = line.strip().partition(" ")
            if "(" not in word:
                known[word] = phones
    return known


@cache
def pronounced(word: str) -> str | None:
    """Return how a word is pronounced, as one or as two joined words, or None ("left" + "most")."""
    known = pronunciations()
    if word in known:
        return known[word]
    for cut in range(_LEAST_PART, len(word) - _LEAST_PART + 1):
        first, second = known.get(word[:cut]), known.get(word[cut:])
        if first and second:
            return f"{first} {second}"
    return None


def _model_folder() -> Path:
    from pocketsphinx import get_model_path

    folder = Path(get_model_path("en-us"))
    if not (folder / "cmudict-en-us.dict").is_file():
        raise ConfigError(f"pocketsphinx's model is not in {folder}: reinstall pocketsphinx")
    return folder
