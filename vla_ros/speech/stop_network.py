"""The small network that tells stop words from everything else, run by ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vla_ros.errors import ModelError

STOP_WORDS = ("stop", "halt", "freeze")
WINDOW_SAMPLES = 19_200
"""What the network hears at a time, at 16 kHz: 1.2 s. A word is to end near its end."""


class StopNetwork:
    """How likely it is that a stop word has just been said."""

    def __init__(self, folder: Path) -> None:
        """Load it on one core.

        Args:
            folder: Holds model.onnx and model.safetensors.

        Raises:
            ModelError: It is missing or broken.
        """
        import onnxruntime

        graph = folder / "model.onnx"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(graph), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's errors share no narrower public base.
            raise ModelError(f"{graph} cannot be loaded: {error}; reinstall vla_ros") from error

    def probabilities(self, sound: np.ndarray) -> np.ndarray:
        """Return (words,) probabilities of STOP_WORDS in (WINDOW_SAMPLES,) float32 at 16 kHz."""
        (scores,) = self._session.run(None, {"sound": sound[None]})[0]
        weights = np.exp(scores - scores.max())
        probabilities: np.ndarray = weights[1:] / weights.sum()
        return probabilities
