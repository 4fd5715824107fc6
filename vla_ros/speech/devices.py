"""Microphones and loudspeakers, by sounddevice (PortAudio)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from vla_ros.errors import ConfigError, SpeechError
from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip

_BLOCK_S = 0.032
_LEVEL_S = 0.5


@dataclass(frozen=True, slots=True)
class AudioDevice:
    """A sound device.

    Attributes:
        number: Its number, which the parameters take too.
        name: Its name.
        inputs: Channels it records.
        outputs: Channels it plays.
        rate_hz: Its own sample rate [Hz].
    """

    number: int
    name: str
    inputs: int
    outputs: int
    rate_hz: int


def audio_devices() -> list[AudioDevice]:
    """Return every sound device; none where the machine has none.

    Raises:
        ConfigError: sounddevice or PortAudio is missing.
    """
    sd = _sounddevice()
    try:
        found = sd.query_devices()
    except sd.PortAudioError as error:
        raise ConfigError(f"PortAudio cannot list the sound devices: {error}") from error
    return [
        AudioDevice(
            number,
            str(device["name"]),
            int(device["max_input_channels"]),
            int(device["max_output_channels"]),
            int(device["default_samplerate"]),
        )
        for number, device in enumerate(found)
    ]


class Microphone:
    """Gives what a microphone hears to a callback, at 16 kHz, from PortAudio's thread."""

    def __init__(self, device: str, on_sound: Callable[[np.ndarray], None]) -> None:
        """Open it; nothing comes before `start`.

        Args:
            device: Name or number; '' for the system's default.
            on_sound: Given (N,) float32 samples; must not block.

        Raises:
            ConfigError: There is no such device, or it cannot be opened.
        """
        sd = _sounddevice()
        found = _chosen(device, "inputs")
        self._rate_hz = found.rate_hz
        self._on_sound = on_sound
        try:
            self._stream = sd.InputStream(
                samplerate=self._rate_hz, blocksize=round(_BLOCK_S * self._rate_hz),
                device=found.number, channels=1, dtype="float32", callback=self._take,
            )  # fmt: skip
        except (sd.PortAudioError, ValueError) as error:
            raise ConfigError(f"microphone '{found.name}' cannot be opened: {error}") from error

    def start(self) -> None:
        """Begin to listen."""
        self._stream.start()

    def close(self) -> None:
        """End."""
        self._stream.close()

    def _take(self, block: np.ndarray, _frames: int, _time: Any, _status: Any) -> None:
        clip = AudioClip(block[:, 0].copy(), self._rate_hz)
        self._on_sound(clip.at_rate(SPEECH_RATE_HZ).samples)


class Loudspeaker:
    """Plays clips; what is being played can be broken off."""

    def __init__(self, device: str = "") -> None:
        """Choose it.

        Raises:
            ConfigError: There is no such device.
        """
        self._sd = _sounddevice()
        self._device = _chosen(device, "outputs")

    def play(self, clip: AudioClip) -> None:
        """Play a clip and return when it has ended or was broken off.

        Raises:
            SpeechError: The device refuses.
        """
        sound = clip.at_rate(self._device.rate_hz)
        try:
            self._sd.play(np.array(sound.samples), sound.rate_hz, device=self._device.number)
            self._sd.wait()
        except (self._sd.PortAudioError, ValueError) as error:
            raise SpeechError(f"'{self._device.name}' cannot play: {error}") from error

    def stop(self) -> None:
        """Break off what is being played."""
        self._sd.stop()


def input_level_db(device: AudioDevice) -> float:
    """Return how loud a microphone is over half a second [dB of full scale].

    Raises:
        SpeechError: It cannot be opened.
    """
    sd = _sounddevice()
    try:
        block = sd.rec(
            round(_LEVEL_S * device.rate_hz), device.rate_hz, 1, "float32", device=device.number
        )
        sd.wait()
    except (sd.PortAudioError, ValueError) as error:
        raise SpeechError(f"'{device.name}' cannot be opened: {error}") from error
    return AudioClip(block[:, 0], device.rate_hz).level_db


def _chosen(wanted: str, way: str) -> AudioDevice:
    """Return the device of a name or number, the first that fits where none is named."""
    able = [device for device in audio_devices() if getattr(device, way) > 0]
    kind = "microphone" if way == "inputs" else "loudspeaker"
    if not able:
        raise ConfigError(
            f"this machine has no {kind}; plug one in (`vla-ros doctor` lists them), or in a "
            "container share it: --device /dev/snd"
        )
    if not wanted:
        number = _sounddevice().default.device[0 if way == "inputs" else 1]
        return next((device for device in able if device.number == number), able[0])
    for device in able:
        if wanted == str(device.number) or wanted.lower() in device.name.lower():
            return device
    raise ConfigError(f"no {kind} '{wanted}'; there are {[device.name for device in able]}")


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ModuleNotFoundError as error:
        raise ConfigError("sounddevice is missing: pip install 'vla_ros[speech]'") from error
    except OSError as error:
        raise ConfigError(f"{error}: apt-get install libportaudio2") from error
    return sounddevice
