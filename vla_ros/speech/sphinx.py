"""pocketsphinx with a grammar of commands: needs no download, hears nothing but commands.

It is the fallback where no better recogniser has its weights. How sure it is comes from comparing
the words' likelihood with that of free sequences of sounds: what is no command fits the latter
much better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from vla_ros.errors import SpeechError
from vla_ros.speech.audio import SPEECH_RATE_HZ, AudioClip
from vla_ros.speech.certainty import Certainty
from vla_ros.speech.grammar import command_grammar, sentences_grammar
from vla_ros.speech.sphinx_model import new_decoder, phone_model, pronounced, pronunciations
from vla_ros.speech.transcriber import Hypothesis
from vla_ros.speech.vocabulary import Vocabulary

_PHONES, _COMMANDS, _SENTENCES = "phones", "commands", "sentences"
_SILENCE = ("<sil>", "[NOISE]", "(NULL)", "<s>", "</s>", "SIL")
_PADDING_S = 0.25
_LEVEL = 0.5
_DITHER = 1e-3
"""Digital silence breaks the model's estimate of the background: it has never heard any."""
_PHONE_ROOT = 1024.0
_LEAST_LIKELIHOOD = 1e-307
_MOST_PATHS = 8_000
"""Paths followed at a time; without a bound, noise costs ten times as long."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well words fit a sound, compared with free sequences of sounds.

    Attributes:
        text: The words.
        mean: Mean log likelihood ratio per frame.
        total: Log likelihood ratio of all frames.
    """

    text: str
    mean: float
    total: float

    @property
    def confidence(self) -> float:
        """Probability that the words were said: logistic in their mean ratio."""
        return 1.0 / (1.0 + exp(-(_BIAS + _SLOPE * self.mean)))


_BIAS, _SLOPE = 3.53, 0.93
"""Of commands, the ratio was -2.1 to -4.7, of other sentences -4.9 to -6.2 (ten voices, 20 dB and
without noise). Misheard commands fit nearly as well as those heard right, so that only the best fit
is certain enough to act without asking."""


_CERTAINTY = Certainty(score_weight=0.05, most=6)
_UNSAYABLE = -1e6


class SphinxTranscriber:
    """A Transcriber that follows the grammar of the command language."""

    name = "pocketsphinx with a grammar of commands (needs no download; the fallback)"
    certainty = _CERTAINTY

    def __init__(self) -> None:
        """Load the bundled model.

        Raises:
            ConfigError: pocketsphinx is not installed.
        """
        self._decoder = new_decoder(maxhmmpf=_MOST_PATHS)
        self._decoder.add_allphone_file(_PHONES, phone_model())
        self._known = set(pronunciations())
        self._vocabulary: Vocabulary | None = None
        self.left_out: tuple[str, ...] = ()

    def transcribe(self, clip: AudioClip, vocabulary: Vocabulary) -> Sequence[Hypothesis]:
        """Return the command that fits best, or nothing."""
        self._learn(vocabulary)
        fit = self.fit(clip)
        return [] if fit is None else [Hypothesis(fit.text, fit.confidence)]

    def score(self, clip: AudioClip, texts: Sequence[str]) -> Sequence[float] | None:
        """Return the log likelihood ratios of texts and free sounds, all frames together."""
        scores = []
        for text in texts:
            words = text.lower().split()
            fit = None
            if words and all(self._teach(word) for word in words):
                self._decoder.add_jsgf_string(_SENTENCES, sentences_grammar([" ".join(words)]))
                fit = self.fit(clip, _SENTENCES)
            scores.append(fit.total if fit is not None else _UNSAYABLE)
        return scores

    def fit(self, clip: AudioClip, search: str = _COMMANDS) -> Fit | None:
        """Return the words that fit best under a search, and how well; None for no words."""
        pcm = _prepared(clip)
        words = [s for s in self._decode(pcm, search) if s[0] not in _SILENCE]
        if not words:
            return None
        free = _per_frame(self._decode(pcm, _PHONES), len(pcm))
        ratios, frames = [], []
        for _, first, last, score in words:
            ratios.append((score - float(free[first : last + 1].sum())) / (last + 1 - first))
            frames.append(last + 1 - first)
        text = " ".join(word.split("(")[0] for word, *_ in words)
        mean = float(np.average(ratios, weights=frames))
        return Fit(text, mean, mean * sum(frames))

    def _decode(self, pcm: bytes, search: str) -> list[tuple[str, int, int, float]]:
        """Return (word, first frame, last frame, acoustic log likelihood) of the best path."""
        decoder = self._decoder
        try:
            decoder.activate_search(search)
            decoder.start_utt()
            decoder.process_raw(pcm, full_utt=True)
            decoder.end_utt()
            # Scores come as likelihoods; those of the phone search to the 1024th root.
            root = _PHONE_ROOT if search == _PHONES else 1.0
            return [
                (s.word, s.start_frame, s.end_frame, root * log(max(s.ascore, _LEAST_LIKELIHOOD)))
                for s in decoder.seg() or ()
            ]
        except RuntimeError as error:
            raise SpeechError(f"pocketsphinx failed: {error}") from error

    def _learn(self, vocabulary: Vocabulary) -> None:
        """Make the grammar of what is known here, unless it is the one we have."""
        if vocabulary == self._vocabulary:
            return
        names = (vocabulary.wake_word, *vocabulary.nouns, *vocabulary.colors)
        said = {word for name in names for word in name.split()}
        said |= {"leftmost", "rightmost"}
        for word in said:
            self._teach(word)
        self.left_out = tuple(n for n in names if not all(w in self._known for w in n.split()))
        self._decoder.add_jsgf_string(_COMMANDS, command_grammar(vocabulary, self._known))
        self._vocabulary = vocabulary

    def _teach(self, word: str) -> bool:
        """Return whether a word can be pronounced, joined words too."""
        if word in self._known:
            return True
        phones = pronounced(word)
        if phones is None:
            return False
        self._decoder.add_word(word, phones, True)
        self._known.add(word)
        return True


def _prepared(clip: AudioClip) -> bytes:
    """Return an utterance at an even level, between silences, with a trace of noise."""
    samples = clip.at_rate(SPEECH_RATE_HZ).samples
    peak = float(np.abs(samples).max(initial=0.0))
    padding = np.zeros(round(_PADDING_S * SPEECH_RATE_HZ), np.float32)
    sound = np.concatenate([padding, samples * (_LEVEL / max(peak, 1e-6)), padding])
    sound += _DITHER * np.random.default_rng(0).standard_normal(len(sound)).astype(np.float32)
    return AudioClip(sound, SPEECH_RATE_HZ).pcm16()


def _per_frame(segments: Sequence[tuple[str, int, int, float]], pcm_bytes: int) -> np.ndarray:
    """Return the log likelihood of each 10 ms frame, spread evenly over its segment."""
    frames = np.zeros(pcm_bytes // 2 * 100 // SPEECH_RATE_HZ + 2)
    for _, first, last, score in segments:
        frames[first : last + 1] = score / (last + 1 - first)
    return frames
