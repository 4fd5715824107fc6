"""How each model family wants to be asked: prompt files, picture sizes, box format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vla_ros.errors import ConfigError
from vla_ros.vlm.box_texts import BoxFormat
from vla_ros.vlm.model_pictures import PictureRule

_TILES_28 = PictureRule(multiple_px=28, least_side_px=112)
_TILES_32 = PictureRule(multiple_px=32, least_side_px=128)
_SQUARE = PictureRule(square=True)
_AS_IT_IS = PictureRule()


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is particular to a family.

    Attributes:
        name: The family, as transformers names it ("qwen2_5_vl"), or "server".
        box_format: How it writes boxes; None where it was not taught to.
        detect_prompt: File in config/prompts/ that asks for boxes.
        answer_prompt: File that asks a question; empty where the family answers none.
        choose_prompt: File that asks which of the numbered boxes; empty likewise.
        picture: How pictures are made fit for it.
        chat: Whether it takes a conversation with a system turn; else the prompt is the whole text.
    """

    name: str
    box_format: BoxFormat | None
    detect_prompt: str = ""
    answer_prompt: str = "answer"
    choose_prompt: str = "choose"
    picture: PictureRule = _AS_IT_IS
    chat: bool = True


_QWEN3 = Dialect("qwen3_vl", BoxFormat.THOUSAND_JSON, "detect_json", picture=_TILES_32)
_LLAVA = Dialect("llava", BoxFormat.UNIT_LIST, "detect_unit_list", picture=_SQUARE)

DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect("qwen2_vl", BoxFormat.QWEN2_TOKENS, "detect_qwen2", picture=_TILES_28),
        Dialect("qwen2_5_vl", BoxFormat.PIXEL_JSON, "detect_json", picture=_TILES_28),
        _QWEN3,
        replace(_QWEN3, name="qwen3_vl_moe"),
        Dialect(
            "paligemma",
            BoxFormat.PALIGEMMA_LOC,
            "detect_paligemma",
            answer_prompt="answer_paligemma",
            choose_prompt="",
            chat=False,
        ),
        Dialect(
            "florence2",
            BoxFormat.FLORENCE_LOC,
            "detect_florence",
            answer_prompt="",
            choose_prompt="",
            chat=False,
        ),
        _LLAVA,
        replace(_LLAVA, name="llava_next"),
        replace(_LLAVA, name="llava_onevision"),
        Dialect("instructblip", None, answer_prompt="answer_instructblip", chat=False),
        Dialect("smolvlm", None),
        Dialect("idefics3", None),
    )
}
"""Every family that runs here, by transformers' model_type."""

_SERVED = (
    ("qwen2.5-vl", DIALECTS["qwen2_5_vl"]),
    ("qwen3-vl", _QWEN3),
    ("gemini", Dialect("gemini", BoxFormat.BOX_2D_JSON, "detect_box_2d")),
    ("", Dialect("other", BoxFormat.THOUSAND_JSON, "detect_thousand")),
)
"""Dialects by a part of a served model's name; the first that fits."""


def dialect_of(model_type: str) -> Dialect:
    """Return how a family is asked.

    Raises:
        ConfigError: No such family is known.
    """
    if model_type not in DIALECTS:
        raise ConfigError(
            f"'{model_type}' is no family of vision-language models that is known here; there are "
            f"{sorted(DIALECTS)}"
        )
    return DIALECTS[model_type]


def served_dialect(model: str) -> Dialect:
    """Return how a served model is asked, judged by its name.

    Its reply is always JSON, so what is left to know is what the numbers count: pixels for
    Qwen2.5-VL, 0 to 1000 with y first for Gemini, 0 to 1000 for all others.
    """
    name = model.lower()
    return next(replace(d, name="server") for part, d in _SERVED if part in name)
