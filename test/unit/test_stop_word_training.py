"""What the stop word network learns from, and that what is exported is what was trained."""

import re

import numpy as np
import pytest
from speech_fakes import needs_espeak

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")
pytest.importorskip("pocketsphinx")

from safetensors.torch import load_file, save_file  # noqa: E402

from vla_ros.errors import ConfigError  # noqa: E402
from vla_ros.resources import models_dir  # noqa: E402
from vla_ros.speech.audio import SPEECH_RATE_HZ  # noqa: E402
from vla_ros.speech.sphinx_model import pronunciations  # noqa: E402
from vla_ros.speech.stop_network import STOP_WORDS, WINDOW_SAMPLES, StopNetwork  # noqa: E402
from vla_ros.training.stop_words import shards, train  # noqa: E402
from vla_ros.training.stop_words.lines import calls, near_words, other_speech  # noqa: E402
from vla_ros.training.stop_words.network import StopWordNetwork, export  # noqa: E402
from vla_ros.training.stop_words.recordings import (  # noqa: E402
    SPEEDS,
    Amounts,
    Recording,
    record,
    spoken_part,
)
from vla_ros.training.stop_words.rooms import in_a_room  # noqa: E402
from vla_ros.training.stop_words.voices import natural_voices  # noqa: E402
from vla_ros.training.stop_words.windows import WindowMaker  # noqa: E402


def test_every_call_says_what_part_of_it_follows_the_word():
    known = pronunciations()
    lines = calls(np.random.default_rng(0), 300)
    for line in lines:
        words = re.findall("[a-z]+", line.text)
        at = len(words) - words[::-1].index(STOP_WORDS[line.label - 1])
        from_word = [len(known[word].split()) for word in words[at - 1 :]]
        assert line.after == pytest.approx(sum(from_word[1:]) / sum(from_word))
    assert {line.label for line in lines} == {1, 2, 3}
    assert 0.2 < np.mean([line.after > 0 for line in lines]) < 0.4


def test_other_speech_holds_no_stop_word_even_by_another_spelling():
    known = pronunciations()
    said = {
        word for line in other_speech(np.random.default_rng(0), 600) for word in line.text.split()
    }
    assert len(said) > 500
    stops = [f" {known[word]} " for word in STOP_WORDS]
    for word in said & known.keys():
        assert not any(stop in f" {known[word]} " for stop in stops), word


def test_near_words_sound_like_a_stop_word():
    near = near_words()
    assert {"top", "stock", "salt", "fault", "breeze", "free"} <= set(near)
    assert not {"stop", "stops", "frieze", "table", "pineapple"} & set(near)


def test_the_silence_around_words_is_cut_off_and_the_level_evened():
    sound = np.zeros(4000, np.float32)
    sound[1000:1500] = 0.02
    part = spoken_part(sound)
    assert len(part) == 500 and part.max() == pytest.approx(0.7)
    assert len(spoken_part(np.zeros(10, np.float32))) == 0


def recordings():
    call = np.full(4000, 16000, np.int16)
    other = np.full(16000, 3000, np.int16)
    return [
        *(Recording(call, label, "call", 0) for label in (1, 2, 3)),
        Recording(other, 0, "other", 0),
        Recording(other[:1600], 0, "after", 0),
    ]


def test_a_call_ends_shortly_before_its_window_does():
    maker = WindowMaker(recordings(), seed=3)
    sounds, labels = maker.batch(0, 400)
    again, _ = maker.batch(0, 400)
    np.testing.assert_array_equal(sounds, again)
    assert sounds.shape == (400, WINDOW_SAMPLES) and sounds.dtype == np.float32
    assert 0.35 < (labels > 0).mean() < 0.55
    # Only calls are as loud as this.
    ends = np.array([np.flatnonzero(sound > 0.24)[-1] for sound in sounds[labels > 0]])
    since_s = (WINDOW_SAMPLES - ends) / SPEECH_RATE_HZ
    assert since_s.min() >= 0.019 and since_s.max() <= 0.41


