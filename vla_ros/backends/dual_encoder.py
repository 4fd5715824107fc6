"""CLIP, SigLIP and SigLIP 2: pictures and sentences as vectors whose product says how they fit.

Sources: Radford et al. (arXiv 2103.00020), Zhai et al. (arXiv 2303.15343), Tschannen et al.
(arXiv 2502.14786).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from transformers import AutoModel

from vla_ros.backends.loading import inference, load_model
from vla_ros.backends.sentences import tokenized
from vla_ros.checkpoints import Checkpoint
from vla_ros.errors import ModelError
from vla_ros.params import ModelParams
from vla_ros.types import CameraFrame
from vla_ros.vlm.prompts import prompt

_CONTEXT = 1.2
"""Side of the square that is cut out about a box, relative to the box's longer side."""
_FILL = 127
"""Grey level where that square leaves the picture."""
_PICTURES_AT_ONCE = 16


class DualEncoder:
    """Scores parts of a picture, or whole pictures, against phrases: RegionScorer, SceneEncoder."""

    def __init__(self, checkpoint: Checkpoint, params: ModelParams) -> None:
        """Load a checkpoint.

        Raises:
            ConfigError: The hub cannot be reached.
            ModelError: The checkpoint is broken.
        """
        self._model = load_model(checkpoint, params, AutoModel)
        self.placement = self._model.placement
        network = self._model.network
        self._most_tokens = int(network.config.text_config.max_position_embeddings)
        self._scale = float(network.logit_scale.detach().float().exp().item())
        self._is_clip = checkpoint.model_type == "clip"

    def score(self, frame: CameraFrame, boxes_px: np.ndarray, phrases: Sequence[str]) -> np.ndarray:
        """Return (N, Q): how much better one box fits a phrase than another, in nats.

        Raises:
            GroundingError: A phrase is longer than the model reads.
            ModelError: The network fails, or its output is not finite.
        """
        if len(boxes_px) == 0 or not phrases:
            return np.zeros((len(boxes_px), len(phrases)))
        crops = [square_about(np.asarray(frame.rgb), box) for box in boxes_px]
        return self.similarities(self.encode_pictures(crops), self.encode_phrases(phrases))

    def encode_pictures(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """Return (N, D) unit vectors of pictures (H, W, 3) uint8.

        Raises:
            ModelError: The network fails, or its output is not finite.
        """
        parts = []
        for start in range(0, len(pictures), _PICTURES_AT_ONCE):
            some = [np.asarray(p) for p in pictures[start : start + _PICTURES_AT_ONCE]]
            with inference(self.placement):
                batch = self._model.processor.image_processor(some, return_tensors="pt")
                vectors = self._model.network.get_image_features(**self._model.inputs(batch))
                parts.append(self._unit(vectors))
        return np.concatenate(parts)

    def encode_phrases(self, phrases: Sequence[str]) -> np.ndarray:
        """Return (Q, D) unit vectors of phrases.

        Raises:
            GroundingError: A phrase is longer than the model reads.
            ModelError: The network fails, or its output is not finite.
        """
        sentences = [prompt("match_encoder", phrase=phrase) for phrase in phrases]
        tokens = self._tokens(phrases, sentences)
        with inference(self.placement):
            vectors = self._model.network.get_text_features(**self._model.inputs(tokens))
            return self._unit(vectors)

    def _tokens(self, phrases: Sequence[str], sentences: Sequence[str]) -> dict[str, torch.Tensor]:
        """Return what each family was trained on: SigLIP on lower case, full length, no mask."""
        tokenizer, most = self._model.processor.tokenizer, self._most_tokens
        if self._is_clip:
            return tokenized(tokenizer, phrases, sentences, most, full_length=False)
        lower = [sentence.lower() for sentence in sentences]
        tokens = tokenized(tokenizer, phrases, lower, most, full_length=True)
        return {"input_ids": tokens["input_ids"]}

    def similarities(self, pictures: np.ndarray, phrases: np.ndarray) -> np.ndarray:
        """Return (N, Q) of unit vectors (N, D) and (Q, D), on the model's own scale in nats."""
        return np.asarray(self._scale * pictures @ phrases.T)

    def _unit(self, output: Any) -> np.ndarray:
        pooled = output if isinstance(output, torch.Tensor) else output.pooler_output
        vectors = pooled.float()
        vectors = (vectors / vectors.norm(dim=-1, keepdim=True)).cpu().numpy()
        if not np.isfinite(vectors).all():
            raise ModelError(f"{self.placement}: its output is not finite")
        return np.asarray(vectors)


def square_about(rgb: np.ndarray, box_px: np.ndarray) -> np.ndarray:
    """Return a square (S, S, 3) cut out about a box x0, y0, x1, y1 [px], somewhat larger.

    A square, because some of these models cut the ends off long pictures.
    """
    middle = (box_px[:2] + box_px[2:]) / 2.0
    side = max(1, round(float(np.max(box_px[2:] - box_px[:2])) * _CONTEXT))
    left, top = (int(v) for v in np.round(middle - side / 2.0))
    height, width = rgb.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    if x1 <= x0 or y1 <= y0:
        return np.full((side, side, 3), _FILL, np.uint8)
    edges = (y0 - top, top + side - y1, x0 - left, left + side - x1)
    return np.asarray(
        cv2.copyMakeBorder(rgb[y0:y1, x0:x1], *edges, cv2.BORDER_CONSTANT, value=(_FILL,) * 3)
    )
