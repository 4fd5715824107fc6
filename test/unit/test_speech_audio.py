"""WAV files of every kind, broken ones too."""

import struct
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_ros.errors import SpeechError
from vla_ros.speech.audio import AudioClip, clip_of_wav, read_wav, wav_of_clip


def write(path, rate_hz, channels, seconds, width=2, frequency_hz=300.0):
    """A sine by the standard library's writer."""
    t = np.arange(round(rate_hz * seconds)) / rate_hz
    sine = np.sin(2 * np.pi * frequency_hz * t)
    if width == 1:
        samples = (sine * 100 + 128).astype(np.uint8)
    elif width == 2:
        samples = (sine * 16000).astype("<i2")
    else:
        samples = (sine * 1e9).astype("<i4")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(np.repeat(samples[:, None], channels, 1).tobytes())
    return path


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize(("channels", "width"), [(1, 2), (2, 2), (1, 1), (6, 4)])
def test_any_rate_width_and_number_of_channels_gives_the_same_tone(
    tmp_path, rate_hz, channels, width
):
    clip = read_wav(write(tmp_path / "tone.wav", rate_hz, channels, 0.5, width)).at_rate(16000)
    assert clip.duration_s == pytest.approx(0.5, abs=0.01)
    spectrum = np.abs(np.fft.rfft(clip.samples * np.hanning(len(clip.samples))))
    assert np.argmax(spectrum) * 16000 / len(clip.samples) == pytest.approx(300, abs=4)


def test_resampling_leaves_no_aliases(tmp_path):
    """5 kHz at 48 kHz would come back as 3 kHz at 8 kHz."""
    clip = read_wav(write(tmp_path / "high.wav", 48000, 1, 0.5, frequency_hz=5000.0))
    assert clip.at_rate(8000).level_db < clip.level_db - 40


def test_an_empty_file_is_named(tmp_path):
    (tmp_path / "empty.wav").write_bytes(b"")
    with pytest.raises(SpeechError, match=r"empty\.wav is empty \(0 bytes\)"):
        read_wav(tmp_path / "empty.wav")


def test_a_file_without_samples_is_named(tmp_path):
    with pytest.raises(SpeechError, match="no sound"):
        read_wav(write(tmp_path / "header.wav", 16000, 1, 0.0))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SpeechError, match=r"nowhere\.wav cannot be read"):
        read_wav(tmp_path / "nowhere.wav")


def test_an_hour_is_refused_unread(tmp_path):
    path = tmp_path / "hour.wav"
    with path.open("wb") as file:
        file.truncate(3600 * 16000 * 2)  # sparse: takes no room
    with pytest.raises(SpeechError, match="too long: 110 MiB"):
        read_wav(path)


def test_two_minutes_are_too_long(tmp_path):
    with pytest.raises(SpeechError, match="too long: 120 s, the limit is 60 s"):
        read_wav(write(tmp_path / "long.wav", 8000, 1, 120.0))


def test_another_format_says_how_to_convert_it(tmp_path):
    (tmp_path / "song.mp3").write_bytes(b"ID3\x03" + bytes(500))
    with pytest.raises(SpeechError, match="ffmpeg"):
        read_wav(tmp_path / "song.mp3")


def test_values_that_are_no_numbers_are_refused():
    samples = np.full(1600, np.nan, "<f4").tobytes()
    form = struct.pack("<HHIIHH", 3, 1, 16000, 64000, 4, 32)
    riff = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    riff += b"data" + struct.pack("<I", len(samples)) + samples
    with pytest.raises(SpeechError, match="no numbers"):
        clip_of_wav(b"RIFF" + struct.pack("<I", len(riff)) + riff, "nan.wav")


def test_what_is_written_is_read_again():
    clip = AudioClip(np.linspace(-1, 1, 4001, dtype=np.float32), 16000)
    again = clip_of_wav(wav_of_clip(clip), "again")
    np.testing.assert_allclose(again.samples, clip.samples, atol=1e-4)


GOOD = wav_of_clip(AudioClip(np.zeros(400, np.float32), 16000))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=6), st.integers(0, 900)
)
def test_broken_headers_are_errors_of_ours_or_sound(changes, length):
    content = bytearray(GOOD)
    for at, value in changes:
        content[at] = value
    try:
        clip = clip_of_wav(bytes(content[:length]), "fuzzed.wav")
    except SpeechError:
        return
    assert np.isfinite(clip.samples).all() and len(clip.samples) > 0


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_errors_of_ours(content):
    with pytest.raises(SpeechError):
        clip_of_wav(b"RIFF" + content[:200], "bytes.wav")
