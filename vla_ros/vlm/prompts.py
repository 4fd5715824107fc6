"""Prompts are files in config/prompts/; what came from outside goes into them made plain."""

from __future__ import annotations

from functools import cache
from string import Template
from unicodedata import category, normalize

from vla_ros.errors import ConfigError
from vla_ros.resources import config_dir

MAX_PROMPT = 8000
_ALLOWED = frozenset(" -'.,:;?!()/%&+")


def prompt(name: str, **parts: str) -> str:
    """Return a prompt with its blanks ($phrase) filled in.

    Args:
        name: File in config/prompts/ without ".txt".
        **parts: Text for each blank; it is made plain first.

    Raises:
        ConfigError: There is no such file, it is too long, or it has other blanks.
    """
    try:
        return _template(name).substitute({key: plain(text) for key, text in parts.items()})
    except (KeyError, ValueError) as error:
        raise ConfigError(
            f"config/prompts/{name}.txt may have the blanks {sorted('$' + key for key in parts)} "
            f"and no others: {error}"
        ) from error


def plain(text: str, most: int = 500) -> str:
    """Return a text on one line, without anything that a tokenizer or a template takes as a sign.

    Letters, digits, spaces and common punctuation stay. Quotation marks, angle brackets, braces,
    pipes, backslashes, dollar signs, line breaks and invisible characters become spaces: they could
    end a quotation, or spell a model's control tokens ("<|im_end|>", "<loc0001>", "[INST]").
    """
    normal = normalize("NFC", text[: 4 * most])
    kept = "".join(c if category(c)[0] in "LMN" or c in _ALLOWED else " " for c in normal)
    return " ".join(kept.split())[:most].rstrip()


@cache
def _template(name: str) -> Template:
    path = config_dir() / "prompts" / f"{name}.txt"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the prompt {path} cannot be read: {error}") from error
    if len(text) > MAX_PROMPT:
        raise ConfigError(f"the prompt {path} has {len(text)} characters; at most {MAX_PROMPT}")
    return Template(text.rstrip("\n"))
