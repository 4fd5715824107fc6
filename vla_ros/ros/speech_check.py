"""What of this machine hearing and speaking depend on: recognisers, voices, sound devices."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from vla_ros.errors import VlaRosError
from vla_ros.resources import models_dir
from vla_ros.ros.findings import Finding, fault, note, ok
from vla_ros.speech.devices import audio_devices, input_level_db
from vla_ros.speech.stop_network import STOP_WORDS, StopNetwork
from vla_ros.speech.voices import ENGINES

QUIET_DB = -75.0


def check_speech() -> Iterator[Finding]:
    """Look at everything that speech needs; it is an extra, so nothing missing is a fault."""
    missing = [name for name in ("faster_whisper", "pocketsphinx") if find_spec(name) is None]
    if missing:
        remedy = "pip install 'vla_ros[speech]' to speak to the robot"
        yield note("recognisers", f"missing: {', '.join(missing)}", remedy)
    else:
        yield ok("recognisers", "faster-whisper, pocketsphinx")
    try:
        StopNetwork(models_dir() / "stop_words")
    except VlaRosError as error:
        yield fault("stop words", str(error), "reinstall vla_ros")
    else:
        yield ok("stop words", ", ".join(STOP_WORDS))
    voices = [name for name, engine in ENGINES.items() if engine.installed]
    if voices:
        yield ok("voices", ", ".join(voices))
    else:
        yield note("voices", "none", "apt-get install espeak-ng to hear replies")
    yield from check_sound_devices()


def check_sound_devices() -> Iterator[Finding]:
    """List the sound devices, microphones with how loud they are."""
    try:
        devices = audio_devices()
    except VlaRosError as error:
        yield note("sound devices", str(error), "only needed to speak to the robot")
        return
    if not devices:
        remedy = "only needed to speak to the robot; in a container: --device /dev/snd"
        yield note("sound devices", "none", remedy)
    for device in devices:
        what = f"sound device {device.number}"
        if not device.inputs:
            yield ok(what, f"{device.name}: loudspeaker, {device.rate_hz} Hz")
            continue
        try:
            level_db = input_level_db(device)
        except VlaRosError as error:
            yield note(what, str(error), "another program may be using it")
            continue
        found = f"{device.name}: microphone, {device.rate_hz} Hz, {level_db:.0f} dB"
        if level_db < QUIET_DB:
            yield note(what, found, "nearly silent: is it muted?")
        else:
            yield ok(what, found)
