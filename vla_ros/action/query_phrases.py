"""What must be looked for to answer a question."""

from __future__ import annotations

from collections.abc import Sequence

from vla_ros.action.scene import destination_phrases, plain_phrase
from vla_ros.language.lexicon import COLORS, CONTAINERS
from vla_ros.language.phrases import is_table
from vla_ros.params import PipelineParams
from vla_ros.types import Query, QueryKind, Skill, Task

_GENERIC = frozenset({"thing", "object", "item"})
_SUPPORTS = CONTAINERS | {"plate", "dish", "saucer"}


def query_of(task: Task) -> Query:
    """Return what a question wants to know; where no parser said it, what its parts suggest."""
    if task.query is not None:
        return task.query
    if task.object is None:
        return Query(QueryKind.WHAT_AT if task.destination is not None else QueryKind.EXISTS)
    if task.destination is not None:
        return Query(QueryKind.IS_AT)
    return Query(QueryKind.WHERE if task.count is None else QueryKind.COUNT)


def question_phrases(task: Task, params: PipelineParams) -> tuple[str, ...]:
    """Return the phrases to look for to answer a question, each once.

    Args:
        task: The question: ASK or DESCRIBE.
        params: What is known by name.
    """
    if task.object is None or is_table(task.object) or is_generic(task.object):
        return _unique((*place_phrases(task), *params.known_phrases))
    query = query_of(task)
    phrases = [task.object, *place_phrases(task)]
    if task.skill is Skill.ASK and query.kind is QueryKind.WHERE:
        phrases += holders(params)
    if asks_for_color(query):
        phrases += color_phrases(task.object, query, params)
    if query.kind is QueryKind.STATE and query.word in ("empty", "full"):
        phrases += params.known_phrases
    return _unique(phrases)


def place_phrases(task: Task) -> tuple[str, ...]:
    """Return the phrases of the place that a question names."""
    return destination_phrases(task)


def holders(params: PipelineParams) -> list[str]:
    """Return what is known to hold other things, in it or on it."""
    return [phrase for phrase in params.known_phrases if phrase.split()[-1] in _SUPPORTS]


def is_generic(phrase: str) -> bool:
    """Whether a phrase names no kind of thing ("thing")."""
    return phrase in _GENERIC


def asks_for_color(query: Query) -> bool:
    """Whether a question is about colours."""
    return query.kind is QueryKind.COLOR or (query.kind is QueryKind.STATE and query.word in COLORS)


def color_phrases(phrase: str, query: Query, params: PipelineParams) -> list[str]:
    """Return the phrases that tell a thing's colour: its name with each colour before it."""
    words = plain_phrase(phrase).split()
    name = " ".join(word for word in words if word not in COLORS) or "thing"
    asked = (query.word,) if query.word else ()
    return [f"{color} {name}" for color in _unique((*params.known_colors, *asked))]


def _unique(phrases: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(phrases))
