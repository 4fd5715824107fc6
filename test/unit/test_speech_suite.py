"""The figures of the speech suite."""

import numpy as np
import pytest
from speech_fakes import LoudnessDetector, ScriptedTranscriber, needs_espeak, tone

from vla_ros.evaluation.speech_commands import VOICES, draw_commands, in_noise
from vla_ros.evaluation.speech_suite import hear, summarize_speech, word_errors
from vla_ros.language.rule_parser import RuleParser
from vla_ros.params.speech import RecognizerParams
from vla_ros.speech.audio import AudioClip


@pytest.mark.parametrize("noise_db", [20.0, 10.0, 5.0])
def test_noise_has_the_level_that_was_asked_for(noise_db):
    """The tone is known: what is left after taking it out by least squares is the noise."""
    mixed = in_noise(AudioClip(tone(2.0), 16000), noise_db, 3).samples[9600:-9600]
    t = np.arange(len(mixed)) / 16000
    waves = np.stack([np.sin(2 * np.pi * 300 * t), np.cos(2 * np.pi * 300 * t)], 1)
    fit = waves @ np.linalg.lstsq(waves, mixed, rcond=None)[0]
    measured_db = 10 * np.log10(np.mean(fit**2) / np.mean((mixed - fit) ** 2))
    assert measured_db == pytest.approx(noise_db, abs=1.0)


def test_commands_are_the_same_for_a_seed_and_mean_what_they_say():
    first, again = draw_commands(60, 5, VOICES), draw_commands(60, 5, VOICES)
    assert first == again != draw_commands(60, 6, VOICES)
    for command in first:
        assert RuleParser().parse(command.text).tasks == command.tasks != ()
    assert {c.noise_db for c in first} == {20.0, 10.0, 5.0}
    assert len({c.voice.speed for c in first}) == 2


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("pick up the cube", "pick up the cube", 0),
        ("pick up the cube", "Pick up the cube!", 0),
        ("pick up the cube", "pick the tube", 2),
        ("pick up the cube", "", 4),
        ("go home", "go back home now", 2),
    ],
)
def test_word_errors_are_counted(said, heard, errors):
    assert word_errors(said, heard) == (errors, len(said.split()))


@needs_espeak
def test_right_wrong_and_rejected_commands_are_told_apart():
    (command,) = draw_commands(1, 0, [("espeak", "en-us")])
    wrong = "go home" if "home" not in command.text else "pick up the red cube"
    heard = [
        (command.text, 0.9),
        (wrong, 0.9),
        (wrong, 0.5),
        ("nice weather today", 0.9),
    ]
    results = [
        hear(
            command, ScriptedTranscriber(text, confidence=confidence), LoudnessDetector(),
            RecognizerParams(act_confidence=0.8, ask_confidence=0.3),
        )
        for text, confidence in heard
    ]  # fmt: skip
    summary = summarize_speech(results)
    assert (summary["episodes"], summary["successes"]) == (4, 1)
    assert (summary["acted_unasked"], summary["wrong_acts"]) == (2, 1)
    assert (summary["read_back"], summary["rejected"]) == (1, 1)
    assert summary["tasks"]["20 dB"]["episodes"] == 4
