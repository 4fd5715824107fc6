"""Cutting a stream into utterances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speech_fakes import LoudnessDetector, needs_espeak, silence, spoken, tone

from vla_ros.speech.audio import AudioClip
from vla_ros.speech.utterances import Cutting, UtteranceCutter, cut


def cutter(**changes):
    return UtteranceCutter(LoudnessDetector(), Cutting(**changes))


def test_two_words_with_a_pause_are_two_utterances():
    sound = np.concatenate([silence(1), tone(0.8), silence(1), tone(0.5), silence(1)])
    clips = cutter().add(sound)
    assert [clip.duration_s for clip in clips] == pytest.approx([1.4, 1.1], abs=0.1)


def test_a_short_pause_does_not_part_a_sentence():
    sound = np.concatenate([tone(0.5), silence(0.4), tone(0.5), silence(1)])
    assert len(cutter().add(sound)) == 1


def test_silence_and_clicks_are_no_utterances():
    sound = np.concatenate([silence(2), tone(0.05), silence(2)])
    c = cutter()
    assert c.add(sound) == [] and c.finish() == []


def test_speech_without_end_is_cut():
    clips = cutter(most_s=3.0).add(tone(7.0))
    assert [clip.duration_s for clip in clips] == pytest.approx([3.0, 3.0], abs=0.05)


def test_the_end_of_the_sound_ends_the_utterance():
    c = cutter()
    assert c.add(tone(0.7)) == []
    assert len(c.finish()) == 1 and not c.in_speech


@settings(deadline=None)
@given(st.lists(st.integers(1, 5000), min_size=1, max_size=20))
def test_how_sound_is_portioned_changes_nothing(portions):
    sound = np.concatenate([silence(0.5), tone(0.6), silence(0.8), tone(0.3)])
    whole, parts = cutter(), cutter()
    expected = whole.add(sound)
    found, start = [], 0
    for portion in portions:
        found += parts.add(sound[start : start + portion])
        start += portion
    found += parts.add(sound[start:])
    assert [len(c.samples) for c in found] == [len(c.samples) for c in expected]


@needs_espeak
@pytest.mark.parametrize("name", ["silero", "webrtc"])
def test_real_detectors_find_a_sentence_and_no_silence(name, tmp_path):
    pytest.importorskip("faster_whisper")
    pytest.importorskip("pocketsphinx")
    from vla_ros.speech.voice_detection import create_detector

    said = spoken("pick up the red cube", tmp_path).at_rate()
    noise = np.random.default_rng(0).normal(0, 1e-3, 64000).astype(np.float32)
    sound = np.concatenate([noise, said.samples, noise[:32000]])
    (clip,) = cut(AudioClip(sound, 16000), create_detector(name), Cutting())
    assert clip.duration_s == pytest.approx(said.duration_s, abs=0.9)
    assert cut(AudioClip(noise, 16000), create_detector(name), Cutting()) == []
