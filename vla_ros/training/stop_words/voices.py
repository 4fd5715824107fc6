"""Who speaks in training: many voices of espeak-ng, and some of flite and festival.

The voices of the suite "speech" stay out, but for three, so that its figures are of voices that
were never heard; which three, the model's card says.
"""

from __future__ import annotations

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

VOICES: tuple[tuple[str, str, int], ...] = (
    *(
        ("espeak", f"{_ACCENTS[number % len(_ACCENTS)]}+{variant}", 1)
        for number, variant in enumerate(_VARIANTS)
    ),
    ("flite", "awb", 6),
    ("flite", "rms", 6),
    ("festival", "ked_diphone", 6),
)
"""Engine, name, and how many times as much as the others it says."""
