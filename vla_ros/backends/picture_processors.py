"""Processors of vision-language models, for pictures and text.

Many of these families also take videos, and their stock processors want torchvision (or other
packages) for that even where no video ever comes. Here such a processor is the stock one without
its video part: image processor, tokenizer and chat template, as they are in the checkpoint.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoProcessor, Idefics3Processor
from transformers.models.auto.processing_auto import (
    PROCESSOR_MAPPING_NAMES,
    processor_class_from_name,
)

_VIDEO = "video_processor"
_STAND_INS = {"smolvlm": Idefics3Processor}
"""SmolVLM's differs from Idefics 3's by videos only, and wants a package of its own for those."""


class PictureProcessor:
    """Loads a checkpoint's processor; has `from_pretrained` as Auto classes have."""

    @staticmethod
    def from_pretrained(folder: Path, **options: Any) -> Any:
        """Return the processor of a folder."""
        family = AutoConfig.from_pretrained(folder, **options).model_type
        stock = _STAND_INS.get(family) or processor_class_from_name(
            PROCESSOR_MAPPING_NAMES.get(family, "")
        )
        if stock is None:
            return AutoProcessor.from_pretrained(folder, **options)
        if _VIDEO not in stock.get_attributes():
            return stock.from_pretrained(folder, **options)
        return _without_videos(stock).from_pretrained(folder, **options)


def _without_videos(stock: type[Any]) -> type[Any]:
    """Return a processor class that neither has nor loads a video processor."""
    parts = [name for name in stock.get_attributes() if name != _VIDEO]
    return type(stock.__name__, (stock,), {"get_attributes": classmethod(lambda _: list(parts))})
