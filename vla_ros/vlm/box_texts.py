"""How each family of models writes boxes and points: the only place that knows.

| format | a box reads | numbers are | families |
|---|---|---|---|
| `qwen2_tokens` | `<|box_start|>(x0,y0),(x1,y1)<|box_end|>` | 0 to 1000 of each side | Qwen2-VL |
| `pixel_json` | `[{"bbox_2d": [x0, y0, x1, y1], "label": "cup"}]` | pixels it saw | Qwen2.5-VL |
| `thousand_json` | the same | 0 to 1000 of each side | Qwen3-VL, most servers |
| `box_2d_json` | `[{"box_2d": [y0, x0, y1, x1], "label": "cup"}]` | 0 to 1000 | Gemini |
| `paligemma_loc` | `<locY0><locX0><locY1><locX1> cup ; ...` | 0 to 1023, of 1024 | PaliGemma 1, 2 |
| `florence_loc` | `cup<loc_x0><loc_y0><loc_x1><loc_y1>` | 1000 bins, their middles | Florence-2 |
| `unit_list` | `[0.12, 0.30, 0.45, 0.61]` | 0 to 1 of each side | LLaVA |

Points: the JSON formats have `{"point_2d": [x, y], "label": "cup"}`; the others write none.

Labels are checked for length and then forgotten: what a box is called is the phrase that was asked
for, never what a model (or a label that it read in the picture) says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from vla_ros.errors import ModelError
from vla_ros.vlm import strict_json

MAX_BOXES = 50
MAX_LABEL = 200
_TOLERANCE = 0.01
_LABEL = r'[^<>{}\[\];"\\\x00-\x1f]{0,200}'
_NUMBER = r"(?:0|[1-9]\d{0,3})"
_SHARE = r"[01](?:\.\d{1,4})?"
_QWEN2 = r"<\|box_start\|>\((\d{1,4}), ?(\d{1,4})\), ?\((\d{1,4}), ?(\d{1,4})\)<\|box_end\|>"
_PALIGEMMA = r"<loc(\d{4})><loc(\d{4})><loc(\d{4})><loc(\d{4})>"
_FLORENCE = r"<loc_(\d{1,3})><loc_(\d{1,3})><loc_(\d{1,3})><loc_(\d{1,3})>"
_UNIT = rf"\[({_SHARE}), ?({_SHARE}), ?({_SHARE}), ?({_SHARE})\]"


class BoxFormat(str, Enum):
    """A way of writing boxes; see the table above."""

    QWEN2_TOKENS = "qwen2_tokens"
    PIXEL_JSON = "pixel_json"
    THOUSAND_JSON = "thousand_json"
    BOX_2D_JSON = "box_2d_json"
    PALIGEMMA_LOC = "paligemma_loc"
    FLORENCE_LOC = "florence_loc"
    UNIT_LIST = "unit_list"


@dataclass(frozen=True, slots=True)
class _Grammar:
    """How one format is read.

    Attributes:
        pattern: Takes the pattern of a label and returns that of a whole reply. A text fits it in
            one way only, so that no reply makes the search for a fit long.
        read: Takes a reply and returns its boxes as x0, y0, x1, y1 in the format's own numbers.
        whole: What the numbers count up to; None where they are pixels.
    """

    pattern: Callable[[str], str]
    read: Callable[[str], list[list[float]]]
    whole: float | None


def boxes_said(text: str, box_format: BoxFormat, size_px: tuple[int, int]) -> np.ndarray:
    """Return the boxes that a model wrote.

    Args:
        text: Its reply, special tokens included, without the end-of-text token.
        box_format: How its family writes boxes.
        size_px: Width and height of the picture as the model saw it [px].

    Returns:
        (N, 4) x0, y0, x1, y1 [px] in that picture, within it, x0 < x1 and y0 < y1.

    Raises:
        ModelError: The reply is not in the format, has more than MAX_BOXES boxes, or a box is
            inverted, empty or clearly outside the picture: then it was written in another format,
            and to clip it would be to point somewhere else.
    """
    if len(text) > strict_json.MAX_CHARACTERS:
        raise ModelError(f"the model's reply has {len(text)} characters: too many for boxes")
    grammar = _GRAMMARS[box_format]
    said = np.array(grammar.read(text.strip()), dtype=np.float64).reshape(-1, 4)
    if len(said) > MAX_BOXES:
        raise ModelError(f"the model wrote {len(said)} boxes; at most {MAX_BOXES} are believed")
    return _in_picture(said, grammar.whole, size_px)


def points_said(text: str, box_format: BoxFormat, size_px: tuple[int, int]) -> np.ndarray:
    """Return the points (N, 2) x, y [px] that a model wrote as JSON; raises as boxes_said does."""
    grammar = _GRAMMARS[box_format]
    if box_format not in (BoxFormat.PIXEL_JSON, BoxFormat.THOUSAND_JSON):
        raise ModelError(f"models that write boxes as {box_format.value} write no points")
    said = np.array(_json_rows(text, "point_2d", 2), dtype=np.float64).reshape(-1, 2)
    return _scaled(said, grammar.whole, size_px)


def box_pattern(box_format: BoxFormat, label: str | None = None) -> str:
    """Return the regular expression that a reply with boxes fully matches.

    Args:
        box_format: How the boxes are written.
        label: What every box is called; None for any short text.
    """
    known = _LABEL if label is None else rf"(?: ?{re.escape(label)} ?)?"
    return _GRAMMARS[box_format].pattern(known)


def _in_picture(said: np.ndarray, whole: float | None, size_px: tuple[int, int]) -> np.ndarray:
    boxes = _scaled(said, whole, size_px)
    empty = (boxes[:, 2] <= boxes[:, 0]) | (boxes[:, 3] <= boxes[:, 1])
    if np.any(empty):
        raise ModelError(f"the model wrote an inverted or empty box: {said[empty][0].tolist()}")
    return boxes


def _scaled(said: np.ndarray, whole: float | None, size_px: tuple[int, int]) -> np.ndarray:
    """Return corners (N, 2 or 4) in pixels; what rounding put just outside is moved inside."""
    sides = np.tile(np.array(size_px, dtype=np.float64), said.shape[1] // 2)
    pixels = said if whole is None else said / whole * sides
    outside = np.any((pixels < -_TOLERANCE * sides) | (pixels > (1 + _TOLERANCE) * sides), axis=1)
    if np.any(outside) or not np.all(np.isfinite(pixels)):
        raise ModelError(
            f"the model wrote {said[outside][:1].tolist()}, outside of its picture of "
            f"{size_px[0]}x{size_px[1]} px: is box_format the one of this model?"
        )
    return np.clip(pixels, 0.0, sides)


def _json_rows(text: str, key: str, count: int) -> list[list[float]]:
    rows = []
    for item in strict_json.items(strict_json.read(text), MAX_BOXES):
        found = strict_json.fields(item, (key,), optional=("label",))
        strict_json.words(found.get("label", ""), MAX_LABEL)
        rows.append(strict_json.numbers(found[key], count))
    return rows


def _xyxy_json(text: str) -> list[list[float]]:
    return _json_rows(text, "bbox_2d", 4)


def _yxyx_json(text: str) -> list[list[float]]:
    return [[x0, y0, x1, y1] for y0, x0, y1, x1 in _json_rows(text, "box_2d", 4)]


def _matches(text: str, whole: str, box: str) -> list[Any]:
    """Return the four numbers of each box of a reply that matches a pattern as a whole."""
    if re.fullmatch(whole, text, re.ASCII) is None:
        raise ModelError(f"the model's reply is not in its box format: {strict_json.excerpt(text)}")
    return [[float(group) for group in found] for found in re.findall(box, text, re.ASCII)]


def _qwen2(text: str) -> list[list[float]]:
    return _matches(text, _qwen2_pattern(_LABEL), _QWEN2)


def _paligemma(text: str) -> list[list[float]]:
    rows = _matches(text, _paligemma_pattern(_LABEL), _PALIGEMMA)
    return [[x0, y0, x1, y1] for y0, x0, y1, x1 in rows]


def _florence(text: str) -> list[list[float]]:
    """Read bins as the middles of what they stand for."""
    rows = _matches(text, _florence_pattern(_LABEL), _FLORENCE)
    return [[number + 0.5 for number in row] for row in rows]


def _unit(text: str) -> list[list[float]]:
    return _matches(text, _unit_pattern(_LABEL), _UNIT)


def _ungrouped(pattern: str) -> str:
    """Return a pattern whose groups capture nothing."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)


