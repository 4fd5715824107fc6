"""CLIPSeg: for each phrase a picture of how well each pixel fits it; its regions are detections.

transformers has no Auto class for it, so its own class is loaded. Source: Lüddecke and Ecker,
"Image Segmentation Using Text and Image Prompts" (arXiv 2112.10003).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from transformers import CLIPSegForImageSegmentation

from vla_ros.backends import proposals
from vla_ros.backends.loading import inference, load_model
from vla_ros.backends.sentences import tokenized
from vla_ros.checkpoints import Checkpoint
from vla_ros.errors import ModelError
from vla_ros.params import ModelParams
from vla_ros.types import CameraFrame, Detection
from vla_ros.vlm.prompts import prompt

EVEN_SCORE = 0.4
"""A usual threshold on its pixels; there is no official one."""

_PHRASES_AT_ONCE = 8
"""Each phrase needs a run over the whole picture, so memory bounds how many run together."""
_LEAST_SHARE = 2e-4
"""Regions that cover a smaller share of the picture are noise: 15 of 320x240 pixels."""


class ClipSegGrounder:
    """Finds phrases with CLIPSeg: boxes with masks, one for each connected region."""

    def __init__(
        self, checkpoint: Checkpoint, params: ModelParams, *, even_score: float = EVEN_SCORE
    ) -> None:
        """Load a checkpoint.

        Args:
            checkpoint: The model.
            params: How to load it.
            even_score: Pixels above this belong to a region; a region whose best pixel has it has
                the probability 0.5.

        Raises:
            ConfigError: The hub cannot be reached.
            ModelError: The checkpoint is broken.
        """
        self._model = load_model(checkpoint, params, CLIPSegForImageSegmentation)
        self.placement = self._model.placement
        self._even_score = even_score
        self._most_tokens = int(self._model.network.config.text_config.max_position_embeddings)

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return every region that a phrase names, phrase by phrase, the most probable first.

        Raises:
            GroundingError: A phrase is longer than the model reads.
            ModelError: The network fails, or its output is not finite.
        """
        found: list[Detection] = []
        size_px = (frame.rgb.shape[0], frame.rgb.shape[1])
        for start in range(0, len(phrases), _PHRASES_AT_ONCE):
            asked = phrases[start : start + _PHRASES_AT_ONCE]
            for phrase, fit in zip(asked, self._fits(frame, asked), strict=True):
                found += regions(phrase, fit, size_px, self._even_score)
        return found

    def _fits(self, frame: CameraFrame, phrases: Sequence[str]) -> np.ndarray:
        """Return (Q, h, w) scores 0..1 of pixels of the network's squeezed picture."""
        sentences = [prompt("match_clipseg", phrase=phrase) for phrase in phrases]
        tokenizer = self._model.processor.tokenizer
        tokens = tokenized(tokenizer, phrases, sentences, self._most_tokens, full_length=False)
        with inference(self.placement):
            pixels = self._model.processor.image_processor(
                np.asarray(frame.rgb), return_tensors="pt"
            )["pixel_values"].expand(len(phrases), -1, -1, -1)
            output = self._model.network(
                **self._model.inputs(
                    {
                        "input_ids": tokens["input_ids"],
                        "attention_mask": tokens["attention_mask"],
                        "pixel_values": pixels,
                    }
                )
            )
            fits = output.logits.float().sigmoid().cpu().numpy()
        fits = fits.reshape(len(phrases), *fits.shape[-2:])
        if not np.isfinite(fits).all():
            raise ModelError(f"{self.placement}: its output is not finite")
        return np.asarray(fits)


def regions(
    phrase: str, fit: np.ndarray, size_px: tuple[int, int], even_score: float
) -> list[Detection]:
    """Return the connected regions of pixels that fit, the most probable first.

    Args:
        phrase: What was asked for.
        fit: (h, w) scores 0..1 over the whole picture, squeezed.
        size_px: (height, width) of the picture.
        even_score: As in ClipSegGrounder.
    """
    height, width = size_px
    whole = cv2.resize(fit.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (whole >= even_score).astype(np.uint8)
    )
    found: list[Detection] = []
    for label in range(1, count):
        left, top, across, down, area = (int(value) for value in stats[label])
        if area < _LEAST_SHARE * height * width:
            continue
        mask = labels == label
        score = float(proposals.probability(whole[mask].max(), even_score))
        box_px = np.array([left, top, left + across, top + down], np.float32)
        found.append(Detection(phrase, box_px, score, mask))
    return sorted(found, key=lambda detection: -detection.score)
