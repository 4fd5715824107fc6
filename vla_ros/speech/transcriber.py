"""What a recogniser is: sound in, what may have been said out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vla_ros.speech.audio import AudioClip
from vla_ros.speech.certainty import Certainty
from vla_ros.speech.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One thing that may have been said.

    Attributes:
        text: The words.
        confidence: The recogniser's own estimate that they are right, 0 to 1.
    """

    text: str
    confidence: float


class Transcriber(Protocol):
    """Recognises speech.

    Attributes:
        name: What it is, for people ("pocketsphinx with a grammar of commands").
        certainty: How its evidence is weighed.
    """

    name: str
    certainty: Certainty

    def transcribe(self, clip: AudioClip, vocabulary: Vocabulary) -> Sequence[Hypothesis]:
        """Return what may have been said, best first; nothing where nothing was.

        Args:
            clip: One utterance, 16 kHz.
            vocabulary: What things are called here.

        Raises:
            SpeechError: It cannot tell: a server is away, a model is broken.
        """
        ...

    def score(self, clip: AudioClip, texts: Sequence[str]) -> Sequence[float] | None:
        """Return the log likelihoods of texts given the sound, or None where it cannot say.

        They can be compared among the texts of one sound.

        Raises:
            SpeechError: As in transcribe.
        """
        ...
