"""Recognisers by the words that parameters use; a fallback is announced, never silent."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from vla_ros.errors import ConfigError
from vla_ros.params.models import ModelParams
from vla_ros.params.server import ServerParams
from vla_ros.params.speech import RecognizerParams
from vla_ros.speech.transcriber import Transcriber

DEFAULT_WHISPER = "base"


def create_transcriber(
    params: RecognizerParams,
    models: ModelParams | None = None,
    server: ServerParams | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> Transcriber:
    """Return the recogniser that the parameters ask for.

    Args:
        params: Which, and which weights.
        models: How transformers' models are loaded.
        server: How a server is asked.
        announce: Told in words for people where "auto" had to fall back.

    Raises:
        ConfigError: It cannot be had. "auto" fails only where pocketsphinx is missing too.
        ModelError: A checkpoint's files are broken.
    """
    kind = params.speech_recognizer
    if kind == "auto":
        return _whisper_or_sphinx(params, announce)
    if kind == "whisper":
        return _whisper(params)
    if kind == "sphinx":
        return _sphinx()
    if not params.speech_model:
        raise ConfigError(f"speech_recognizer: {kind} needs speech_model to say which")
    if kind == "server":
        from vla_ros.speech.served import ServedTranscriber

        return ServedTranscriber(params.speech_model, server)
    return _transformers(params.speech_model, models)


def _whisper_or_sphinx(params: RecognizerParams, announce: Callable[[str], None]) -> Transcriber:
    try:
        return _whisper(params)
    except ConfigError as error:
        fallback = _sphinx()
        announce(
            f"falling back to {fallback.name}: {error}. It understands fewer commands, and worse "
            "in noise (docs/speech.md)"
        )
        return fallback


def _whisper(params: RecognizerParams) -> Transcriber:
    from vla_ros.speech.whisper import WhisperTranscriber

    return WhisperTranscriber(
        params.speech_model or DEFAULT_WHISPER, params.speech_device, params.speech_offline
    )


def _sphinx() -> Transcriber:
    from vla_ros.speech.sphinx import SphinxTranscriber

    return SphinxTranscriber()


def _transformers(name: str, models: ModelParams | None) -> Transcriber:
    try:
        module = import_module("vla_ros.backends.speech_recognition")
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"speech_recognizer: transformers needs {error.name}: pip install 'vla_ros[models]'"
        ) from error
    return cast(Transcriber, module.TransformersTranscriber(name, models))
