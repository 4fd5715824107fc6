"""transformers' speech models: Whisper and others that write text, and those with a CTC head."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from transformers import AutoModelForCTC, AutoModelForSpeechSeq2Seq, AutoProcessor

from vla_ros.backends.loading import inference, load_model
from vla_ros.checkpoints import find_checkpoint
from vla_ros.errors import ModelError, SpeechError
from vla_ros.params import ModelParams
from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip
from vla_ros.speech.certainty import Certainty
from vla_ros.speech.transcriber import Hypothesis
from vla_ros.speech.vocabulary import Vocabulary

_CTC_TYPES = frozenset(
    {"wav2vec2", "hubert", "wavlm", "unispeech", "wav2vec2-conformer", "wav2vec2-bert", "sew"}
)
_MOST_TOKENS = 100


class TransformersTranscriber:
    """A Transcriber from a checkpoint: a folder, or a name on the hub."""

    def __init__(self, name: str, params: ModelParams | None = None) -> None:
        """Load it.

        Raises:
            ConfigError: It is not found, or the hub cannot be reached.
            ModelError: Its files are broken.
        """
        params = params or ModelParams()
        checkpoint = find_checkpoint(name, offline=params.model_offline)
        self._is_ctc = checkpoint.model_type in _CTC_TYPES
        network = AutoModelForCTC if self._is_ctc else AutoModelForSpeechSeq2Seq
        self._model = load_model(checkpoint, params, network, AutoProcessor)
        self._is_whisper = checkpoint.model_type == "whisper"
        self.name = self._model.placement
        self.certainty = Certainty()

    def transcribe(self, clip: AudioClip, vocabulary: Vocabulary) -> Sequence[Hypothesis]:
        """Return what was said, in lower case where the model knows only capitals."""
        samples = np.array(clip.at_rate(SPEECH_RATE_HZ).samples)
        try:
            with inference(self.name):
                batch = self._model.processor(
                    samples, sampling_rate=SPEECH_RATE_HZ, return_tensors="pt"
                )
                inputs = self._model.inputs(batch)
                text, confidence = self._ctc(inputs) if self._is_ctc else self._written(inputs)
        except ModelError as error:
            raise SpeechError(str(error)) from error
        text = text.lower() if text.isupper() else text
        return [Hypothesis(text.strip(), confidence)] if text.strip() else []

    def score(self, clip: AudioClip, texts: Sequence[str]) -> Sequence[float] | None:
        """Return None: what was written is judged by its own probability alone."""
        return None

    def _ctc(self, inputs: dict[str, torch.Tensor]) -> tuple[str, float]:
        logits = self._model.network(**inputs).logits[0].float()
        probabilities, tokens = logits.softmax(-1).max(-1)
        text = str(self._model.processor.batch_decode(tokens[None])[0])
        return text, float(probabilities.log().mean().exp())

    def _written(self, inputs: dict[str, torch.Tensor]) -> tuple[str, float]:
        network = self._model.network
        options = {"language": "en", "task": "transcribe"} if self._multilingual() else {}
        made = network.generate(
            **inputs, **options, max_new_tokens=_MOST_TOKENS, do_sample=False, num_beams=1,
            output_scores=True, return_dict_in_generate=True,
        )  # fmt: skip
        text = str(self._model.processor.batch_decode(made.sequences, skip_special_tokens=True)[0])
        if not made.scores:
            return text, 0.0
        new = made.sequences[0][-len(made.scores) :]
        logs = [
            float(score[0].float().log_softmax(-1)[token])
            for score, token in zip(made.scores, new, strict=True)
        ]
        return text, float(np.exp(np.mean(logs)))

    def _multilingual(self) -> bool:
        generation = self._model.network.generation_config
        return self._is_whisper and bool(getattr(generation, "is_multilingual", False))