def test_a_word_that_runs_into_the_next_ends_shortly_before_its_window_does():
    tone = np.r_[np.full(4000, 16000, np.int16), np.full(6000, 9000, np.int16)]
    said = [
        *(Recording(tone, label, "call", 0, after=6000) for label in (1, 2, 3)),
        Recording(np.full(1600, 10, np.int16), 0, "other", 0),
    ]
    sounds, labels = WindowMaker(said, seed=3).batch(0, 300)
    since_s = []
    for sound in sounds[labels > 0]:
        loud = np.flatnonzero(sound > 0.85 * sound.max())
        since_s.append((WINDOW_SAMPLES - loud[-1]) / SPEECH_RATE_HZ)
    # By the estimate the word ends up to 0.06 s later than it may, and is whole all the same.
    assert min(since_s) > 0.07 and max(since_s) < 0.48


def test_a_room_keeps_the_shape_and_adds_noise_at_the_level_it_draws():
    sounds = torch.zeros(64, WINDOW_SAMPLES)
    t = torch.arange(8000) / SPEECH_RATE_HZ
    sounds[:, 4000:12000] = torch.sin(2 * np.pi * 440 * t)
    heard = in_a_room(sounds, torch.Generator().manual_seed(0))
    again = in_a_room(sounds, torch.Generator().manual_seed(0))
    torch.testing.assert_close(heard, again)
    assert heard.shape == sounds.shape and torch.isfinite(heard).all()
    before, during = heard[:, :3500].square().mean(1), heard[:, 5000:11000].square().mean(1)
    ratio_db = 10 * torch.log10(during / before)
    assert ratio_db.min() > -2.0 and ratio_db.max() > 20.0
    assert ratio_db.max() - ratio_db.min() > 15.0


def test_what_is_exported_scores_as_what_was_trained(tmp_path):
    torch.manual_seed(0)
    network = StopWordNetwork(width=8, hidden=8)
    sound = torch.randn(1, WINDOW_SAMPLES) * 0.1
    for _ in range(3):
        network(torch.randn(4, WINDOW_SAMPLES))
    export(network, tmp_path, "scores")
    with torch.no_grad():
        expected = torch.softmax(network(sound), 1)[0, 1:]
    found = StopNetwork(tmp_path).probabilities(sound[0].numpy())
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


def test_the_speech_embedding_is_that_of_google():
    # From the ONNX files of openWakeWord 0.4.0 by ONNX Runtime, the loudest mel energy put to 11.
    expected = [-22.2956, 37.0393, 0.5679, -10.2254, 18.7674, 19.3789, 25.4648, -11.4276]
    network = StopWordNetwork().eval()
    network.load_embedding(models_dir() / "stop_words" / "model.safetensors")
    t = np.arange(WINDOW_SAMPLES) / SPEECH_RATE_HZ
    chirp = np.sin(2 * np.pi * (200 * t + 300 * t**2)) * np.hanning(WINDOW_SAMPLES)
    with torch.no_grad():
        described = network.embedding(torch.tensor(chirp[None], dtype=torch.float32))
        quiet = network.embedding(torch.tensor(0.01 * chirp[None], dtype=torch.float32))
    assert described.shape == (1, 96, 6)
    np.testing.assert_allclose(described[0, :8, 3], expected, atol=0.01)
    torch.testing.assert_close(quiet, described, atol=0.05, rtol=0)


@needs_espeak
def test_training_leaves_the_speech_embedding_as_it_is(tmp_path):
    shipped = load_file(models_dir() / "stop_words" / "model.safetensors")
    trained(tmp_path)
    now = load_file(tmp_path / "out" / "model.safetensors")
    same = {name: torch.equal(shipped[name], value) for name, value in now.items()}
    assert all(same[name] for name in same if name.startswith("embedding."))
    assert not same["head.8.weight"]


def test_an_embedding_of_another_layout_is_refused(tmp_path):
    save_file({"embedding.scale": torch.zeros(3)}, tmp_path / "model.safetensors")
    with pytest.raises(ConfigError, match="no speech embedding"):
        StopWordNetwork().load_embedding(tmp_path / "model.safetensors")
    with pytest.raises(ConfigError, match="no speech embedding"):
        StopWordNetwork().load_embedding(tmp_path / "nothing")


