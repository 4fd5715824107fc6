"""The default grounder: the tabletop detector on ONNX Runtime, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from vla_ros.backends import tabletop_frames as frames
from vla_ros.backends.tabletop_files import PhraseReader, require_files, require_finite
from vla_ros.errors import ModelError
from vla_ros.types import CameraFrame, Detection

FILES = ("config.json", "tokenizer.json", "model.safetensors", "model.onnx")
"""What it reads; model.onnx is the graph and refers to the weights in model.safetensors."""


class OnnxTabletopGrounder:
    """Finds simple phrases ("red cube", "fruit") in a picture of a table.

    A phrase with a word that the detector was not taught is not found (`unknown_words` says which
    words these are), and neither is one with more words than it reads.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        threads: int = 2,
        least_score: float = frames.LEAST_SCORE,
        most_overlap: float = frames.MOST_OVERLAP,
    ) -> None:
        """Load a detector.

        Args:
            folder: Holds FILES; None for the one that comes with the package.
            threads: Processor threads that one picture may use.
            least_score: Boxes less probable than this are left out.
            most_overlap: Boxes of one phrase that overlap more are one thing.

        Raises:
            ModelError: A file is missing or broken.
        """
        folder = require_files(folder, FILES)
        self._words = PhraseReader(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's errors share no narrower public base.
            raise ModelError(f"{folder / 'model.onnx'} cannot be loaded: {error}") from error
        self.placement = f"{folder.name} on the CPU, ONNX Runtime"
        rows, columns = self._session.get_inputs()[0].shape[2:]
        self._canvas_px = (int(rows), int(columns))
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
        picture, where = frames.letterbox(np.asarray(frame.rgb), self._canvas_px)
        logits, boxes, _ = self._session.run(
            None,
            {
                "pixel_values": frames.normalized(picture)[None],
                "input_ids": self._words.ids(asked),
            },
        )
        require_finite(logits, boxes)
        return frames.detections(
            asked, logits[0], boxes[0], where, self._least_score, self._most_overlap
        )

    def unknown_words(self, phrase: str) -> tuple[str, ...]:
        """Return the words of a phrase that the detector was not taught."""
        return self._words.unknown(phrase)
