"""Whisper, run by CTranslate2 through faster-whisper."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from math import exp
from pathlib import Path
from typing import Any

import numpy as np

from vla_ros.errors import ConfigError, SpeechError
from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip
from vla_ros.speech.transcriber import Hypothesis
from vla_ros.speech.vocabulary import Vocabulary

_BEAMS = 5
_NO_SPEECH = 0.6
_MOST_REPETITION = 2.4
"""Text that packs better than this repeats itself: a model that heard nothing makes such."""
_FRAMES = 3_000
_TIMEOUT_S = "10"


class WhisperTranscriber:
    """A Transcriber that decodes freely; the prompt tells it what commands sound like."""

    def __init__(
        self, model: str = "base", device: str = "auto", offline: bool = False, threads: int = 2
    ) -> None:
        """Load the model; int8 on a CPU, float16 on a GPU.

        Args:
            model: A size ("base"), a repository of CTranslate2 weights on the hub, or a folder.
            device: auto, cpu or cuda.
            offline: Use only what was downloaded before.
            threads: Processor threads.

        Raises:
            ConfigError: faster-whisper is not installed, or the weights can't be had.
        """
        if find_spec("faster_whisper") is None:
            raise ConfigError("faster-whisper is not installed: pip install 'vla_ros[speech]'")
        # Without a bound, a machine without a network waits for minutes.
        os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", _TIMEOUT_S)
        os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", _TIMEOUT_S)
        from ctranslate2 import get_cuda_device_count

        if device == "auto":
            device = "cuda" if get_cuda_device_count() else "cpu"
        elif device == "cuda" and not get_cuda_device_count():
            raise ConfigError("speech_device is cuda, but CTranslate2 finds no GPU")
        kind = "float16" if device == "cuda" else "int8"
        self._model = _loaded(model, offline, device=device, compute_type=kind, cpu_threads=threads)
        self.name = f"Whisper {model} ({kind} on {device})"

    def transcribe(self, clip: AudioClip, vocabulary: Vocabulary) -> Sequence[Hypothesis]:
        """Return what was said; nothing where the model takes it for no speech."""
        samples = clip.at_rate(SPEECH_RATE_HZ).samples
        with _failures(self.name):
            segments, _ = self._model.transcribe(
                np.array(samples), language="en", beam_size=_BEAMS, temperature=0.0,
                condition_on_previous_text=False, without_timestamps=True,
                initial_prompt=prompt(vocabulary),
            )  # fmt: skip
            heard = [s for s in segments if _is_speech(s)]
        if not heard:
            return []
        text = " ".join(segment.text.strip() for segment in heard)
        lengths = [max(1, len(segment.tokens)) for segment in heard]
        mean = float(np.average([segment.avg_logprob for segment in heard], weights=lengths))
        silent = max(segment.no_speech_prob for segment in heard)
        return [Hypothesis(text, min(1.0, exp(mean)) * (1.0 - silent))]

    def score(self, clip: AudioClip, texts: Sequence[str]) -> Sequence[float] | None:
        """Return the mean probability of each text's tokens, given the sound."""
        from faster_whisper.audio import pad_or_trim
        from faster_whisper.tokenizer import Tokenizer

        model = self._model
        with _failures(self.name):
            features = model.feature_extractor(np.array(clip.at_rate(SPEECH_RATE_HZ).samples))
            encoded = model.encode(pad_or_trim(features))
            multilingual = model.model.is_multilingual
            tokenizer = Tokenizer(model.hf_tokenizer, multilingual, "transcribe", "en")
            frames = min(features.shape[-1], _FRAMES)
            scores = []
            for text in texts:
                tokens = tokenizer.encode(" " + text.strip())
                found = model.model.align(encoded, tokenizer.sot_sequence, [tokens], frames)
                probabilities = np.maximum(found[0].text_token_probs, 1e-9)
                scores.append(float(np.exp(np.log(probabilities).mean())))
        return scores


def prompt(vocabulary: Vocabulary) -> str:
    """Return text as if said before, so that names and commands are expected."""
    names = ", ".join(vocabulary.nouns[:60])
    colors = ", ".join(vocabulary.colors[:20])
    return (
        f"Commands to a robot arm. Things: {names}. Colors: {colors}. Pick up the red cube. "
        "Put the green can in the bowl. Push the mug to the left. Stop."
    )


def _is_speech(segment: Any) -> bool:
    certain = segment.no_speech_prob < _NO_SPEECH and segment.compression_ratio < _MOST_REPETITION
    return bool(certain and segment.text.strip())


def _loaded(model: str, offline: bool, **options: Any) -> Any:
    from faster_whisper import WhisperModel

    is_folder = Path(model).expanduser().is_dir()
    name = str(Path(model).expanduser()) if is_folder else model
    try:
        return WhisperModel(name, local_files_only=offline or is_folder, **options)
    # huggingface_hub, httpx and CTranslate2 raise whatever they like for "not there".
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ConfigError(
            f"Whisper '{model}' cannot be had ({reason}); give a folder of CTranslate2 weights as "
            "speech_model, or speech_recognizer: sphinx"
        ) from error


@contextmanager
def _failures(name: str) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise SpeechError(f"{name} failed: {error}") from error
