"""Grounding DINO and MM-Grounding-DINO: zero-shot detectors that read one caption.

The caption is all phrases in lower case, each ended by a full stop ("red cube. bowl."). The network
gives each box a score for each token; a phrase's score is the mean over its own tokens, so that
"red cube" needs both words. Source: Liu et al. (arXiv 2303.05499); the mean over a phrase's tokens
is that of MM-Grounding-DINO, Zhao et al. (arXiv 2401.02361).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from transformers import AutoModelForZeroShotObjectDetection

from vla_ros.backends import proposals
from vla_ros.backends.loading import inference, load_model
from vla_ros.checkpoints import Checkpoint
from vla_ros.errors import GroundingError
from vla_ros.params import ModelParams
from vla_ros.types import CameraFrame, Detection
from vla_ros.vlm.prompts import plain

EVEN_SCORE = 0.3
"""The score threshold of MM-Grounding-DINO's demonstration."""

_SEPARATORS = re.compile(r"[.?]|\s+")
"""What ends a phrase for the network's text mask must not stand within one."""


class GroundingDinoGrounder:
    """Finds phrases with Grounding DINO or MM-Grounding-DINO."""

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
            ModelError: The checkpoint is broken.
        """
        self._model = load_model(checkpoint, params, AutoModelForZeroShotObjectDetection)
        self.placement = self._model.placement
        self._even_score = even_score
        self._most_tokens = int(self._model.network.config.max_text_len)

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return every box that a phrase names, phrase by phrase, the most probable first.

        Phrases that fill more than one caption are asked in several.

        Raises:
            GroundingError: A phrase has no word, or is longer than the model reads.
            ModelError: The network fails, or its output is not finite.
        """
        found: list[Detection] = []
        if not phrases:
            return found
        with inference(self.placement):
            picture = dict(
                self._model.processor.image_processor(np.asarray(frame.rgb), return_tensors="pt")
            )
        height, width = frame.rgb.shape[:2]
        for asked in self._captions(phrases):
            scores, boxes = self._run(picture, asked)
            boxes_px = proposals.corners_px(boxes, width, height)
            found += proposals.detections(
                asked, scores, boxes_px, (height, width), self._even_score
            )
        return found

    def _run(
        self, picture: dict[str, torch.Tensor], phrases: Sequence[str]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return raw scores (P, Q) and boxes (P, 4) as centre and size fractions."""
        caption, spans = caption_of([written(phrase) for phrase in phrases])
        tokens = self._model.processor.tokenizer(
            caption, return_tensors="pt", return_offsets_mapping=True, return_token_type_ids=True
        )
        offsets = tokens.pop("offset_mapping")[0].numpy()
        with inference(self.placement):
            output = self._model.network(**self._model.inputs({**picture, **tokens}))
            scores = output.logits[0].float().sigmoid().cpu().numpy()
            boxes = output.pred_boxes[0].float().cpu().numpy()
        columns = [scores[:, tokens_within(offsets, span)].mean(axis=1) for span in spans]
        return np.stack(columns, axis=1), boxes

    def _captions(self, phrases: Sequence[str]) -> Iterator[list[str]]:
        """Yield phrases in groups whose caption the network reads in one piece."""
        room = self._most_tokens - 2  # the tokens that begin and end a caption
        group: list[str] = []
        used = 0
        for phrase in phrases:
            text = written(phrase)
            if not text:
                raise GroundingError(f"'{phrase}' has no word in it: say what to find")
            needed = len(
                self._model.processor.tokenizer(f"{text}.", add_special_tokens=False).input_ids
            )
            if needed > room:
                raise GroundingError(
                    f"'{phrase}' is too long for this model, which reads {room} tokens: say it in "
                    "fewer words"
                )
            if used + needed > room:
                yield group
                group, used = [], 0
            group.append(phrase)
            used += needed
        yield group


def written(phrase: str) -> str:
    """Return a phrase as a caption holds it: lower case, one space, no full stop within."""
    return " ".join(filter(None, _SEPARATORS.split(plain(phrase).lower())))


def caption_of(texts: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return the caption of texts and where each lies in it: first character and one past it."""
    caption, spans = "", []
    for text in texts:
        start = len(caption)
        spans.append((start, start + len(text)))
        caption += f"{text}. "
    return caption.rstrip(), spans


def tokens_within(offsets: np.ndarray, span: tuple[int, int]) -> np.ndarray:
    """Return indices of the tokens whose characters (T, 2) lie within a span; never empty.

    Tokens without characters, such as those that begin and end a caption, lie nowhere.
    """
    inside = (offsets[:, 0] >= span[0]) & (offsets[:, 1] <= span[1])
    return np.nonzero(inside & (offsets[:, 1] > offsets[:, 0]))[0]
