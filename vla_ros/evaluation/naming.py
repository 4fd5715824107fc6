"""Phrases that name one object of a scene and no other, judged from ground truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vla_ros.sim.environment import ObjectTruth

Truths = Mapping[str, ObjectTruth]

_ALIKE = (
    frozenset({"mug", "cup"}),
    frozenset({"box", "carton", "package"}),
    frozenset({"cube", "brick", "box"}),
    frozenset({"can", "jar", "cylinder"}),
    frozenset({"can", "cup", "cylinder"}),
    frozenset({"bowl", "basket", "tray"}),
    frozenset({"bowl", "plate"}),
    frozenset({"apple", "ball"}),
    frozenset({"screwdriver", "marker"}),
    frozenset({"drawer", "box"}),
)
"""Kinds that people mix up: an instruction must not hang on the difference."""


def names_meant(phrase: str, truths: Truths) -> tuple[str, ...]:
    """Return the names of the objects that a simple phrase may mean.

    "Blue cube" may also mean what is called "light blue cube".
    """
    return tuple(
        name
        for name, thing in truths.items()
        if any(p == phrase or p.endswith(" " + phrase) for p in thing.phrases)
    )


def might_be_meant(phrase: str, thing: ObjectTruth, truths: Truths) -> tuple[str, ...]:
    """Return the names that a phrase for `thing` may mean, kinds that are mixed up included."""
    meant = set(names_meant(phrase, truths))
    colored = phrase not in _nouns(thing)
    for name, other in truths.items():
        alike = any(thing.kind in group and other.kind in group for group in _ALIKE)
        if alike and (other.color == thing.color or not colored):
            meant.add(name)
    return tuple(name for name in truths if name in meant)


def unique_phrases(name: str, truths: Truths) -> tuple[str, ...]:
    """Return the simple phrases that mean this object alone, the plainest first."""
    thing = truths[name]
    return tuple(p for p in thing.phrases if might_be_meant(p, thing, truths) == (name,))


def shared_phrases(truths: Truths, fewest: int = 2) -> dict[str, tuple[str, ...]]:
    """Return the simple phrases that mean several objects of one kind and no others, with names.

    Each of them is called exactly so: whether a light blue sponge is the second blue one, people
    may differ.
    """
    found: dict[str, tuple[str, ...]] = {}
    for thing in truths.values():
        for phrase in thing.phrases:
            meant = might_be_meant(phrase, thing, truths)
            exact = all(phrase in truths[name].phrases for name in meant)
            alike = len({truths[name].kind for name in meant}) == 1
            if len(meant) >= fewest and alike and exact:
                found[phrase] = meant
    return found


def _nouns(thing: ObjectTruth) -> Sequence[str]:
    """Return the phrases of a thing that say nothing of its colour."""
    return [p for p in thing.phrases if not any(p.endswith(" " + q) for q in thing.phrases)]
