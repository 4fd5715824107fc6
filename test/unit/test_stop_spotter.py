"""Stop words in a stream, as a network that is told what to hear makes them."""

import shutil

import numpy as np
import pytest

from vla_ros.errors import ModelError
from vla_ros.resources import models_dir
from vla_ros.speech.audio import SPEECH_RATE_HZ
from vla_ros.speech.stop_network import STOP_WORDS, WINDOW_SAMPLES, StopNetwork
from vla_ros.speech.stop_spotter import StopSpotter

STEP = 1280


class Scripted:
    """Sees a word in every window whose newest sample is that word's number."""

    def __init__(self, sure=0.999):
        self.windows = []
        self.sure = sure

    def probabilities(self, sound):
        self.windows.append(sound.copy())
        odds = np.full(len(STOP_WORDS), 1e-4)
        if sound[-1] > 0:
            odds[int(sound[-1]) - 1] = self.sure
        return odds


def steps(*values):
    return np.repeat(np.array(values, np.float32), STEP)


def test_a_word_counts_after_five_looks_in_a_row():
    spotter = StopSpotter(Scripted(sure=0.6))
    assert spotter.hear(steps(1, 1, 1, 1)) is None
    assert spotter.hear(steps(0, 1, 1, 1, 1)) is None
    assert spotter.hear(steps(1)) == "stop"


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_word_is_told(number):
    assert StopSpotter(Scripted()).hear(steps(*[number] * 5)) == STOP_WORDS[number - 1]


def test_one_call_is_one_stop_and_the_next_is_another():
    spotter = StopSpotter(Scripted())
    heard = [spotter.hear(steps(2)) for _ in range(10)]
    assert [word for word in heard if word] == ["halt"]
    later = [spotter.hear(steps(0)) for _ in range(11)] + [spotter.hear(steps(2)) for _ in range(6)]
    assert [word for word in later if word] == ["halt"]


def test_sound_may_come_in_pieces_of_any_size():
    script = np.concatenate([steps(0, 0, 3, 3, 3, 3, 3, 0), np.zeros(77, np.float32)])
    whole, pieces = Scripted(), Scripted()
    assert StopSpotter(whole).hear(script) == "freeze"
    spotter = StopSpotter(pieces)
    heard = [spotter.hear(piece) for piece in np.array_split(script, 53)]
    assert [word for word in heard if word] == ["freeze"]
    np.testing.assert_array_equal(whole.windows, pieces.windows)
    assert whole.windows[0].shape == (WINDOW_SAMPLES,)


def test_more_sensitivity_needs_less_certainty():
    def hears(sensitivity, sure):
        return StopSpotter(Scripted(sure), sensitivity).hear(steps(1, 1, 1, 1, 1)) is not None

    assert hears(1.0, 0.2) and not hears(0.5, 0.2)
    assert not hears(0.0, 0.7) and hears(0.0, 0.9)


def test_the_network_is_deaf_to_loudness_and_silent_in_silence():
    network = StopNetwork(models_dir() / "stop_words")
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(WINDOW_SAMPLES).astype(np.float32)
    quiet, loud = (network.probabilities(level * noise) for level in (0.01, 0.3))
    np.testing.assert_allclose(quiet, loud, atol=1e-2)
    assert network.probabilities(np.zeros(WINDOW_SAMPLES, np.float32)).max() < 0.5


def test_noise_alone_is_no_word_to_the_network():
    rng = np.random.default_rng(1)
    spotter = StopSpotter(StopNetwork(models_dir() / "stop_words"))
    for level in (1e-3, 0.05, 0.5):
        noise = level * rng.standard_normal(10 * SPEECH_RATE_HZ)
        assert spotter.hear(noise.astype(np.float32)) is None


def test_a_missing_network_is_said(tmp_path):
    with pytest.raises(ModelError, match="reinstall"):
        StopNetwork(tmp_path)
    shutil.copy(models_dir() / "stop_words" / "model.onnx", tmp_path)
    with pytest.raises(ModelError, match="reinstall"):
        StopNetwork(tmp_path)
