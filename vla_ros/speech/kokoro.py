"""Kokoro's voices as a program: reads sentences, one a line, and writes a WAV file for each.

It is a program of its own, as the other voices are: it holds up no other thread, and is ended when
it takes too long.

    python -m vla_ros.speech.kokoro FOLDER#VOICE SPEED OUT_DIR
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vla_ros.errors import ConfigError, VlaRosError
from vla_ros.speech.audio import AudioClip, wav_of_clip


def kokoro_files(name: str) -> tuple[Path, Path, str]:
    """Return the model, the voices and the voice that "FOLDER#VOICE" names.

    The folder holds one model (`*.onnx`) and the voices (`voices*`), as kokoro-onnx publishes
    them. A voice's first letter is its accent ("a" American, "b" British), its second "f" or "m".

    Raises:
        ConfigError: It is not of that form, or the folder lacks one of them.
    """
    place, mark, voice = name.rpartition("#")
    folder = Path(place).expanduser()
    models, voices = sorted(folder.glob("*.onnx")), sorted(folder.glob("voices*"))
    if not (mark and voice and len(models) == 1 and len(voices) == 1):
        raise ConfigError(
            f"voice_name '{name}' is no voice of kokoro: say FOLDER#af_heart, where the folder "
            "holds one model (*.onnx) and the voices (voices*) of kokoro-onnx"
        )
    return models[0], voices[0], voice


def main(arguments: Sequence[str]) -> None:
    """Speak the lines of the standard input into OUT_DIR/1.wav, 2.wav and so on."""
    from kokoro_onnx import Kokoro
    from onnxruntime import InferenceSession, SessionOptions

    name, speed, out_dir = arguments
    model, voices, voice = kokoro_files(name)
    options = SessionOptions()
    # Unasked, it takes cores that it may not run on, and its threads wait busily.
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    kokoro = Kokoro.from_session(session, str(voices))
    language = "en-gb" if voice.startswith("b") else "en-us"
    for number, line in enumerate(sys.stdin.read().splitlines(), 1):
        try:
            samples, rate_hz = kokoro.create(line, voice=voice, speed=float(speed), lang=language)
        except ValueError as error:  # no such voice, a speed that it does not have
            raise ConfigError(str(error)) from error
        clip = AudioClip(np.asarray(samples, np.float32), int(rate_hz))
        (Path(out_dir) / f"{number}.wav").write_bytes(wav_of_clip(clip))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except VlaRosError as error:
        sys.exit(str(error))