def test_natural_voices_say_half_however_few_they_are():
    said = [
        *(Recording(np.full(16000, 3000, np.int16), 0, "other", k) for k in range(9)),
        Recording(np.full(16000, 30000, np.int16), 0, "other", 9, natural=True),
        *(Recording(np.full(4000, 16000, np.int16), label, "call", 0) for label in (1, 2, 3)),
    ]
    sounds, labels = WindowMaker(said, seed=0).batch(0, 600)
    loudest = sounds[labels == 0].max(1)
    # Background voices have at most a fifth of their level, and noise alone has none.
    spoken = loudest[(loudest > 0.04) & ((loudest < 0.12) | (loudest > 0.4))]
    assert 0.4 < (spoken > 0.4).mean() < 0.6


VOICE = ("espeak", "en-us+m1", 1)
FEW = Amounts(calls=9, after=3, others=12)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(shards, "SHARD_WINDOWS", 256)


def trained(folder, *, voices=(VOICE,), seed=0, windows=256, threads=1):
    """Train a little and return what was said."""
    said = []
    train.train_stop_words(
        folder / "out", folder / "recordings", voices, windows=windows, epochs=1, amounts=FEW,
        threads=threads, seed=seed, report=said.append,
    )  # fmt: skip
    return said


def test_natural_voices_that_are_not_there_are_not_left_out_in_silence(tmp_path):
    with pytest.raises(ConfigError, match="kokoro"):
        natural_voices(tmp_path)


@needs_espeak
def test_each_speed_says_each_word(tmp_path):
    record(tmp_path, [VOICE], Amounts(calls=45, after=0, others=0), 0, 1, lambda line: None)
    with np.load(tmp_path / "espeak_en-us+m1.npz") as stored:
        labels = stored["labels"]
    for part in np.array_split(labels, len(SPEEDS)):
        assert set(part) == {1, 2, 3}


@needs_espeak
def test_recordings_that_are_there_are_kept(tmp_path):
    said = trained(tmp_path, voices=(VOICE, ("espeak", "no such voice", 1)))
    assert any("left out: espeak no such voice" in line for line in said)
    assert "24 recordings by 1 voices" in said
    assert not any("en-us+m1: recorded" in line for line in trained(tmp_path))
    probabilities = StopNetwork(tmp_path / "out").probabilities(
        np.zeros(WINDOW_SAMPLES, np.float32)
    )
    assert probabilities.shape == (3,) and 0.0 <= probabilities.sum() <= 1.0


@needs_espeak
def test_recordings_of_other_voices_or_another_seed_are_not_used(tmp_path):
    trained(tmp_path)
    with pytest.raises(ConfigError, match="no voice is installed"):
        trained(tmp_path, voices=(("espeak", "no such voice", 1),))
    with pytest.raises(ConfigError, match="another seed"):
        trained(tmp_path, seed=1)


@needs_espeak
def test_training_that_was_broken_off_ends_with_the_same_network(tmp_path, monkeypatch):
    write = shards._write

    def write_first_and_break_off(file, number, *others):
        if number > 0:
            raise KeyboardInterrupt
        write(file, number, *others)

    trained(tmp_path / "whole", windows=512, threads=2)
    whole = load_file(tmp_path / "whole" / "out" / "model.safetensors")
    monkeypatch.setattr(shards, "_write", write_first_and_break_off)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path, windows=512)
    monkeypatch.setattr(shards, "_write", write)
    assert "described 1 of 1 times 256 windows" in trained(tmp_path, windows=512)
    for name, value in load_file(tmp_path / "out" / "model.safetensors").items():
        torch.testing.assert_close(value, whole[name], rtol=0, atol=0)


@needs_espeak
def test_windows_of_other_recordings_are_not_learnt_from(tmp_path):
    trained(tmp_path)
    with pytest.raises(ConfigError, match="other recordings"):
        trained(tmp_path, voices=(VOICE, ("espeak", "en-us+m2", 1)))
