"""Recorded sound: one channel, its rate, and how it is read from and written to WAV files."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly

from vla_ros.errors import SpeechError

SPEECH_RATE_HZ = 16_000
"""What recognisers and voice detectors hear."""
MAX_DURATION_S = 60.0
MAX_FILE_BYTES = 64 * 1024**2
_RATES_HZ = (4_000, 384_000)
_MAX_CHANNELS = 16


@dataclass(frozen=True, slots=True)
class AudioClip:
    """A piece of sound.

    Attributes:
        samples: (N,) float32, -1 to 1, read-only.
        rate_hz: Samples a second [Hz].
    """

    samples: np.ndarray
    rate_hz: int

    def __post_init__(self) -> None:
        view = self.samples.view()
        view.flags.writeable = False
        object.__setattr__(self, "samples", view)

    @property
    def duration_s(self) -> float:
        """Its length [s]."""
        return len(self.samples) / self.rate_hz

    @property
    def level_db(self) -> float:
        """Its root mean square with respect to full scale [dB], -120 for digital silence."""
        if not len(self.samples):
            return -120.0
        power = float(np.mean(np.square(self.samples, dtype=np.float64)))
        return max(-120.0, 10.0 * float(np.log10(max(power, 1e-12))))

    def at_rate(self, rate_hz: int = SPEECH_RATE_HZ) -> AudioClip:
        """Return the same sound at another rate, without aliases (polyphase filter)."""
        if rate_hz == self.rate_hz:
            return self
        divisor = gcd(rate_hz, self.rate_hz)
        up, down = rate_hz // divisor, self.rate_hz // divisor
        resampled = resample_poly(self.samples.astype(np.float64), up, down)
        return AudioClip(resampled.astype(np.float32), rate_hz)

    def pcm16(self) -> bytes:
        """Return its samples as little-endian 16-bit integers."""
        clipped = np.clip(self.samples, -1.0, 1.0)
        return bytes(np.round(clipped * 32767.0).astype("<i2"))


def clip_of_pcm16(samples: np.ndarray, rate_hz: int) -> AudioClip:
    """Return a clip from (N,) int16 samples."""
    return AudioClip(samples.astype(np.float32) / 32768.0, rate_hz)


def read_wav(path: Path, max_duration_s: float = MAX_DURATION_S) -> AudioClip:
    """Read a WAV file: any rate from 4 to 384 kHz, 8 to 64 bits, channels mixed to one.

    Raises:
        SpeechError: It is missing, empty, too long, broken, or no WAV file.
    """
    try:
        size = path.stat().st_size
        if size == 0:
            raise SpeechError(f"{path} is empty (0 bytes): record it again")
        if size > MAX_FILE_BYTES:
            raise SpeechError(
                f"{path} is too long: {size / 1024**2:.0f} MiB, the limit is "
                f"{MAX_FILE_BYTES / 1024**2:.0f} MiB; cut the command out of it"
            )
        content = path.read_bytes()
    except OSError as error:
        raise SpeechError(f"{path} cannot be read: {error.strerror or error}") from error
    return clip_of_wav(content, str(path), max_duration_s)


def clip_of_wav(content: bytes, name: str, max_duration_s: float = MAX_DURATION_S) -> AudioClip:
    """Return the sound of a WAV file's content.

    Args:
        content: The file's bytes; never trusted.
        name: What errors call it.
        max_duration_s: Longer ones are refused.

    Raises:
        SpeechError: It is too long, broken, or no WAV file.
    """
    if content[:4] not in (b"RIFF", b"RIFX", b"RF64"):
        raise SpeechError(f"{name} is no WAV file; convert it: ffmpeg -i {name} -ar 16000 out.wav")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            rate_hz, samples = wavfile.read(io.BytesIO(content))
    # What scipy raises for headers that lie is not documented; these are what fuzzing brings out.
    except (ValueError, EOFError, ArithmeticError, LookupError, TypeError, struct.error) as error:
        raise SpeechError(f"{name} is a broken WAV file: {error}") from error
    except UnboundLocalError as error:
        raise SpeechError(f"{name} is a broken WAV file: it holds no sound") from error
    if not _RATES_HZ[0] <= rate_hz <= _RATES_HZ[1]:
        raise SpeechError(f"{name} has {rate_hz} samples a second: from 4000 to 384000, please")
    mono = _mono(_as_float(samples), name)
    if not len(mono):
        raise SpeechError(f"{name} holds no sound: record it again")
    if len(mono) > max_duration_s * rate_hz:
        raise SpeechError(
            f"{name} is too long: {len(mono) / rate_hz:.0f} s, the limit is {max_duration_s:.0f} s;"
            " cut the command out of it"
        )
    return AudioClip(mono, int(rate_hz))


def wav_of_clip(clip: AudioClip) -> bytes:
    """Return a clip as a 16-bit WAV file."""
    file = io.BytesIO()
    wavfile.write(file, clip.rate_hz, np.frombuffer(clip.pcm16(), "<i2"))
    return file.getvalue()


def _as_float(samples: np.ndarray) -> np.ndarray:
    """Return samples of any of WAV's types as float32 within -1 to 1."""
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128.0) / 128.0
    if np.issubdtype(samples.dtype, np.integer):
        return (samples / float(np.iinfo(samples.dtype).max)).astype(np.float32)
    return samples.astype(np.float32)


def _mono(samples: np.ndarray, name: str) -> np.ndarray:
    """Return (N,) from (N,) or (N, channels)."""
    if samples.ndim == 2:
        if samples.shape[1] > _MAX_CHANNELS:
            raise SpeechError(f"{name} has {samples.shape[1]} channels: at most {_MAX_CHANNELS}")
        samples = samples.mean(axis=1, dtype=np.float32)
    if not np.isfinite(samples).all():
        raise SpeechError(f"{name} holds values that are no numbers: record it again")
    mono: np.ndarray = np.clip(samples, -1.0, 1.0)
    return mono
