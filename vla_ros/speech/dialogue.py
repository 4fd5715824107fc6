"""Decides what to do with what was understood: act, read back, or say that it was not."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.language.stop_words import is_stop
from vla_ros.speech.grammar import YES, is_reply
from vla_ros.speech.understanding import NOTHING, Understood, is_answer, plain
from vla_ros.speech.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Reaction:
    """What follows from an utterance.

    Attributes:
        instruction: To be carried out, or None.
        say: To be said, or None.
        confidence: Of the instruction; 1 where a person has confirmed it.
        stop: Whether to stop at once.
    """

    instruction: str | None = None
    say: str | None = None
    confidence: float = 0.0
    stop: bool = False


SILENT = Reaction()


@dataclass(frozen=True, slots=True)
class Manners:
    """How sure is sure enough, and when a question is forgotten.

    Attributes:
        act_confidence: From here on commands are carried out unasked.
        confirmation_time_s: How long a question waits for its answer [s].
    """

    act_confidence: float = 0.9
    confirmation_time_s: float = 10.0


class SpeechDialogue:
    """Remembers the question that waits for an answer."""

    def __init__(self, manners: Manners, vocabulary: Vocabulary) -> None:
        self.manners = manners
        self._vocabulary = vocabulary
        self._pending: Understood | None = None
        self._asked_by_robot = False
        self._until_s = 0.0

    def asked(self, now_s: float) -> None:
        """Note that the robot itself has asked something ("which red cube?")."""
        self._asked_by_robot, self._pending = True, None
        self._until_s = now_s + self.manners.confirmation_time_s

    def hear(self, understood: Understood, now_s: float, addressed: bool = True) -> Reaction:
        """Return what follows from an utterance.

        Args:
            understood: What it was taken for.
            addressed: Whether it was surely meant for the robot; if not, talk among people that
                is no command gets no answer.
            now_s: Time on a steady clock [s].
        """
        if now_s > self._until_s:
            self._pending, self._asked_by_robot = None, False
        if understood.rejected == NOTHING:
            return SILENT
        if is_stop(understood.text):
            self._pending = None
            return Reaction(instruction="stop", confidence=understood.confidence, stop=True)
        if understood.rejected is not None:
            return Reaction(say=f"Sorry, {understood.rejected}.") if addressed else SILENT
        if is_answer(understood.text):
            return self._answered(understood)
        if is_reply(understood.text, self._vocabulary) and not self._asked_by_robot:
            return SILENT
        if understood.confidence >= self.manners.act_confidence:
            self._pending, self._asked_by_robot = None, False
            return Reaction(understood.text, confidence=understood.confidence)
        self._pending = understood
        self._until_s = now_s + self.manners.confirmation_time_s
        return Reaction(say=f"Did you say: {understood.text}?")

    def _answered(self, answer: Understood) -> Reaction:
        pending, self._pending = self._pending, None
        if pending is None:
            return SILENT
        if plain(answer.text) in YES:
            return Reaction(pending.text, confidence=1.0)
        return Reaction(say="Then please say it again.")
