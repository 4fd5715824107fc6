"""Who speaks in training: natural voices of kokoro, many of espeak-ng, two of flite.

The voices of the suite "speech" stay out, but for flite's awb and rms, so that its figures are of
voices that were never heard. Of kokoro's, eight more stay out: af_sky, am_eric, bf_lily and
bm_lewis for choosing among trainings; af_bella, am_michael, bf_emma and bm_george for the suite.
"""

from __future__ import annotations

from pathlib import Path

from vla_ros.speech.voices import create_voice

_ACCENTS = (
    "en-us", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-029", "en-us-nyc",
    "en-gb-x-gbcwmd",
)  # fmt: skip
_VARIANTS = (
    "Alex", "Alicia", "Andrea", "Andy", "Annie", "Denis", "Diogo", "Gene", "Gene2", "Henrique",
    "Hugo", "Jacky", "Lee", "Marco", "Mario", "Michael", "Mike", "Nguyen", "adam", "anika",
    "announcer", "antonio", "aunty", "belinda", "benjamin", "boris", "caleb", "croak", "david",
    "ed", "edward", "f1", "f2", "f4", "f5", "grandma", "grandpa", "iven", "john", "klatt",
    "klatt2", "klatt4", "linda", "m1", "m2", "m3", "m4", "m5", "m7", "max", "miguel", "norbert",
    "paul", "quincy", "rob", "robert", "sandro", "shelby", "steph", "travis", "victor", "zac",
)  # fmt: skip

_NATURAL = (
    "af_alloy", "af_aoede", "af_heart", "af_jessica", "af_kore", "af_nicole", "af_nova",
    "af_river", "af_sarah", "am_adam", "am_echo", "am_fenrir", "am_liam", "am_onyx", "am_puck",
    "am_santa", "bf_alice", "bf_isabella", "bm_daniel", "bm_fable",
    # People whose first language is another.
    "ef_dora", "em_alex", "ff_siwis", "hf_alpha", "hm_omega", "if_sara", "im_nicola", "jf_alpha",
    "jm_kumo", "pf_dora", "zf_xiaoxiao", "zm_yunxi",
)  # fmt: skip

VOICES: tuple[tuple[str, str, float], ...] = (
    *(
        ("espeak", f"{_ACCENTS[number % len(_ACCENTS)]}+{variant}", 1)
        for number, variant in enumerate(_VARIANTS)
    ),
    ("flite", "awb", 6),
    ("flite", "rms", 6),
)
"""Engine, name, and how many times as much as the others it says."""


def natural_voices(folder: Path) -> tuple[tuple[str, str, float], ...]:
    """Return the voices of kokoro, whose model and voices lie in a folder.

    Args:
        folder: As `vla_ros.speech.kokoro.kokoro_files` says.

    Raises:
        ConfigError: The folder lacks them, or kokoro-onnx is not installed.
    """
    create_voice("kokoro", f"{folder.resolve()}#{_NATURAL[0]}")
    return tuple(("kokoro", f"{folder.resolve()}#{name}", 0.4) for name in _NATURAL)
