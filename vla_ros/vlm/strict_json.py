"""JSON that a model wrote, read strictly: what is not exactly as agreed is refused.

A reply is text from outside. It is never executed, and no field that was not asked for is let in.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from vla_ros.errors import ModelError

MAX_CHARACTERS = 8000
MAX_NUMBER = 1e6
_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)\n?\s*```", re.DOTALL)


def read(text: str, max_characters: int = MAX_CHARACTERS) -> Any:
    """Return the one JSON value that a reply is, bare or in a Markdown fence.

    Raises:
        ModelError: It is too long, no JSON, has a key twice, NaN, or a number beyond MAX_NUMBER.
    """
    if len(text) > max_characters:
        raise ModelError(
            f"the model's reply has {len(text)} characters; at most {max_characters} are read"
        )
    stripped = text.strip()
    fenced = _FENCE.fullmatch(stripped)
    try:
        return json.loads(
            fenced.group(1) if fenced else stripped,
            object_pairs_hook=_distinct,
            parse_constant=_no_constant,
            parse_float=_bounded,
            parse_int=_bounded_whole,
        )
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"the model's reply is not the JSON that was asked for ({error}): {excerpt(text)}"
        ) from error


def fields(value: Any, names: tuple[str, ...], optional: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """Return a JSON object that has all the named fields, and no others than the optional ones.

    Raises:
        ModelError: It is no object, or a field is missing or was not asked for.
    """
    if not isinstance(value, dict):
        raise ModelError(f"the model wrote {excerpt(repr(value))} where an object was asked for")
    missing = [name for name in names if name not in value]
    extra = sorted(set(value) - set(names) - set(optional))
    if missing or extra:
        raise ModelError(
            f"the model wrote an object without {missing} and with {excerpt(repr(extra))} "
            f"beyond what was asked for: {list(names)}"
        )
    return value


def items(value: Any, most: int) -> list[Any]:
    """Return a JSON list of bounded length.

    Raises:
        ModelError: It is no list, or longer.
    """
    if not isinstance(value, list):
        raise ModelError(f"the model wrote {excerpt(repr(value))} where a list was asked for")
    if len(value) > most:
        raise ModelError(f"the model wrote a list of {len(value)}; at most {most} are believed")
    return value


def words(value: Any, most: int) -> str:
    """Return a JSON string of bounded length.

    Raises:
        ModelError: It is no string, or longer.
    """
    if not isinstance(value, str) or len(value) > most:
        raise ModelError(
            f"the model wrote {excerpt(repr(value))} where at most {most} characters were asked for"
        )
    return value


def numbers(value: Any, count: int) -> list[float]:
    """Return a JSON list of exactly so many finite numbers.

    Raises:
        ModelError: It is anything else.
    """
    if not isinstance(value, list) or len(value) != count or not all(map(_is_number, value)):
        raise ModelError(
            f"the model wrote {excerpt(repr(value))} where {count} numbers were asked for"
        )
    return [float(number) for number in value]


def excerpt(text: str, most: int = 120) -> str:
    """Return the beginning of a text on one printable line, for error messages."""
    line = "".join(c if c.isprintable() else " " for c in text[: most + 1])
    return f"{line[:most]}..." if len(line) > most else line


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _bounded(digits: str) -> float:
    value = float(digits)
    if not (math.isfinite(value) and abs(value) <= MAX_NUMBER):
        raise ValueError(f"{excerpt(digits, 20)} is out of bounds")
    return value


def _bounded_whole(digits: str) -> int:
    if len(digits) > 8:
        raise ValueError(f"{excerpt(digits, 20)} is out of bounds")
    return int(_bounded(digits))
