"""Speaks sentences one after another on a thread of its own; may be interrupted."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from vla_ros.errors import VlaRosError
from vla_ros.speech.audio import AudioClip

MAX_WAITING = 8
"""Sentences that wait; further ones push the oldest out."""
_PAUSE_S = 0.3
_SAYS_STOP = re.compile(r"\b(stop|halt|freeze|frozen)(ped|ping|ed|ing|s)?\b", re.IGNORECASE)


class Speaks(Protocol):
    """Turns text into sound."""

    def speak(self, text: str) -> AudioClip:
        """Return a text spoken."""
        ...


class Plays(Protocol):
    """A loudspeaker."""

    def play(self, clip: AudioClip) -> None:
        """Play a clip to its end, or until it is broken off."""
        ...

    def stop(self) -> None:
        """Break off what is being played."""
        ...


class SpeechQueue:
    """Sentences that wait to be spoken, and the one that is."""

    def __init__(
        self,
        voice: Speaks,
        loudspeaker: Plays,
        on_speaking: Callable[[bool], None],
        on_error: Callable[[str], None],
    ) -> None:
        """Start the thread.

        Args:
            voice: Makes the sound.
            loudspeaker: Plays it.
            on_speaking: Told from the thread before the first sound, and a pause after the last.
            on_error: Told from the thread why a sentence could not be spoken.
        """
        self._voice, self._loudspeaker = voice, loudspeaker
        self._on_speaking, self._on_error = on_speaking, on_error
        self._waiting: deque[str] = deque(maxlen=MAX_WAITING)
        self._changed = threading.Condition()
        self._ended = False
        self._spoken = 0
        self._interrupted = 0
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """Put a sentence at the end of the queue."""
        with self._changed:
            self._waiting.append(without_stop_words(text))
            self._changed.notify()

    def interrupt(self) -> None:
        """Forget what waits, and break off what is being spoken."""
        with self._changed:
            self._waiting.clear()
            self._interrupted += 1
        self._loudspeaker.stop()

    def close(self) -> None:
        """End; what is being spoken is broken off."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self.interrupt()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended)
                if self._ended:
                    return
                text, before = self._waiting.popleft(), self._interrupted
            self._speak(text, before)

    def _speak(self, text: str, before: int) -> None:
        try:
            clip = self._voice.speak(text)
        except VlaRosError as error:
            self._on_error(str(error))
            return
        if before != self._interrupted:
            return
        self._on_speaking(True)
        try:
            self._loudspeaker.play(clip)
        except VlaRosError as error:
            self._on_error(str(error))
        finally:
            with self._changed:  # the room's echo is still ours
                self._changed.wait_for(lambda: self._ended, _PAUSE_S)
            self._on_speaking(False)


def without_stop_words(text: str) -> str:
    """Return a sentence that does not make the stop spotter, which is never muted, stop the arm."""
    return _SAYS_STOP.sub("rest", text)
