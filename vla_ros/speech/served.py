"""A recogniser behind any server that speaks OpenAI's audio transcriptions.

The sound leaves this machine where the server is another.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from math import exp, isfinite
from typing import Any
from uuid import uuid4

from vla_ros.backends.bounded_http import exchange
from vla_ros.backends.circuit_breaker import CircuitBreaker
from vla_ros.backends.server_address import server_address
from vla_ros.errors import ConfigError, ModelError, SpeechError
from vla_ros.params.server import ServerParams
from vla_ros.speech.audio import AudioClip, wav_of_clip
from vla_ros.speech.certainty import Certainty
from vla_ros.speech.transcriber import Hypothesis
from vla_ros.speech.vocabulary import Vocabulary
from vla_ros.speech.whisper import prompt

MAX_REPLY_BYTES = 200_000
_UNSTATED = 0.5
"""Confidence where a server states no probabilities: never enough to act unasked."""
_NO_SPEECH = 0.6


class ServedTranscriber:
    """A Transcriber that posts each utterance; silence is not sent (the voice detector's work)."""

    def __init__(self, address: str, params: ServerParams | None = None) -> None:
        """Read the address and the key; nothing is sent yet.

        Args:
            address: Such as "http://localhost:8000/v1#openai/whisper-large-v3".
            params: Patience; None for the defaults.

        Raises:
            ConfigError: The address is wrong, or the key cannot be one.
        """
        self._params = params or ServerParams()
        self._address = server_address(address)
        self._key = os.environ.get(self._params.server_key_variable, "").strip()
        if not (self._key.isascii() and self._key.isprintable()) or " " in self._key:
            raise ConfigError(f"what is in ${self._params.server_key_variable} cannot be a key")
        self._breaker = CircuitBreaker(self._params.server_failures, self._params.server_pause_s)
        self.name = f"server {self._address}"
        self.certainty = Certainty()

    def transcribe(self, clip: AudioClip, vocabulary: Vocabulary) -> Sequence[Hypothesis]:
        """Return what the server heard."""
        fields = {
            "model": self._address.model,
            "language": "en",
            "temperature": "0",
            "response_format": "verbose_json",
            "prompt": prompt(vocabulary),
        }
        boundary = f"vla-ros-{uuid4().hex}"
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Connection": "close",
        }
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        body = _form(boundary, fields, wav_of_clip(clip.at_rate()))
        try:
            with self._breaker.guard(self.name):
                reply = exchange(
                    self._address, "POST", "/audio/transcriptions", headers, body,
                    timeout_s=self._params.server_timeout_s, max_bytes=MAX_REPLY_BYTES,
                )  # fmt: skip
                if reply.status != 200:
                    raise ModelError(f"{self._address} refused with status {reply.status}")
        except ModelError as error:
            raise SpeechError(str(error)) from error
        return heard(reply.content)

    def score(self, clip: AudioClip, texts: Sequence[str]) -> Sequence[float] | None:
        """Return None: the protocol has no way to ask."""
        return None


def heard(content: bytes) -> list[Hypothesis]:
    """Return what a server's reply says was heard.

    Raises:
        SpeechError: It is no transcription.
    """
    try:
        reply = json.loads(content)
        text = reply["text"]
        segments = reply.get("segments") or []
        logs = [_number(segment.get("avg_logprob")) for segment in segments]
        silent = [_number(segment.get("no_speech_prob")) or 0.0 for segment in segments]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise SpeechError(f"the server's reply is no transcription: {content[:80]!r}") from error
    if not isinstance(text, str):
        raise SpeechError("the server's transcription has no text")
    if not text.strip() or (silent and min(silent) > _NO_SPEECH):
        return []
    known = [log for log in logs if log is not None]
    confidence = exp(min(0.0, sum(known) / len(known))) if known else _UNSTATED
    return [Hypothesis(text.strip(), confidence)]


def _number(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
    return float(value) if is_number else None


def _form(boundary: str, fields: dict[str, str], wav: bytes) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="speech.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    )
    return "".join(parts).encode() + wav + f"\r\n--{boundary}--\r\n".encode()
