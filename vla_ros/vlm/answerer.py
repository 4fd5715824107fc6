"""A generative model as an Answerer."""

from __future__ import annotations

from vla_ros.errors import ConfigError, ModelError
from vla_ros.types import CameraFrame
from vla_ros.vlm import strict_json
from vla_ros.vlm.model import Request, VisionLanguageModel
from vla_ros.vlm.model_pictures import model_picture
from vla_ros.vlm.prompts import plain, prompt
from vla_ros.vlm.reply_forms import MAX_ANSWER, answer_form

MAX_QUESTION = 300


class VlmAnswerer:
    """Shows the model the picture and says what it says, as words and nothing else."""

    def __init__(self, model: VisionLanguageModel) -> None:
        """Take a model.

        Raises:
            ConfigError: Its family answers no questions.
        """
        if not model.dialect.answer_prompt:
            raise ConfigError(
                f"models of the family '{model.dialect.name}' answer no questions: choose one of "
                "another family as vqa_model"
            )
        self._model = model

    def answer(self, frame: CameraFrame, question: str) -> str:
        """Return the model's answer on one line, at most MAX_ANSWER characters.

        Raises:
            ModelError: The question is empty or longer than MAX_QUESTION, or the model failed or
                said nothing.
        """
        asked = plain(question)
        if not asked or len(question) > MAX_QUESTION:
            raise ModelError(
                f"a question has 1 to {MAX_QUESTION} characters; this one has {len(question)}"
            )
        dialect = self._model.dialect
        request = Request(
            prompt(dialect.answer_prompt, question=asked),
            answer_form(),
            model_picture(frame.rgb, dialect.picture).rgb,
            prompt("system") if dialect.chat else "",
        )
        said = strict_json.excerpt(" ".join(self._model.ask(request).text.split()), MAX_ANSWER)
        if not said.strip():
            raise ModelError("the model gave no answer")
        return said.strip()
