"""What is said in the suite "speech", as sound, one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vla_ros.speech.audio import AudioClip
from vla_ros.speech.voices import Voice

_AT_ONCE = 24


def spoken(lines: Sequence[tuple[Voice, str]]) -> Iterator[AudioClip]:
    """Yield each line spoken; what one voice says next is made ahead, some lines at once.

    Raises:
        SpeechError: A voice failed.
    """
    made: dict[int, AudioClip] = {}
    for number, (voice, _) in enumerate(lines):
        if number not in made:
            later = range(number, len(lines))
            same = [index for index in later if lines[index][0] == voice][:_AT_ONCE]
            clips = voice.speak_all([lines[index][1] for index in same])
            made.update(zip(same, clips, strict=True))
        yield made.pop(number)
