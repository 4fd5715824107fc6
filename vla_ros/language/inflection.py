"""Singular and plural of English nouns, the common irregular ones by name."""

from __future__ import annotations

from vla_ros.language.wording import words

_PLURALS = {
    "knife": "knives",
    "half": "halves",
    "loaf": "loaves",
    "shelf": "shelves",
    "leaf": "leaves",
    "mouse": "mice",
    "die": "dice",
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "foot": "feet",
    "tooth": "teeth",
    "goose": "geese",
    "battery": "batteries",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "mango": "mangoes",
    "bus": "buses",
    "gas": "gases",
    "lens": "lenses",
    "cactus": "cactuses",
    "axe": "axes",
    "cookie": "cookies",
    "tie": "ties",
    "shoe": "shoes",
    "toe": "toes",
    "cache": "caches",
    "brioche": "brioches",
    "quiche": "quiches",
    "vase": "vases",
    "case": "cases",
    "suitcase": "suitcases",
    "pencilcase": "pencilcases",
    "base": "bases",
    "cheese": "cheeses",
    "purse": "purses",
    "horse": "horses",
    "house": "houses",
    "hose": "hoses",
    "rose": "roses",
    "nose": "noses",
    "eraser": "erasers",
    "prize": "prizes",
    "size": "sizes",
    "canvas": "canvases",
    "atlas": "atlases",
    "compass": "compasses",
}
_SINGULARS = {plural: singular for singular, plural in _PLURALS.items()}
_ALWAYS_PLURAL = words(
    "scissors pliers tongs tweezers glasses sunglasses goggles headphones earphones pants jeans "
    "trousers shorts binoculars cards crisps fries noodles cheerios lays"
)
_NO_PLURAL = words("fish sheep series species lego cutlery fruit")
_HISSING = ("s", "x", "z", "ch", "sh")
_VOWELS = "aeiou"


def plural(noun: str) -> str:
    """Return the plural of a singular noun."""
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun in _ALWAYS_PLURAL or noun in _NO_PLURAL:
        return noun
    if noun.endswith(_HISSING):
        return noun + "es"
    if len(noun) > 1 and noun.endswith("y") and noun[-2] not in _VOWELS:
        return noun[:-1] + "ies"
    return noun + "s"


def is_plural(noun: str) -> bool:
    """Return whether a noun is a plural that has a singular ("cubes", not "scissors")."""
    return singular(noun) != noun


def singular(noun: str) -> str:
    """Return the singular of a noun; a singular stays as it is ("glass", "bus", "scissors")."""
    if noun in _SINGULARS:
        return _SINGULARS[noun]
    if noun in _PLURALS or noun in _ALWAYS_PLURAL or noun in _NO_PLURAL:
        return noun
    if len(noun) < 4 or not noun.endswith("s") or noun.endswith(("ss", "us", "is")):
        return noun
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith("es") and noun[:-2].endswith(_HISSING):
        return noun[:-2]
    return noun[:-1]
