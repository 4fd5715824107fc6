"""Whisper, run by CTranslate2 through faster-whisper.

The network sees as much sound as there is, and a little silence after it, in place of the thirty
seconds that it was trained on: its encoder then takes a fraction of the time.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from math import exp
from pathlib import Path
from typing import Any

import numpy as np

from vla_ros.errors import ConfigError, SpeechError
from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip
from vla_ros.speech.certainty import Certainty
from vla_ros.speech.transcriber import Hypothesis
from vla_ros.speech.vocabulary import Vocabulary

LONGEST_S = 30.0
_BEAMS = 5
_NO_SPEECH = 0.6
_FRAMES_A_SECOND = 100
_LEAST_FRAMES, _MOST_FRAMES = 1_000, 3_000
_SILENT_FRAMES = 300
_MOST_TOKENS = 80
_MOST_BEFORE = 223
"""Half of the positions that the network has, as in its training."""
_SPACE = "\u0120"
"""How tokens write a leading space."""
_WORD = re.compile(r"[\w']+")
_ASKING = ("can", "could", "would", "will", "what", "where", "how")
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
        self._tokens = _Tokens(self._model)
        self._heard: tuple[AudioClip, Any, int] | None = None
        self.name = f"Whisper {model} ({kind} on {device})"
        self.certainty = Certainty()

    def transcribe(self, clip: AudioClip, vocabulary: Vocabulary) -> Sequence[Hypothesis]:
        """Return what may have been said, best first; nothing where the model hears no speech."""
        start = self._tokens.start(prompt(vocabulary))
        with _failures(self.name):
            encoded, _ = self._encoded(clip)
            found = self._model.model.generate(
                encoded,
                [start],
                beam_size=_BEAMS,
                num_hypotheses=_BEAMS,
                length_penalty=0.0,
                max_length=len(start) + _MOST_TOKENS,
                return_scores=True,
                return_no_speech_prob=True,
            )[0]
        if found.no_speech_prob >= _NO_SPEECH:
            return []
        heard = zip(found.sequences_ids, found.scores, strict=True)
        texts = ((self._tokens.text(ids), score / (len(ids) + 1)) for ids, score in heard)
        return _distinct(texts, found.no_speech_prob)

    def score(self, clip: AudioClip, texts: Sequence[str]) -> Sequence[float] | None:
        """Return the log probability of each text's tokens, given the sound."""
        with _failures(self.name):
            encoded, frames = self._encoded(clip)
            scores = []
            for text in texts:
                ids = self._tokens.ids(" " + written(text))
                found = self._model.model.align(encoded, self._tokens.start(), [ids], frames)
                scores.append(float(np.log(np.maximum(found[0].text_token_probs, 1e-9)).sum()))
        return scores

    def _encoded(self, clip: AudioClip) -> tuple[Any, int]:
        """Return what the encoder makes of a clip, and how many 10 ms frames are not padding."""
        if self._heard is None or self._heard[0] is not clip:
            if clip.duration_s > LONGEST_S:
                raise SpeechError(
                    f"an utterance of {clip.duration_s:.0f} s: {LONGEST_S:.0f} s is "
                    "the most that Whisper hears"
                )
            from faster_whisper.audio import pad_or_trim

            samples = np.array(clip.at_rate(SPEECH_RATE_HZ).samples)
            features = self._model.feature_extractor(samples)
            frames = min(features.shape[-1], _MOST_FRAMES)
            window = min(max(_LEAST_FRAMES, frames + _SILENT_FRAMES), _MOST_FRAMES)
            self._heard = clip, self._model.encode(pad_or_trim(features, window)), frames
        return self._heard[1:]


class _Tokens:
    """Whisper's tokens of texts.

    Some converted checkpoints come with a tokenizer that lacks its first merge and writes " the" as
    two tokens, which the network has hardly ever seen; spaces are therefore joined here.
    """

    def __init__(self, model: Any) -> None:
        from faster_whisper.tokenizer import Tokenizer

        self._plain = model.hf_tokenizer
        self._tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, "transcribe", "en"
        )

    def ids(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        joined: list[str] = []
        for token in self._plain.encode(text, add_special_tokens=False).tokens:
            if joined and joined[-1] == _SPACE and self._number(_SPACE + token) is not None:
                joined[-1] = _SPACE + token
            else:
                joined.append(token)
        return [number for token in joined if (number := self._number(token)) is not None]

    def start(self, before: str = "") -> list[int]:
        """Return what a transcription begins with, as if a text had been said before."""
        tokenizer = self._tokenizer
        said = [tokenizer.sot_prev, *self.ids(" " + before)[-_MOST_BEFORE:]] if before else []
        return [*said, *tokenizer.sot_sequence, tokenizer.no_timestamps]

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of tokens."""
        return str(self._tokenizer.decode(list(ids))).strip()

    def _number(self, token: str) -> int | None:
        number: int | None = self._plain.token_to_id(token)
        return number


def prompt(vocabulary: Vocabulary) -> str:
    """Return text as if said before, so that names and commands are expected."""
    names = ", ".join(vocabulary.nouns[:60])
    colors = ", ".join(vocabulary.colors[:20])
    return (
        f"Commands to a robot arm. Things: {names}. Colors: {colors}. Pick up the red cube. "
        "Put the green can in the bowl. Push the mug to the left. Stop."
    )


def written(text: str) -> str:
    """Return a sentence as Whisper writes it: a capital first, a mark at its end."""
    asks = text.split(" ", 1)[0] in _ASKING
    return text[:1].upper() + text[1:] + ("?" if asks else ".")


def _distinct(heard: Iterable[tuple[str, float]], silent: float) -> list[Hypothesis]:
    """Return hypotheses of different words, from texts and their mean log probabilities."""
    found: dict[str, Hypothesis] = {}
    for text, mean in heard:
        key = " ".join(_WORD.findall(text.lower()))
        if key and key not in found:
            found[key] = Hypothesis(text, min(1.0, exp(mean)) * (1.0 - silent))
    return list(found.values())


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