def _bbox_2d_pattern(label: str) -> str:
    return _json_pattern("bbox_2d", label)


def _box_2d_pattern(label: str) -> str:
    return _json_pattern("box_2d", label)


def _json_pattern(key: str, label: str) -> str:
    """Return the pattern of a list, bare or laid out in a fence as models were taught to."""
    four = ", ".join([_NUMBER] * 4)
    item = rf'[ \n\t]{{0,2}}\{{"{key}": \[{four}\], "label": "{label}"\}}'
    listed = rf"\[(?:{item}(?:,{item}){{0,{MAX_BOXES - 1}}}\n?)?\]"
    return rf"{listed}|```json\n{listed}\n```"


def _qwen2_pattern(label: str) -> str:
    name = rf"(?:<\|object_ref_start\|>{label}<\|object_ref_end\|>)?"
    return rf"none|(?:{name}{_ungrouped(_QWEN2)}\s{{0,2}}){{1,{MAX_BOXES}}}"


def _paligemma_pattern(label: str) -> str:
    box = rf"{_ungrouped(_PALIGEMMA)}{label}"
    return rf"(?:{box}(?:; ?{box}){{0,{MAX_BOXES - 1}}})?"


def _florence_pattern(label: str) -> str:
    return rf"(?:{label}{_ungrouped(_FLORENCE)}){{0,{MAX_BOXES}}}"


def _unit_pattern(_: str) -> str:
    box = _ungrouped(_UNIT)
    return rf"none|{box}(?:[,;\n] ?{box}){{0,{MAX_BOXES - 1}}}"


_GRAMMARS: Mapping[BoxFormat, _Grammar] = {
    BoxFormat.QWEN2_TOKENS: _Grammar(_qwen2_pattern, _qwen2, 1000.0),
    BoxFormat.PIXEL_JSON: _Grammar(_bbox_2d_pattern, _xyxy_json, None),
    BoxFormat.THOUSAND_JSON: _Grammar(_bbox_2d_pattern, _xyxy_json, 1000.0),
    BoxFormat.BOX_2D_JSON: _Grammar(_box_2d_pattern, _yxyx_json, 1000.0),
    BoxFormat.PALIGEMMA_LOC: _Grammar(_paligemma_pattern, _paligemma, 1024.0),
    BoxFormat.FLORENCE_LOC: _Grammar(_florence_pattern, _florence, 1000.0),
    BoxFormat.UNIT_LIST: _Grammar(_unit_pattern, _unit, 1.0),
}
