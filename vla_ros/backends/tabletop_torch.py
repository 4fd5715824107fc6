"""The tabletop detector on torch, loaded through transformers' Auto classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForZeroShotObjectDetection

from vla_ros.backends import tabletop_detector, tabletop_frames
from vla_ros.backends.gpu import describe_placement, torch_device
from vla_ros.backends.tabletop_files import PhraseReader, require_files, require_finite
from vla_ros.errors import ModelError
from vla_ros.types import CameraFrame, Detection

FILES = ("config.json", "tokenizer.json", "model.safetensors")


class TorchTabletopGrounder:
    """The twin of OnnxTabletopGrounder, for machines with a GPU and for checking it."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        device: str = "cpu",
        least_score: float = tabletop_frames.LEAST_SCORE,
        most_overlap: float = tabletop_frames.MOST_OVERLAP,
    ) -> None:
        """Load a detector.

        Args:
            folder: Holds FILES; None for the one that comes with the package.
            device: Torch device to run on; "auto" is the GPU if there is one.
            least_score: Boxes less probable than this are left out.
            most_overlap: Boxes of one phrase that overlap more are one thing.

        Raises:
            ModelError: A file is missing or broken, or the device is not there.
        """
        folder = require_files(folder, FILES)
        self._device = torch_device(device)
        self._words = PhraseReader(folder)
        try:
            self._model = AutoModelForZeroShotObjectDetection.from_pretrained(
                folder, local_files_only=True, use_safetensors=True
            )
        except Exception as error:  # safetensors and transformers share no narrower base.
            raise ModelError(f"the detector in {folder} cannot be loaded: {error}") from error
        self._model.to(self._device).eval()
        self.placement = f"{folder.name} {describe_placement(self._model)}"
        config: tabletop_detector.TabletopDetectorConfig = self._model.config
        self._canvas_px = (config.image_size[0], config.image_size[1])
        self._least_score = least_score
        self._most_overlap = most_overlap

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return every box that a phrase names, phrase by phrase, the most probable first.

        Raises:
            ModelError: The network's output is not finite.
        """
        asked = self._words.readable(phrases)
        if not asked:
            return []
        picture, where = tabletop_frames.letterbox(np.asarray(frame.rgb), self._canvas_px)
        pixels = torch.from_numpy(tabletop_frames.normalized(picture)[None]).to(self._device)
        ids = torch.from_numpy(self._words.ids(asked)).to(self._device)
        with torch.inference_mode():
            output = self._model(pixel_values=pixels, input_ids=ids)
        logits, boxes = output.logits[0].cpu().numpy(), output.pred_boxes[0].cpu().numpy()
        require_finite(logits, boxes)
        return tabletop_frames.detections(
            asked, logits, boxes, where, self._least_score, self._most_overlap
        )

    def unknown_words(self, phrase: str) -> tuple[str, ...]:
        """Return the words of a phrase that the detector was not taught."""
        return self._words.unknown(phrase)
