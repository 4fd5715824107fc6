"""What a recording says: its speech cut out, recognised and judged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from vla_ros.params.speech import RecognizerParams, SpeechParams
from vla_ros.speech.audio import AudioClip, read_wav
from vla_ros.speech.transcriber import Transcriber
from vla_ros.speech.understanding import NOTHING, Judge, Understood
from vla_ros.speech.utterances import Cutting, cut
from vla_ros.speech.vocabulary import Vocabulary
from vla_ros.speech.voice_detection import VoiceDetector, create_detector
from vla_ros.speech.worker import TranscriberProcess


def transcribe_file(
    path: Path, params: RecognizerParams, announce: Callable[[str], None]
) -> Understood:
    """Return what a WAV file says.

    Args:
        path: The file.
        params: Which recogniser.
        announce: Told where a fallback had to be taken.

    Raises:
        SpeechError: The file cannot be read, or the recogniser fails or hangs.
        ConfigError: The recogniser cannot be had.
    """
    clip = read_wav(path)
    detector = create_detector(SpeechParams().voice_detector)
    transcriber = TranscriberProcess(params)
    for sentence in transcriber.announced:
        announce(sentence)
    try:
        return understand_clip(clip, transcriber, detector, judge_of(params, transcriber))
    finally:
        transcriber.close()


def judge_of(params: RecognizerParams, transcriber: Transcriber) -> Judge:
    """Return the judge that the parameters ask for, of what a recogniser hears."""
    vocabulary = Vocabulary(params.object_nouns, params.object_colors)
    return Judge(vocabulary, (), params.ask_confidence, transcriber.certainty)


def understand_clip(
    clip: AudioClip, transcriber: Transcriber, detector: VoiceDetector, judge: Judge
) -> Understood:
    """Return the first command in a recording, or why there is none.

    Raises:
        SpeechError: The recogniser failed.
    """
    understood = Understood("", 0.0, NOTHING)
    detector.reset()
    for utterance in cut(clip, detector, Cutting()):
        hypotheses = transcriber.transcribe(utterance, judge.vocabulary)
        heard = judge.understand(hypotheses, partial(transcriber.score, utterance))
        if heard.rejected is None:
            return heard
        if heard.rejected != NOTHING:
            understood = heard
    return understood
