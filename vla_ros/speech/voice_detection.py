"""Tells speech from silence and noise, frame by frame.

Two detectors, both from packages of the extra [speech]: Silero's network (MIT, 1.2 MB, its file
comes with faster-whisper) and WebRTC's mixture model (BSD, within pocketsphinx), which takes a
tenth of the time but takes loud noise for speech.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from vla_ros.errors import ConfigError
from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip

FRAME_SAMPLES = 512
FRAME_S = FRAME_SAMPLES / SPEECH_RATE_HZ

_SILERO_FILE = "assets/silero_vad_v6.onnx"
_CONTEXT_SAMPLES = 64
_STATE_SHAPE = (1, 1, 128)
_WEBRTC_FRAME_S = 0.03
_WEBRTC_STRICTNESS = 3


class VoiceDetector(Protocol):
    """Hears frames in order; remembers what came before."""

    def probability(self, frame: np.ndarray) -> float:
        """Return how likely a frame, (512,) float32 at 16 kHz, is speech."""
        ...

    def reset(self) -> None:
        """Forget what came before."""
        ...


class SileroDetector:
    """Silero's recurrent network, run by ONNX Runtime on one core."""

    def __init__(self) -> None:
        """Load the network.

        Raises:
            ConfigError: Its file is not there.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._state: list[np.ndarray] = []
        self._context = np.zeros(0, np.float32)
        self._session = onnxruntime.InferenceSession(
            str(_silero_file()), options, providers=["CPUExecutionProvider"]
        )
        self.reset()

    def probability(self, frame: np.ndarray) -> float:
        """Return how likely a frame, (512,) float32 at 16 kHz, is speech."""
        heard = np.concatenate([self._context, frame])[None].astype(np.float32)
        inputs = {"input": heard, "h": self._state[0], "c": self._state[1]}
        output, *self._state = self._session.run(None, inputs)
        self._context = frame[-_CONTEXT_SAMPLES:]
        return float(np.ravel(output)[0])

    def reset(self) -> None:
        """Forget what came before."""
        self._state = [np.zeros(_STATE_SHAPE, np.float32) for _ in range(2)]
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)


class WebrtcDetector:
    """WebRTC's mixture of Gaussians over sub-bands."""

    def __init__(self) -> None:
        """Make it.

        Raises:
            ConfigError: pocketsphinx is not installed.
        """
        if find_spec("pocketsphinx") is None:
            raise ConfigError(
                "voice detector 'webrtc' needs pocketsphinx: pip install 'vla_ros[speech]'"
            )
        from pocketsphinx import Vad

        self._make: Callable[[], Any] = partial(
            Vad, _WEBRTC_STRICTNESS, SPEECH_RATE_HZ, _WEBRTC_FRAME_S
        )
        self._left, self._last = b"", 0.0
        self.reset()

    def probability(self, frame: np.ndarray) -> float:
        """Return the share of the 30 ms pieces that a frame completes which are speech."""
        pcm = self._left + AudioClip(frame, SPEECH_RATE_HZ).pcm16()
        size, votes = self._vad.frame_bytes, []
        while len(pcm) >= size:
            votes.append(bool(self._vad.is_speech(pcm[:size])))
            pcm = pcm[size:]
        self._left = pcm
        self._last = sum(votes) / len(votes) if votes else self._last
        return self._last

    def reset(self) -> None:
        """Forget what came before."""
        self._vad, self._left, self._last = self._make(), b"", 0.0


def create_detector(name: str) -> VoiceDetector:
    """Return a voice detector: 'silero' or 'webrtc'.

    Raises:
        ConfigError: There is none of that name, or what it needs is not installed.
    """
    if name not in ("silero", "webrtc"):
        raise ConfigError(f"no voice detector '{name}'; there are silero and webrtc")
    return SileroDetector() if name == "silero" else WebrtcDetector()


def _silero_file() -> Path:
    """Return Silero's file without importing the package that brings it."""
    spec = find_spec("faster_whisper")
    if spec is None or spec.origin is None:
        raise ConfigError(
            "voice detector 'silero' needs faster-whisper, which brings its network: "
            "pip install 'vla_ros[speech]', or say voice_detector: webrtc"
        )
    path = Path(spec.origin).parent / _SILERO_FILE
    if not path.is_file():
        raise ConfigError(f"{path} is missing: reinstall faster-whisper, or say webrtc")
    return path
