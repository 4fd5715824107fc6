"""Plays a recording into a callback at the pace at which it was recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip
from vla_ros.speech.voice_detection import FRAME_S, FRAME_SAMPLES


class RecordedSource:
    """A microphone that hears one recording, then silence."""

    def __init__(
        self,
        clip: AudioClip,
        on_sound: Callable[[np.ndarray], None],
        on_end: Callable[[], None],
    ) -> None:
        """Prepare; nothing comes before `start`."""
        self._samples = clip.at_rate(SPEECH_RATE_HZ).samples
        self._on_sound, self._on_end = on_sound, on_end
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._play, name="recording", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Break it off."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _play(self) -> None:
        for start in range(0, len(self._samples), FRAME_SAMPLES):
            if self._ending.wait(FRAME_S):
                return
            self._on_sound(self._samples[start : start + FRAME_SAMPLES])
        self._on_end()
