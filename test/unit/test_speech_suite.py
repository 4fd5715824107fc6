"""The figures of the speech suite."""

import json

import numpy as np
import pytest
from rich.console import Console
from speech_fakes import LoudnessDetector, ScriptedTranscriber, needs_espeak, tone

from vla_ros.errors import ConfigError, SpeechError
from vla_ros.evaluation.speech import suite
from vla_ros.evaluation.speech.commands import VOICES, draw_commands, voice_named
from vla_ros.evaluation.speech.hearing import Hearing, end_of_speech_s
from vla_ros.evaluation.speech.noise import in_noise
from vla_ros.evaluation.speech.others import draw_calls, draw_others, draw_sentences
from vla_ros.evaluation.speech.records import (
    CalledStop,
    HeardCommand,
    KeptRecords,
    OtherSound,
    open_folder,
)
from vla_ros.evaluation.speech.scores import (
    alarm_scores,
    command_scores,
    stop_scores,
    talk_scores,
    word_errors,
)
from vla_ros.evaluation.speech.sounds import spoken
from vla_ros.evaluation.speech.suite import SpeechPlan, run_speech_suite
from vla_ros.language.rule_parser import RuleParser
from vla_ros.language.stop_words import is_stop
from vla_ros.params.speech import RecognizerParams
from vla_ros.speech.audio import AudioClip
from vla_ros.speech.certainty import Certainty
from vla_ros.speech.understanding import Judge
from vla_ros.speech.vocabulary import Vocabulary
from vla_ros.speech.voices import Voice

PIPER = ("piper", "/voices/joe.onnx")


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


def test_natural_voices_say_every_other_command_in_all_noises_and_speeds():
    drawn = draw_commands(180, 1, [PIPER, *VOICES])
    natural = [command for command in drawn if command.voice.engine == "piper"]
    assert len(natural) == 90
    pairs = [(c.noise_db, c.voice.speed) for c in natural]
    assert {pairs.count(pair) for pair in pairs} == {10} and len(set(pairs)) == 9
    assert {(c.voice.engine, c.voice.name) for c in drawn} == {PIPER, *VOICES}


def test_talk_is_distinct_and_holds_no_stop_and_no_command():
    sentences = [line.text for line in draw_sentences(300, 3, VOICES)]
    assert len(set(sentences)) == 300
    for sentence in sentences:
        assert not {"stop", "halt", "freeze"} & set(sentence.split())
        assert not is_stop(sentence)
        assert not RuleParser().parse(sentence).tasks


def test_calls_are_of_each_word_by_each_voice_in_each_noise():
    calls = draw_calls(0, VOICES)
    for word in ("stop", "halt", "freeze"):
        for voice in VOICES:
            for noise_db in (20.0, 10.0, 5.0):
                said = [
                    (c.text, c.voice.speed) for c in calls
                    if word in c.text and (c.voice.engine, c.voice.name) == voice
                    and c.noise_db == noise_db
                ]  # fmt: skip
                assert len(said) == 4 and len({speed for text, speed in said if text == word}) == 3


def test_other_sounds_are_talk_commands_and_noise():
    lines = draw_others(4, VOICES, 40)
    kinds = [line.kind for line in lines]
    assert kinds.count("talk") == 20 and kinds.count("commands") == kinds.count("noise") == 10
    assert all(bool(line.text) == (line.kind != "noise") for line in lines)


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


SURE = Certainty(bias=-30.0, share_weight=0.0, changed_weight=0.0, confidence_weight=40.0)
"""Sure at a confidence of 0.8 and more, and not at 0.7."""


@needs_espeak
def test_right_wrong_and_rejected_commands_are_told_apart():
    (command,) = draw_commands(1, 0, [("espeak", "en-us")])
    wrong = "go home" if "home" not in command.text else "pick up the red cube"
    said = [(command.text, 0.9), (wrong, 0.9), (wrong, 0.76), ("nice weather today", 0.9)]
    words = command.voice.speak(command.text)
    judge = Judge(Vocabulary(), certainty=SURE)
    results = [
        Hearing(
            ScriptedTranscriber(text, confidence=confidence), LoudnessDetector(), judge, 0.8
        ).hear(command, words)
        for text, confidence in said
    ]
    summary = command_scores(results, hangover_s=0.6)
    assert (summary["episodes"], summary["successes"]) == (4, 1)
    assert (summary["acted_unasked"], summary["wrong_acts"]) == (2, 1)
    assert (summary["read_back"], summary["rejected"]) == (1, 1)
    assert summary["tasks"]["other 20 dB"]["episodes"] == 4
    assert summary["mean_latency_s"] == pytest.approx(summary["mean_processor_s"] + 0.6)


def heard_command(**changes):
    values = dict(
        said="go home", voice="espeak en-us 1", natural=False, noise_db=20.0, heard="go home",
        confidence=0.9, rejected=None, right=True, acted=True, wrong_words=0, words=2,
        processor_s=1.0,
    )  # fmt: skip
    return HeardCommand(**{**values, **changes})


def test_shares_are_told_by_voice_and_by_noise():
    heard = [
        heard_command(),
        heard_command(natural=True, voice="piper joe 1", right=False, wrong_words=1),
        heard_command(natural=True, voice="piper joe 1", noise_db=5.0, acted=False),
    ]
    tasks = command_scores(heard, 0.6)["tasks"]
    assert tasks["natural"]["successes"] == 1 and tasks["natural"]["episodes"] == 2
    assert tasks["natural 20 dB"]["wrong_acts_rate"] == 1.0
    assert tasks["natural 20 dB"]["word_error_rate"] == 0.5
    assert tasks["5 dB"]["read_back"] == 1
    assert tasks["piper joe"]["episodes"] == 2


