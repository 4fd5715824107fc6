"""Generative vision-language models on torch, through transformers' Auto classes.

What differs between the families (Qwen-VL, PaliGemma, Florence-2, LLaVA, InstructBLIP, SmolVLM) is
in vlm/dialects.py and vlm/box_texts.py; here is what they have in common.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import torch
from jinja2 import TemplateError
from transformers import AutoModelForImageTextToText

from vla_ros.backends.constrained_decoding import PatternConstraint, TokenTexts
from vla_ros.backends.loading import inference, load_model
from vla_ros.backends.picture_processors import PictureProcessor
from vla_ros.checkpoints import Checkpoint
from vla_ros.errors import ModelError
from vla_ros.params import ModelParams
from vla_ros.vlm.box_texts import BoxFormat
from vla_ros.vlm.dialects import Dialect, dialect_of
from vla_ros.vlm.model import Request, Said
from vla_ros.vlm.model_pictures import model_picture
from vla_ros.vlm.prompts import prompt
from vla_ros.vlm.reply_forms import ReplyForm

_WARM_UP = ReplyForm("warm_up", r"[\s\S]*", max_tokens=2)


_LOADED: WeakValueDictionary[tuple[str, str, ModelParams], GenerativeModel] = WeakValueDictionary()
_LOADING = threading.Lock()


def load_generative(checkpoint: Checkpoint, params: ModelParams) -> GenerativeModel:
    """Return a model, the same one while anybody still has it; raises as GenerativeModel does."""
    key = (str(checkpoint.folder.resolve()), checkpoint.revision, params)
    with _LOADING:
        model = _LOADED.get(key)
        if model is None:
            model = _LOADED[key] = GenerativeModel(checkpoint, params)
    return model


class GenerativeModel:
    """A VisionLanguageModel; replies are decoded greedily and held to their form."""

    def __init__(self, checkpoint: Checkpoint, params: ModelParams) -> None:
        """Load a checkpoint and let it write two tokens, so that what is wrong shows now.

        Raises:
            ConfigError: The family is unknown, or the hub cannot be reached.
            ModelError: The checkpoint is broken or does not run.
        """
        self._dialect = dialect_of(checkpoint.model_type)
        self._model = load_model(
            checkpoint, params, AutoModelForImageTextToText, processor_class=PictureProcessor
        )
        self.placement = self._model.placement
        self._busy = threading.Lock()
        grey = model_picture(np.full((224, 224, 3), 127, np.uint8), self._dialect.picture)
        self._generate(Request(_first_prompt(self._dialect), _WARM_UP, grey.rgb, prompt("system")))

    @property
    def dialect(self) -> Dialect:
        """How the family is asked and how it writes boxes."""
        return self._dialect

    def ask(self, request: Request) -> Said:
        """Return the reply, of which every token was the likeliest that its form allows.

        Raises:
            ModelError: The model failed, or its reply did not end within the form's length.
        """
        tokens, probability = self._generate(request)
        ends = self._ends
        if not tokens or (tokens[-1] not in ends and len(tokens) >= request.form.max_tokens):
            raise ModelError(f"{self.placement}: the reply did not end in {len(tokens)} tokens")
        silent = {*ends, *self._silent}
        text = self._tokenizer.decode(
            [token for token in tokens if token not in silent],
            skip_special_tokens=False,
            clean_up_tokenization_spaces=False,
        )
        return Said(str(text).strip(), probability)

    def _generate(self, request: Request) -> tuple[list[int], float]:
        """Return the tokens of a reply and the geometric mean of their probabilities."""
        form = request.form
        with self._busy, inference(self.placement):
            inputs = self._inputs(request)
            held = [PatternConstraint(form.pattern, self._texts, self._ends, self._silent)]
            output = self._model.network.generate(
                **inputs,
                max_new_tokens=form.max_tokens,
                do_sample=False,
                num_beams=1,
                logits_processor=held,
                return_dict_in_generate=True,
                output_logits=True,
            )
        count = len(output.logits)
        tokens = output.sequences[0, -count:].tolist() if count else []
        logs = [
            float(torch.log_softmax(step[0].float(), dim=-1)[token])
            for step, token in zip(output.logits, tokens, strict=True)
        ]
        if not np.all(np.isfinite(logs)):
            raise ModelError(f"{self.placement}: its output is not finite: try another model_dtype")
        return tokens, float(np.exp(np.mean(logs))) if logs else 0.0

    def _inputs(self, request: Request) -> Mapping[str, Any]:
        processor = self._model.processor
        text = self._chat(request) if self._dialect.chat else request.text
        pictures = {} if request.rgb is None else {"images": [np.asarray(request.rgb)]}
        batch = processor(text=[text], return_tensors="pt", **pictures)
        if request.rgb is not None and self._dialect.box_format is BoxFormat.PIXEL_JSON:
            _require_size(batch, processor.image_processor.patch_size, request.rgb.shape)
        return self._model.inputs(batch)

    def _chat(self, request: Request) -> str:
        """Return the conversation as the family writes it down."""
        picture = [] if request.rgb is None else [{"type": "image"}]
        system, user = _words(request.system), _words(request.text)
        asking = {"role": "user", "content": [*picture, user]}
        if not request.system:
            return self._written(asking)
        try:
            return self._written({"role": "system", "content": [system]}, asking)
        except TemplateError:  # Some families' templates know no system turn.
            joined = _words(f"{request.system}\n\n{request.text}")
            return self._written({"role": "user", "content": [*picture, joined]})

    def _written(self, *turns: dict[str, Any]) -> str:
        return str(
            self._model.processor.apply_chat_template(
                list(turns), add_generation_prompt=True, tokenize=False
            )
        )

    @property
    def _tokenizer(self) -> Any:
        return self._model.processor.tokenizer

    @cached_property
    def _texts(self) -> TokenTexts:
        config = self._model.network.config.get_text_config(decoder=True)
        return TokenTexts(self._tokenizer, int(config.vocab_size))

    @cached_property
    def _ends(self) -> frozenset[int]:
        """Tokens that end a reply."""
        said = self._model.network.generation_config.eos_token_id
        every = said if isinstance(said, list) else [said]
        return frozenset(
            token for token in (*every, self._tokenizer.eos_token_id) if token is not None
        )

    @cached_property
    def _silent(self) -> frozenset[int]:
        """Tokens that begin or pad a reply and say nothing."""
        config, tokenizer = self._model.network.generation_config, self._tokenizer
        found = (
            tokenizer.bos_token_id,
            tokenizer.pad_token_id,
            config.decoder_start_token_id,
            config.forced_bos_token_id,
        )
        return frozenset(token for token in found if token is not None) - self._ends


def _words(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _first_prompt(dialect: Dialect) -> str:
    if dialect.detect_prompt:
        return prompt(dialect.detect_prompt, phrase="cube")
    return prompt(dialect.answer_prompt, question="what is it")


def _require_size(batch: Mapping[str, Any], patch_px: int, shape: tuple[int, ...]) -> None:
    """Make sure that the processor left the picture's size alone: boxes are written in its pixels.

    Raises:
        ModelError: It did not.
    """
    rows, columns = (int(n) * patch_px for n in batch["image_grid_thw"][0][1:])
    if (rows, columns) != shape[:2]:
        raise ModelError(
            f"the model's processor made {columns}x{rows} px of a picture of "
            f"{shape[1]}x{shape[0]} px, so its boxes have no place: check min_pixels and "
            "max_pixels in the checkpoint's preprocessor_config.json"
        )
