"""Runs a recogniser in a process of its own.

It then neither holds this process's interpreter lock, on which the stop spotter depends, nor can it
hang this process: one that does not answer in time is ended and started anew.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from vla_ros.errors import ConfigError, SpeechError, VlaRosError
from vla_ros.params.models import ModelParams
from vla_ros.params.server import ServerParams
from vla_ros.params.speech import RecognizerParams
from vla_ros.speech.audio import AudioClip
from vla_ros.speech.recognizers import create_transcriber
from vla_ros.speech.transcriber import Hypothesis
from vla_ros.speech.vocabulary import Vocabulary

START_S = 300.0
"""Time in which weights must load, or be fetched."""
_ENDING_S = 2.0

Settings = tuple[RecognizerParams, ModelParams | None, ServerParams | None]


class TranscriberProcess:
    """A Transcriber that asks another process, each time with a bound on how long it waits."""

    def __init__(self, *settings: Any, start_s: float = START_S) -> None:
        """Start it and wait until it is loaded.

        Args:
            *settings: RecognizerParams, and as wanted ModelParams and ServerParams.
            start_s: How long it may take to load [s].

        Raises:
            ConfigError: The recogniser cannot be had, or does not load in time.
        """
        recognizer, models, server = (*settings, None, None)[:3]
        self._settings: Settings = (recognizer, models, server)
        self._timeout_s = recognizer.recognition_timeout_s
        self._start_s = start_s
        self._ended = False
        self._changing = threading.Lock()
        self._start()

    def transcribe(self, clip: AudioClip, vocabulary: Vocabulary) -> Sequence[Hypothesis]:
        """Return what may have been said, best first.

        Raises:
            SpeechError: It failed, or did not answer in time.
        """
        return list(self._ask("transcribe", clip, vocabulary))

    def score(self, clip: AudioClip, texts: Sequence[str]) -> Sequence[float] | None:
        """Return the log likelihoods of texts, or None.

        Raises:
            SpeechError: As in transcribe.
        """
        scores = self._ask("score", clip, tuple(texts))
        return None if scores is None else list(scores)

    def close(self) -> None:
        """End the process for good, whatever it is doing, and whoever waits for an answer."""
        self._ended = True
        with self._changing:
            self._end()

    def _end(self) -> None:
        """End the process; one that waits for us ends by itself."""
        self._connection.close()
        self._process.join(_ENDING_S)
        self._process.terminate()
        self._process.join(_ENDING_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _start(self) -> None:
        with self._changing:
            if self._ended:
                raise SpeechError("the recogniser was ended")
            self._launch()
        try:
            self.name, self.certainty, self.announced = self._receive(self._start_s)
        except (SpeechError, OSError) as error:
            self._end_unless_ended()
            raise ConfigError(f"the recogniser does not start: {error}") from error
        except VlaRosError:
            self._end_unless_ended()
            raise

    def _launch(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, other = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=_serve, args=(other, self._settings), name="recognizer", daemon=True
        )
        self._process.start()
        other.close()

    def _end_unless_ended(self) -> None:
        with self._changing:
            if not self._ended:
                self._end()

    def _ask(self, *request: Any) -> Any:
        if not self._process.is_alive():
            self._restart()
        try:
            self._connection.send(request)
            return self._receive(self._timeout_s)
        except _NoAnswer:
            self._restart()
            raise
        except OSError as error:
            self._restart()
            raise SpeechError(f"the recogniser died: {error}; it was started anew") from error

    def _receive(self, timeout_s: float) -> Any:
        if not self._connection.poll(timeout_s):
            raise _NoAnswer(f"the recogniser did not answer within {timeout_s:.0f} s")
        try:
            answer = self._connection.recv()
        except EOFError as error:
            raise _NoAnswer("the recogniser's process ended by itself") from error
        if isinstance(answer, VlaRosError):
            raise answer
        return answer

    def _restart(self) -> None:
        self._end_unless_ended()
        try:
            self._start()
        except ConfigError as error:
            raise SpeechError(str(error)) from error


class _NoAnswer(SpeechError):
    """The process is hung or dead."""


def _serve(connection: Connection, settings: Settings) -> None:
    """Load the recogniser, then answer until the other side is gone."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    announced: list[str] = []
    try:
        transcriber = create_transcriber(*settings, announce=announced.append)
    except VlaRosError as error:
        connection.send(error)
        return
    connection.send((transcriber.name, transcriber.certainty, tuple(announced)))
    while True:
        try:
            act, *arguments = connection.recv()
        except (EOFError, OSError):
            return
        try:
            answer = getattr(transcriber, act)(*arguments)
        except VlaRosError as error:
            answer = error
        connection.send(answer)
