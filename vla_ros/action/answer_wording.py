"""Words for answers: lists, numbers of things, places and sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vla_ros.action.wording import counted, many, number_word
from vla_ros.types import Relation, Target

_PLACES = {
    Relation.IN: "in",
    Relation.ON: "on",
    Relation.NEXT_TO: "next to",
    Relation.LEFT_OF: "to the left of",
    Relation.RIGHT_OF: "to the right of",
    Relation.IN_FRONT_OF: "in front of",
    Relation.BEHIND: "behind",
    Relation.BETWEEN: "between",
}


def listed(parts: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def there_are(phrase: str, count: int) -> str:
    """Return "there is one can", "there are three cans" or "there are no cans"."""
    return f"there {'is' if count == 1 else 'are'} {counted(phrase, count)}"


def how_many_of(found: int, of: int, phrase: str) -> str:
    """Return "both red cubes", "all three cans", "one of the two mugs" or "none of the cups"."""
    if found == of:
        return f"both {many(phrase)}" if of == 2 else f"all {number_word(of)} {many(phrase)}"
    share = "none" if found == 0 else number_word(found)
    return f"{share} of the {counted(phrase, of)}"


def place_of(relation: Relation | None, destination: str) -> str:
    """Return "in the bowl"."""
    return f"{_PLACES[relation or Relation.NEXT_TO]} the {destination}"


def size_words(target: Target, which: str) -> str:
    """Return a thing's size in whole centimetres, or what was asked for of it.

    Args:
        target: The thing.
        which: "tall", "high", "wide" or "long"; anything else for all three.
    """
    length, width = sorted((float(side) for side in target.extent_m[:2]), reverse=True)
    height = float(target.extent_m[2])
    if which in ("tall", "high"):
        return f"about {_cm(height)} cm high"
    if which == "wide":
        return f"about {_cm(width)} cm wide"
    if which == "long":
        return f"about {_cm(length)} cm long"
    return f"about {_cm(length)} by {_cm(width)} cm wide and {_cm(height)} cm high"


def _cm(length_m: float) -> int:
    return max(1, int(np.round(100.0 * length_m)))