def test_stops_are_heard_missed_or_late():
    delays = [0.1, 0.3, 0.7, None]
    calls = [CalledStop("stop", "espeak en-us 1", False, 10.0, delay) for delay in delays]
    scores = stop_scores(calls)["10 dB"]
    assert (scores["successes"], scores["episodes"], scores["in_time"]) == (3, 4, 2)
    assert (scores["median_delay_s"], scores["longest_delay_s"]) == (0.3, 0.7)
    assert scores["missed"] == ["stop (espeak en-us 1)"]


def test_false_stops_are_told_by_the_hour_and_kind():
    sounds = [
        OtherSound("talk", "the top", "espeak en-us 1", 20.0, 300.0, ("stop",), 3.0),
        OtherSound("noise", "", "", 20.0, 300.0, (), 3.0),
    ]
    scores = alarm_scores(sounds)
    assert scores["false_stops_an_hour"] == pytest.approx(6.0)
    assert scores["kinds"]["noise"]["false_stops"] == 0
    assert scores["kinds"]["talk"]["false_stops_an_hour"] == pytest.approx(12.0)
    assert scores["processor_share"] == pytest.approx(0.01)


def test_talk_that_is_taken_for_a_command_is_told():
    scores = talk_scores([heard_command(said="my home"), heard_command(rejected="no", acted=False)])
    assert (scores["acted_unasked"], scores["read_back"]) == (1, 0)
    assert scores["taken_for_commands"] == ["my home -> go home"]


def test_the_end_of_speech_is_that_of_the_last_loud_sample():
    samples = np.concatenate([tone(0.5), np.zeros(8000, np.float32)])
    assert end_of_speech_s(samples) == pytest.approx(0.5, abs=0.01)


def test_what_one_voice_says_is_made_at_once_and_comes_in_order(monkeypatch):
    asked = []

    def speak_all(self, texts):
        asked.append((self.name, list(texts)))
        return [AudioClip(np.full(4, len(text), np.float32), 16000) for text in texts]

    monkeypatch.setattr(Voice, "speak_all", speak_all)
    lines = [("a", "x"), ("b", "xx"), ("a", "xxx"), ("b", "xxxx")]
    clips = spoken([(Voice("espeak", name), text) for name, text in lines])
    assert [int(clip.samples[0]) for clip in clips] == [1, 2, 3, 4]
    assert asked == [("a", ["x", "xxx"]), ("b", ["xx", "xxxx"])]


def test_records_are_kept_and_a_line_cut_short_is_dropped(tmp_path):
    file = tmp_path / "commands.jsonl"
    kept = KeptRecords(HeardCommand, file)
    kept.add(heard_command())
    kept.add(heard_command(said="stop here"))
    with file.open("a") as lines:
        lines.write('{"said": "go')
    again = KeptRecords(HeardCommand, file)
    assert again.records == kept.records and len(again.records) == 2
    assert len(file.read_text().splitlines()) == 2
    file.write_text("[]\n")
    with pytest.raises(ConfigError, match="no records"):
        KeptRecords(HeardCommand, file)


def test_a_folder_of_another_run_is_refused(tmp_path):
    open_folder(tmp_path, {"seed": 1, "voices": ("a",)})
    open_folder(tmp_path, {"seed": 1, "voices": ("a",)})
    with pytest.raises(ConfigError, match="another evaluation"):
        open_folder(tmp_path, {"seed": 2, "voices": ("a",)})


@needs_espeak
def test_the_suite_runs_its_parts_and_goes_on_where_it_was_broken_off(tmp_path, monkeypatch):
    pytest.importorskip("pocketsphinx")
    monkeypatch.setattr(suite, "installed_voices", lambda *_: [("espeak", "en-us")])
    plan = SpeechPlan(
        3, 0, RecognizerParams(speech_recognizer="sphinx"), minutes=0.2, out=tmp_path,
        parts=("commands", "talk", "alarms"),
    )  # fmt: skip
    summary = json.loads(json.dumps(run_speech_suite(plan, Console(stderr=True))))
    assert summary["episodes"] == 3 and summary["talk"]["sentences"] == 1
    assert 0.2 <= summary["alarms"]["minutes"] < 0.4
    lines = (tmp_path / "commands.jsonl").read_text().splitlines()
    (tmp_path / "commands.jsonl").write_text("\n".join(lines[:2]) + "\n")
    again = run_speech_suite(plan, Console(stderr=True))
    assert [f["said"] for f in again["failures"]] == [f["said"] for f in summary["failures"]]
    assert again["alarms"] == summary["alarms"]


def test_unknown_parts_and_voices_are_named():
    plan = SpeechPlan(1, 0, RecognizerParams(), parts=("songs",))
    with pytest.raises(ConfigError, match="songs"):
        run_speech_suite(plan, Console(stderr=True))
    assert voice_named("piper:/a:b.onnx") == ("piper", "/a:b.onnx")
    for wrong in ("joe", "singer:joe"):
        with pytest.raises(ConfigError, match="is no voice"):
            voice_named(wrong)
    with pytest.raises((ConfigError, SpeechError)):
        run_speech_suite(
            SpeechPlan(1, 0, RecognizerParams(), voices=(PIPER,)), Console(stderr=True)
        )
