"""OWL-ViT and OWLv2: zero-shot detectors whose every patch predicts one box.

Sources: Minderer et al., "Simple Open-Vocabulary Object Detection with Vision Transformers"
(arXiv 2205.06230) and "Scaling Open-Vocabulary Object Detection" (arXiv 2306.09683).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from transformers import AutoModelForZeroShotObjectDetection

from vla_ros.backends import proposals
from vla_ros.backends.loading import inference, load_model
from vla_ros.backends.sentences import tokenized
from vla_ros.checkpoints import Checkpoint
from vla_ros.errors import ModelError
from vla_ros.params import ModelParams
from vla_ros.types import CameraFrame, Detection
from vla_ros.vlm.prompts import prompt

EVEN_SCORE = 0.1
"""The threshold that transformers documents for these models."""


class OwlGrounder:
    """Finds phrases with OWL-ViT or OWLv2.

    OWL-ViT squeezes a picture into a square, so its boxes are fractions of width and height. OWLv2
    pads it below and to the right to a square, so its boxes are fractions of the longer side.
    """

    def __init__(
        self, checkpoint: Checkpoint, params: ModelParams, *, even_score: float = EVEN_SCORE
    ) -> None:
        """Load a checkpoint.

        Args:
            checkpoint: The model.
            params: How to load it.
            even_score: Raw score that becomes the probability 0.5.

        Raises:
            ConfigError: The hub cannot be reached.
            ModelError: The checkpoint is broken, or treats pictures in a way of its own.
        """
        self._model = load_model(checkpoint, params, AutoModelForZeroShotObjectDetection)
        self.placement = self._model.placement
        self._even_score = even_score
        self._most_tokens = int(self._model.network.config.text_config.max_position_embeddings)
        pictures = self._model.processor.image_processor
        self._padded = bool(getattr(pictures, "do_pad", False))
        if getattr(pictures, "do_center_crop", False) and pictures.crop_size != pictures.size:
            raise ModelError(f"model '{checkpoint.name}' crops pictures: its boxes have no place")

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return every box that a phrase names, phrase by phrase, the most probable first.

        Raises:
            GroundingError: A phrase is longer than the model reads.
            ModelError: The network fails, or its output is not finite.
        """
        if not phrases:
            return []
        height, width = frame.rgb.shape[:2]
        with inference(self.placement):
            pixels = self._model.processor.image_processor(
                np.asarray(frame.rgb), return_tensors="pt"
            )
            output = self._model.network(**self._model.inputs({**self._tokens(phrases), **pixels}))
            scores = output.logits[0].float().sigmoid().cpu().numpy()
            boxes = output.pred_boxes[0].float().cpu().numpy()
        across, down = (max(width, height),) * 2 if self._padded else (width, height)
        boxes_px = proposals.corners_px(boxes, across, down)
        return proposals.detections(phrases, scores, boxes_px, (height, width), self._even_score)

    def _tokens(self, phrases: Sequence[str]) -> dict[str, torch.Tensor]:
        sentences = [prompt("match_owl", phrase=phrase) for phrase in phrases]
        tokens = tokenized(
            self._model.processor.tokenizer, phrases, sentences, self._most_tokens, full_length=True
        )
        return {"input_ids": tokens["input_ids"], "attention_mask": tokens["attention_mask"]}
