"""Simple phrases, which things they name, and which a person might also take them to mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from vla_ros.evaluation.grounding.things import Thing, Things
from vla_ros.evaluation.language.scenes import CONFUSED_COLORS
from vla_ros.sim.materials import COLORS, color_words
from vla_ros.sim.objects import CATALOGUE

GENERIC_NOUNS = ("thing", "object", "item")
_UNSAID_CATEGORIES = ("cleaning",)
CATEGORIES = tuple(
    sorted({c for kind in CATALOGUE.values() for c in kind.categories} - {*_UNSAID_CATEGORIES})
)

_SAME_WORD = (
    frozenset({"mug", "cup"}),
    frozenset({"box", "carton"}),
    frozenset({"box", "drawer"}),
    frozenset({"box", "cube", "brick"}),
    frozenset({"can", "jar"}),
    frozenset({"cylinder", "can", "jar", "cup"}),
)
"""Kinds whose words overlap: a carton is a box, a can is a cylinder; people would accept either."""

_WIDER_CATEGORIES: dict[str, frozenset[str]] = {
    "container": frozenset({"box", "carton", "jar", "bottle", "can", "drawer", "plate", "tape"}),
    "dish": frozenset({"tray", "basket"}),
    "drink": frozenset({"jar", "mug", "cup"}),
    "food": frozenset({"bottle"}),
    "tool": frozenset({"marker", "spoon", "tape"}),
    "toy": frozenset({"box", "tape"}),
    "cutlery": frozenset({"screwdriver"}),
    "stationery": frozenset({"box"}),
    "fruit": frozenset({"carrot"}),
    "vegetable": frozenset({"pear", "apple", "lemon", "banana"}),
}
"""Kinds that a category's word may also cover, though the catalogue does not say so."""


@dataclass(frozen=True, slots=True)
class Words:
    """A noun, category or generic noun, with or without a colour word.

    Attributes:
        noun: "mug", "fruit", "thing".
        color: "red", or None.
    """

    noun: str
    color: str | None = None

    def text(self) -> str:
        """Return it as it is said."""
        return f"{self.color} {self.noun}" if self.color else self.noun

    def names(self, thing: Thing) -> bool:
        """Whether it names a thing by the catalogue's words."""
        noun = self.noun in (*GENERIC_NOUNS, *thing.nouns, *thing.categories)
        return noun and (self.color is None or self.color in thing.colors)

    def may_name(self, thing: Thing) -> bool:
        """Whether a person may take it to name a thing: other words for a kind included."""
        return self._noun_may_name(thing) and (
            self.color is None
            or any(c == self.color or c.endswith(" " + self.color) for c in thing.colors)
        )

    def is_near(self, thing: Thing) -> bool:
        """Whether it may name a thing for somebody who sees colours otherwise."""
        if not self._noun_may_name(thing) or self.color is None:
            return False
        pair = frozenset({plain_color(self.color), thing.truth.color})
        return pair in CONFUSED_COLORS

    def _noun_may_name(self, thing: Thing) -> bool:
        if self.noun in (*GENERIC_NOUNS, *thing.nouns, *thing.categories):
            return True
        return thing.kind in _kinds_meant(self.noun)


@cache
def _kinds_meant(noun: str) -> frozenset[str]:
    """Return the kinds that a person may take a noun or category to mean."""
    named = {kind.name for kind in CATALOGUE.values() if noun in kind.nouns}
    alike = [group for group in _SAME_WORD if named & group]
    return frozenset(named).union(_WIDER_CATEGORIES.get(noun, ()), *alike)


def plain_color(word: str) -> str:
    """Return the plainest word of the colour that a word means."""
    return next((color for color in COLORS if word in color_words(color)), word)


def named(words: Words, things: Things) -> tuple[str, ...]:
    """Return the names of what words name, by the catalogue."""
    return tuple(name for name, thing in things.items() if words.names(thing))


def is_clear(words: Words, things: Things) -> bool:
    """Whether what words name is all that a person may take them to name, and is seen clearly."""
    meant = named(words, things)
    return all(things[name].clear for name in meant) and meant == tuple(
        name for name, thing in things.items() if words.may_name(thing)
    )


def means_nothing(words: Words, things: Things) -> bool:
    """Whether nobody could take words to name anything that is there."""
    return not any(words.may_name(thing) for thing in things.values())
