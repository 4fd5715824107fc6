"""A vision-language model behind any server that speaks OpenAI's chat completions.

vLLM, SGLang, llama.cpp, and the hosted endpoints that speak it. Pictures leave this machine.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from vla_ros.backends.bounded_http import HttpReply, Unreachable, exchange
from vla_ros.backends.circuit_breaker import CircuitBreaker
from vla_ros.backends.server_address import ServerAddress, server_address
from vla_ros.errors import ConfigError, ModelError
from vla_ros.params import ServerParams
from vla_ros.vlm import strict_json
from vla_ros.vlm.dialects import Dialect, served_dialect
from vla_ros.vlm.model import Request, Said
from vla_ros.vlm.reply_forms import ReplyForm

MAX_REPLY_BYTES = 1_000_000
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_PAUSE_S = 8.0
_JPEG_QUALITY = 92
_GREETING_S = 5.0


def reach_server(name: str, params: ServerParams) -> OpenAiServer:
    """Return a server's model after making sure that it is there; raises as `greet` does."""
    server = OpenAiServer(name, params)
    server.greet()
    return server


class OpenAiServer:
    """Asks a served model; a VisionLanguageModel."""

    def __init__(
        self,
        name: str,
        params: ServerParams | None = None,
        *,
        clock_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        seed: int = 0,
    ) -> None:
        """Read the address and the key; nothing is sent yet.

        Args:
            name: As server_address takes it.
            params: Patience; None for the defaults.
            clock_s: A steady clock [s].
            sleep: Waits for so many seconds.
            seed: Decides how pauses are spread.

        Raises:
            ConfigError: The address is wrong, or the key cannot be one.
        """
        self._address: ServerAddress = server_address(name)
        self._who = f"the model's server {self._address}"
        self._params = params or ServerParams()
        self._key = _key(self._params.server_key_variable)
        self._clock_s, self._sleep = clock_s, sleep
        self._spread = np.random.default_rng(seed)
        self._dialect = served_dialect(self._address.model)
        self._breaker = CircuitBreaker(
            self._params.server_failures, self._params.server_pause_s, clock_s
        )

    @property
    def placement(self) -> str:
        """Where the model is, for people."""
        return str(self._address)

    @property
    def dialect(self) -> Dialect:
        """How it is asked, judged by the model's name."""
        return self._dialect

    def greet(self) -> None:
        """Make sure that the server is there and takes the key.

        Raises:
            ConfigError: It is not reached, or refuses the key.
        """
        try:
            reply = self._send("GET", "/models", None, _GREETING_S)
        except Unreachable as error:
            raise ConfigError(f"{error}. Start the server first (docs/remote_models.md)") from error
        if reply.status in (401, 403):
            raise ConfigError(
                f"{self._who} refuses the key in ${self._params.server_key_variable}"
                if self._key
                else f"{self._who} wants a key: set ${self._params.server_key_variable}"
            )

    def ask(self, request: Request) -> Said:
        """Return the model's reply.

        Raises:
            ModelError: The server failed, is left alone, or what it sent is no reply.
        """
        body = json.dumps(_body(self._address.model, request), allow_nan=False).encode()
        with self._breaker.guard(self._who):
            reply = self._patiently(body)
        if reply.status != 200:
            raise ModelError(f"{self._who} refused with status {reply.status}: {_said(reply)}")
        return Said(_unwrapped(_content(reply.content), request.form))

    def _patiently(self, body: bytes) -> HttpReply:
        """Return a reply that is no "busy", after some attempts.

        Raises:
            Unreachable: None of them gave one within the time for all.
        """
        ends_s = self._clock_s() + self._params.server_timeout_s
        attempts = self._params.server_retries + 1
        for attempt in range(attempts):
            left_s = ends_s - self._clock_s()
            pause_s = 0.0
            try:
                reply = self._send("POST", "/chat/completions", body, left_s)
                if reply.status not in _BUSY:
                    return reply
                pause_s = reply.retry_after_s
                failure = Unreachable(f"{self._who} is busy ({reply.status}): {_said(reply)}")
            except Unreachable as error:
                failure = error
            pause_s = max(pause_s, self._pause_s(attempt))
            if attempt + 1 == attempts or self._clock_s() + pause_s >= ends_s:
                raise Unreachable(f"{failure} (attempt {attempt + 1} of {attempts})")
            self._sleep(pause_s)
        raise Unreachable(f"{self._who} was not asked")

    def _pause_s(self, attempt: int) -> float:
        """Return the pause after an attempt: doubling, and spread so that clients part."""
        longest_s = min(self._params.server_backoff_s * 2.0**attempt, _LONGEST_PAUSE_S)
        return longest_s * float(self._spread.uniform(0.5, 1.0))

    def _send(self, method: str, path: str, body: bytes | None, timeout_s: float) -> HttpReply:
        headers = {"Content-Type": "application/json", "Connection": "close"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return exchange(
            self._address,
            method,
            path,
            headers,
            body,
            timeout_s=timeout_s,
            max_bytes=MAX_REPLY_BYTES,
        )


def _key(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigError(f"what is in ${variable} cannot be a key: it has odd characters")
    return key


def _body(model: str, request: Request) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if request.rgb is not None:
        content.append({"type": "image_url", "image_url": {"url": _jpeg_url(request.rgb)}})
    content.append({"type": "text", "text": request.text})
    messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
    if request.system:
        messages.insert(0, {"role": "system", "content": request.system})
    body = {
        "model": model,
        "messages": messages,
        "max_completion_tokens": request.form.max_tokens,
        "temperature": 0.0,
        "stream": False,
    }
    if request.form.schema is not None:
        schema = {"name": request.form.name, "strict": True, "schema": request.form.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def _jpeg_url(rgb: np.ndarray) -> str:
    bgr = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR)
    encoded, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not encoded:
        raise ModelError(f"the picture of shape {rgb.shape} cannot be written as JPEG")
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode("ascii")


def _content(content: bytes) -> str:
    """Return the text of the first choice of a chat completion."""
    try:
        reply = json.loads(content)
        choice = reply["choices"][0]
        message = choice["message"]
        text, ended = message["content"], choice.get("finish_reason")
        refusal = message.get("refusal")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"the server's reply is no chat completion: {_shown(content)}") from error
    if refusal:
        raise ModelError(f"the model refused: {strict_json.excerpt(str(refusal))}")
    if ended not in (None, "stop"):
        raise ModelError(f"the model's reply was broken off ({strict_json.excerpt(str(ended))})")
    if not isinstance(text, str):
        raise ModelError(f"the server's reply has no text: {_shown(content)}")
    return text


def _unwrapped(text: str, form: ReplyForm) -> str:
    """Return a structured reply without the object that schemas must have as their root."""
    if not form.unwrap:
        return text
    value = strict_json.read(text)
    if not isinstance(value, dict):
        return text  # A server that ignores schemas lets the model follow the prompt.
    return json.dumps(strict_json.fields(value, (form.unwrap,))[form.unwrap])


def _said(reply: HttpReply) -> str:
    return _shown(reply.content)


def _shown(content: bytes) -> str:
    return strict_json.excerpt(content[:400].decode("utf-8", errors="replace"), 200)
