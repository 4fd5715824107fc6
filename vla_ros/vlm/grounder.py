"""A generative model as a Grounder: it is asked for boxes, phrase by phrase."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from vla_ros.errors import ConfigError
from vla_ros.perception.grounder import placement_of
from vla_ros.types import CameraFrame, Detection
from vla_ros.vlm.box_texts import BoxFormat, boxes_said
from vla_ros.vlm.model import Request, VisionLanguageModel
from vla_ros.vlm.model_pictures import ModelPicture, model_picture
from vla_ros.vlm.prompts import plain, prompt
from vla_ros.vlm.reply_forms import boxes_form

MAX_AT_ONCE = 8
"""Questions that are asked side by side: a server answers them together, a model here in turn."""
UNTOLD_SCORE = 0.8
"""What a box counts for where the model does not tell how probable its reply was."""


class VlmGrounder:
    """Asks one phrase at a time, so that a box is called by our phrase and by no other name."""

    def __init__(self, model: VisionLanguageModel) -> None:
        """Take a model.

        Raises:
            ConfigError: Its family writes no boxes.
        """
        dialect = model.dialect
        if dialect.box_format is None:
            raise ConfigError(
                f"models of the family '{dialect.name}' write no boxes: use one as vqa_model, or "
                "as chooser_model behind a detector"
            )
        self._model = model
        self.placement = placement_of(model)
        self._format: BoxFormat = dialect.box_format

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return every box that the model writes for each phrase.

        The score is the reply's probability, which is not calibrated, or UNTOLD_SCORE.

        Raises:
            ModelError: The model failed, or what it wrote is not in its format.
        """
        picture = model_picture(frame.rgb, self._model.dialect.picture)
        with ThreadPoolExecutor(MAX_AT_ONCE) as pool:
            found = pool.map(partial(self._find, picture), dict.fromkeys(phrases))
            return [detection for detections in found for detection in detections]

    def _find(self, picture: ModelPicture, phrase: str) -> list[Detection]:
        dialect = self._model.dialect
        request = Request(
            prompt(dialect.detect_prompt, phrase=phrase),
            boxes_form(self._format, plain(phrase)),
            picture.rgb,
            prompt("system") if dialect.chat else "",
        )
        said = self._model.ask(request)
        score = UNTOLD_SCORE if said.probability is None else said.probability
        boxes = picture.to_camera(boxes_said(said.text, self._format, picture.size_px))
        # What lay wholly in the padding shows nothing.
        solid = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        return [Detection(phrase, np.array(box), score) for box in boxes[solid]]
