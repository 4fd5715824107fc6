"""What may be said of the things on the table: their names and colours, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from vla_ros.language.lexicon import ADJECTIVES, COLORS, strip_article
from vla_ros.language.reader import tokenize
from vla_ros.language.wording import phrases

DEFAULT_NOUNS = tuple(
    " ".join(name)
    for name in phrases(
        "apple|ball|banana|basket|block|book|bottle|bowl|box|brick|cabinet|can|carrot|carton|"
        "coffee mug|cube|cup|cylinder|drawer|drawer unit|hammer|jar|juice carton|lemon|marker|"
        "milk carton|mug|notebook|package|pear|pen|plate|roll of tape|screwdriver|spanner|sphere|"
        "sponge|spoon|tape|tape roll|tin|tin can|toy brick|tray|tumbler|wrench"
    )
)
"""What the default detector knows."""

DEFAULT_COLORS = tuple(
    color
    for (color,) in phrases("red|orange|yellow|green|blue|cyan|purple|pink|brown|black|gray|white")
)

_MAX_NOUNS = 500
_MAX_WORDS = 6


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names of things, for the recogniser's grammar and for judging what was heard.

    Attributes:
        nouns: What things are called, without article and colour ("milk carton").
        colors: Colour words.
        wake_word: What the robot is called.
    """

    nouns: tuple[str, ...] = DEFAULT_NOUNS
    colors: tuple[str, ...] = DEFAULT_COLORS
    wake_word: str = "robot"

    def with_things(self, seen: Iterable[str]) -> Vocabulary:
        """Return one that also knows phrases of things that were seen ("green teapot")."""
        nouns = [noun for noun in map(noun_of, seen) if noun]
        return replace(self, nouns=tuple(dict.fromkeys((*self.nouns, *nouns)))[:_MAX_NOUNS])

    def knows(self, phrase: str) -> bool:
        """Return whether the last words of a phrase are a known name."""
        noun = noun_of(phrase)
        return any(noun == known or noun.endswith(f" {known}") for known in self.nouns)

    def names(self, phrase: str) -> bool:
        """Return whether a phrase is a known name, described by nothing but known words."""
        return noun_of(phrase) in self.nouns


def noun_of(phrase: str) -> str:
    """Return the name in a phrase, without articles and what describes ("the big red cube")."""
    words = [word for word in tokenize(strip_article(phrase)) if word.isalpha()]
    while len(words) > 1 and (words[0] in COLORS or words[0] in ADJECTIVES):
        words.pop(0)
    return " ".join(words[:_MAX_WORDS])
