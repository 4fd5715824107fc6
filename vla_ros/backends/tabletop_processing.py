"""The tabletop detector's image processor and processor for transformers; no torchvision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import BatchFeature, ProcessorMixin
from transformers.image_processing_utils import BaseImageProcessor
from transformers.image_utils import make_flat_list_of_images

from vla_ros.backends import tabletop_frames as frames


class TabletopImageProcessor(BaseImageProcessor):
    """Letterboxes and normalises pictures; see tabletop_frames."""

    model_input_names = ("pixel_values",)

    def __init__(self, image_size: Sequence[int] = (240, 320), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.image_size = list(image_size)

    def preprocess(
        self, images: Any, return_tensors: str | None = None, **kwargs: Any
    ) -> BatchFeature:
        """Return pixel_values (B, 3, height, width) of RGB pictures (arrays or PIL)."""
        rows, columns = self.image_size
        pictures = [
            np.asarray(image.convert("RGB") if hasattr(image, "convert") else image)
            for image in make_flat_list_of_images(images)
        ]
        pixels = [frames.normalized(frames.letterbox(p, (rows, columns))[0]) for p in pictures]
        return BatchFeature({"pixel_values": np.stack(pixels)}, tensor_type=return_tensors)

    def post_process_object_detection(
        self,
        outputs: Any,
        threshold: float = 0.5,
        target_sizes: Any = None,
        most_overlap: float = 0.5,
    ) -> list[dict[str, Any]]:
        """Return scores, labels and boxes (x0, y0, x1, y1 px) for each picture.

        transformers' pipeline for zero-shot object detection calls this too.

        Args:
            outputs: TabletopDetectorOutput of B pictures.
            threshold: Least probability that counts as found.
            target_sizes: (height, width) of each picture; without, boxes are in network pixels.
            most_overlap: Boxes of one phrase that overlap more than this are the same thing.
        """
        results = []
        for number, (logits, boxes) in enumerate(
            zip(outputs.logits, outputs.pred_boxes, strict=True)
        ):
            rows, columns = self.image_size
            height, width = (rows, columns) if target_sizes is None else target_sizes[number]
            where = frames.fit((int(height), int(width)), (rows, columns))
            labels = [str(q) for q in range(logits.shape[-1])]
            found = frames.detections(
                labels, logits.numpy(), boxes.numpy(), where, threshold, most_overlap
            )
            results.append(
                {
                    "scores": torch.tensor([d.score for d in found]),
                    "labels": torch.tensor([int(d.phrase) for d in found], dtype=torch.long),
                    "boxes": torch.tensor(np.array([d.box_px for d in found]).reshape(-1, 4)),
                }
            )
        return results


class TabletopProcessor(ProcessorMixin):
    """Pictures and lists of phrases to model inputs, and outputs back to boxes."""

    def __init__(self, image_processor: Any, tokenizer: Any, **kwargs: Any) -> None:
        super().__init__(image_processor, tokenizer, **kwargs)

    def __call__(
        self,
        images: Any = None,
        text: str | Sequence[str] | Sequence[Sequence[str]] | None = None,
        return_tensors: str = "pt",
        **kwargs: Any,
    ) -> BatchFeature:
        """Return pixel_values and input_ids.

        Args:
            images: One picture or several.
            text: A phrase, phrases for one picture, or as many phrases for each of several.
            return_tensors: "pt" or "np".
            **kwargs: Passed to neither; accepted for uniformity with other processors.
        """
        inputs: dict[str, Any] = {}
        if text is not None:
            rows = [text] if isinstance(text, str) else list(text)
            flat = [p for row in rows for p in ([row] if isinstance(row, str) else row)]
            inputs.update(self.tokenizer(flat, padding=True, return_tensors=return_tensors))
        if images is not None:
            inputs.update(self.image_processor(images, return_tensors=return_tensors))
        return BatchFeature(inputs)

    def post_process_grounded_object_detection(
        self,
        outputs: Any,
        threshold: float = 0.5,
        target_sizes: Sequence[tuple[int, int]] | None = None,
        text_labels: Sequence[Sequence[str]] | None = None,
        most_overlap: float = 0.5,
    ) -> list[dict[str, Any]]:
        """Return scores, labels, boxes (x0, y0, x1, y1 px) and text_labels for each picture.

        Args:
            outputs: TabletopDetectorOutput of B pictures.
            threshold: Least probability that counts as found.
            target_sizes: (height, width) of each picture; without, boxes are in network pixels.
            text_labels: The phrases of each picture.
            most_overlap: Boxes of one phrase that overlap more than this are the same thing.
        """
        results = self.image_processor.post_process_object_detection(
            outputs, threshold, target_sizes, most_overlap
        )
        for number, result in enumerate(results):
            result["text_labels"] = None
            if text_labels is not None:
                labels = result["labels"].tolist()
                result["text_labels"] = [text_labels[number][label] for label in labels]
        return results
