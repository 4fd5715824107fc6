"""Which objects a scene must have so that an instruction makes sense in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vla_ros.language.referring import ReferringExpression, atoms, parse_anchors, parse_referring
from vla_ros.sim.materials import COLORS
from vla_ros.sim.objects import CATALOGUE
from vla_ros.types import Task

MOST_OBJECTS = 8


def wished_objects(tasks: Iterable[Task]) -> tuple[tuple[str, str], ...]:
    """Return (kind, colour or "" for any) of what the tasks name and the catalogue has.

    What the catalogue doesn't have stays out: asking for it is a fair thing to refuse.
    """
    wished: dict[str, tuple[str, str]] = {}
    for task in tasks:
        several = 3 if task.count == "all" else task.count or 1
        for place, phrase in enumerate(_phrases(task)):
            found = _kind_and_color(phrase)
            if found is not None:
                copies = several if place == 0 else 1
                wished.update({f"{phrase} {copy}": found for copy in range(copies)})
    return tuple(wished.values())[:MOST_OBJECTS]


def _phrases(task: Task) -> Iterator[str]:
    expressions: list[ReferringExpression] = []
    if task.object is not None:
        expressions.append(parse_referring(task.object))
    if task.destination is not None:
        expressions.extend(parse_anchors(task.destination))
    for expression in expressions:
        yield from atoms(expression)


def _kind_and_color(phrase: str) -> tuple[str, str] | None:
    words = phrase.lower().split()
    color = next((word for word in words if word in COLORS), "")
    rest = " ".join(word for word in words if word != color)
    for kind in CATALOGUE.values():
        if any(rest == noun or rest.endswith(f" {noun}") for noun in kind.nouns):
            return kind.name, color if color in kind.colors else ""
    return None
