"""From a stream of sound to reactions: utterances, recogniser, judge and dialogue in a row.

Sound comes from whichever thread records it; recognition runs on a thread of its own, so that
nothing that comes in waits for it. The stop spotter is elsewhere and depends on none of this.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from vla_ros.errors import SpeechError
from vla_ros.language.stop_words import is_stop
from vla_ros.params.speech import RecognizerParams, SpeechParams
from vla_ros.speech.audio import AudioClip
from vla_ros.speech.dialogue import Manners, Reaction, SpeechDialogue
from vla_ros.speech.transcriber import Hypothesis, Transcriber
from vla_ros.speech.understanding import NOTHING, Judge, Understood
from vla_ros.speech.utterances import Cutting, UtteranceCutter
from vla_ros.speech.vocabulary import Vocabulary
from vla_ros.speech.voice_detection import VoiceDetector
from vla_ros.speech.wake_word import without_wake_word

_MOST_WAITING = 4

OnHeard = Callable[[Understood, Reaction], None]


class SpeechListener:
    """Hears commands."""

    def __init__(
        self,
        speech: SpeechParams,
        recognizer: RecognizerParams,
        detector: VoiceDetector,
        transcriber: Transcriber,
        on_heard: OnHeard,
        on_error: Callable[[str], None],
    ) -> None:
        """Start the thread that recognises.

        Args:
            speech: How to listen.
            recognizer: How sure to be, and what things are called.
            detector: Tells speech from noise.
            transcriber: Recognises, within a bounded time.
            on_heard: Told from that thread what an utterance was taken for and what follows.
            on_error: Told why one could not be recognised.
        """
        self._speech = speech
        vocabulary = Vocabulary(recognizer.object_nouns, recognizer.object_colors, speech.wake_word)
        self._vocabulary = vocabulary
        self._judge = Judge(vocabulary, (), recognizer.ask_confidence, transcriber.certainty)
        manners = Manners(recognizer.act_confidence, speech.confirmation_time_s)
        self._dialogue = SpeechDialogue(manners, vocabulary)
        cutting = Cutting(
            speech.speech_threshold,
            end_silence_s=speech.end_silence_s,
            most_s=speech.max_utterance_s,
        )
        self._cutter = UtteranceCutter(detector, cutting)
        self._transcriber = transcriber
        self._on_heard, self._on_error = on_heard, on_error
        self._lock = threading.Lock()
        self._muted = self._pushed = False
        self._awake_until_s = 0.0
        self._utterances: queue.Queue[AudioClip | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._recognize, name="recognition", daemon=True)
        self._thread.start()

    def hear(self, samples: np.ndarray) -> None:
        """Take (N,) float32 samples at 16 kHz, while not muted and, with push, while pushed."""
        with self._lock:
            if self._muted or (self._speech.listening == "push" and not self._pushed):
                return
            ended = self._cutter.add(samples)
        self._submit(ended)

    def mute(self, muted: bool) -> None:
        """Don't listen, or listen again: the robot must not hear itself."""
        with self._lock:
            self._muted = muted
            self._cutter.reset()

    def push(self, pushed: bool) -> None:
        """Press or let go the button; letting go ends the utterance."""
        with self._lock:
            ended = self._cutter.finish() if self._pushed and not pushed else []
            self._pushed = pushed
        self._submit(ended)

    def finish(self) -> None:
        """End the utterance that is going on: no more sound will come."""
        with self._lock:
            ended = self._cutter.finish()
        self._submit(ended)

    def see(self, phrases: Iterable[str]) -> None:
        """Take what was seen on the table: its names may then be said too."""
        seen = tuple(dict.fromkeys(phrases))
        if seen != self._judge.on_table:
            vocabulary = self._vocabulary.with_things(seen)
            self._judge = replace(self._judge, vocabulary=vocabulary, on_table=seen)

    def asked(self) -> None:
        """Note that the robot asked something, so that the next utterance may be the answer."""
        now_s = time.monotonic()
        self._dialogue.asked(now_s)
        self._awake_until_s = now_s + self._speech.confirmation_time_s

    def close(self) -> None:
        """End the thread, once what it recognises is done."""
        self._utterances.put(None)
        self._thread.join()

    def _submit(self, utterances: Iterable[AudioClip]) -> None:
        for utterance in utterances:
            try:
                self._utterances.put_nowait(utterance)
            except queue.Full:
                self._on_error("speech came faster than it is recognised: an utterance was lost")

    def _recognize(self) -> None:
        while (utterance := self._utterances.get()) is not None:
            try:
                self._take(utterance)
            except SpeechError as error:
                self._on_error(str(error))

    def _take(self, utterance: AudioClip) -> None:
        judge = self._judge
        hypotheses = self._transcriber.transcribe(utterance, judge.vocabulary)
        now_s = time.monotonic()
        if not self._is_called(hypotheses, now_s):
            return
        understood = judge.understand(hypotheses, partial(self._transcriber.score, utterance))
        addressed = self._speech.listening != "always"
        reaction = self._dialogue.hear(understood, now_s, addressed)
        if reaction.say is not None and reaction.say.endswith("?"):
            self._awake_until_s = now_s + self._speech.confirmation_time_s
        if understood.rejected != NOTHING:
            self._on_heard(understood, reaction)

    def _is_called(self, hypotheses: Sequence[Hypothesis], now_s: float) -> bool:
        """Return whether there may be a command in it: with the wake word where that is wanted."""
        if not hypotheses or is_stop(hypotheses[0].text):
            return True
        rest = without_wake_word(hypotheses[0].text, self._speech.wake_word)
        if rest == "":
            self._awake_until_s = now_s + self._speech.wake_time_s
            return False
        return self._speech.listening != "wake" or bool(rest) or now_s <= self._awake_until_s
