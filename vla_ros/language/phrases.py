"""Phrases and tasks as sentences for people."""

from __future__ import annotations

from vla_ros.language.inflection import plural, singular
from vla_ros.language.lexicon import TABLES, strip_article
from vla_ros.language.referring import read_nouns
from vla_ros.types import Relation, Skill, Task

__all__ = ["as_sentence", "describe_task", "is_table", "plural", "singular", "strip_article"]

_RELATION_WORDS = {
    Relation.IN: "in",
    Relation.ON: "on",
    Relation.NEXT_TO: "next to",
    Relation.LEFT_OF: "to the left of",
    Relation.RIGHT_OF: "to the right of",
    Relation.IN_FRONT_OF: "in front of",
    Relation.BEHIND: "behind",
    Relation.BETWEEN: "between",
}
_DIRECTION_WORDS = {
    Relation.LEFT_OF: "to the left",
    Relation.RIGHT_OF: "to the right",
    Relation.IN_FRONT_OF: "towards me",
    Relation.BEHIND: "away from me",
}
_VERBS = {
    Skill.PICK: "pick up",
    Skill.PLACE: "put",
    Skill.PUT_IN: "put",
    Skill.PUT_ON: "put",
    Skill.STACK: "stack",
    Skill.PUSH: "push",
    Skill.OPEN: "open",
    Skill.CLOSE: "close",
    Skill.POINT_AT: "point at",
    Skill.DESCRIBE: "describe",
}


_STANDING_IN = ("it", "they", "them")


def describe_task(task: Task) -> str:
    """Return a task as the sentence that asks for it ("put the red cube in the bowl").

    Places that describe a thing become relative clauses, so that the sentence has one meaning:
    the parser gives the same task back.
    """
    if task.skill is Skill.HOME:
        return "go home"
    if task.skill is Skill.STOP:
        return "stop"
    if task.skill is Skill.RELEASE:
        return f"let go of {_named(task)}" if task.object else "let go"
    if task.skill is Skill.ASK:
        return _question(task)
    if task.skill is Skill.DESCRIBE and task.object is None:
        return "describe the scene"
    verb = _VERBS[task.skill]
    if task.skill is Skill.PLACE and task.destination is None:
        verb = "put down"
    return " ".join(part for part in (verb, _named(task), _where(task)) if part)


def as_sentence(text: str) -> str:
    """Return a text with a capital and a full stop."""
    text = text.strip()
    if not text:
        return ""
    ended = text if text[-1] in ".!?" else text + "."
    return ended[0].upper() + ended[1:]


def is_table(phrase: str) -> bool:
    """Return whether a destination phrase means the table itself."""
    return strip_article(phrase).lower() in TABLES


def _question(task: Task) -> str:
    """Return a question as it was asked, with the name of what "it" stood for."""
    if task.question is None:
        return f"where is {_named(task)}"
    named = task.object or task.destination
    words = task.question.split()
    if named is None:
        return task.question
    return " ".join(f"the {named}" if word in _STANDING_IN else word for word in words)


def _named(task: Task) -> str:
    if task.object is None:
        return "it"
    many = isinstance(task.count, int) and task.count > 1
    nouns = read_nouns(task.object)
    phrase = nouns[0].render(explicit=True, many=many) if len(nouns) == 1 else task.object
    if task.count == "all":
        return f"every {phrase}"
    return f"the {phrase}" if task.count is None else f"{task.count} {phrase}"


def _where(task: Task) -> str:
    if task.relation is None:
        return ""
    if task.destination is None:
        return _DIRECTION_WORDS.get(task.relation, "")
    return f"{_RELATION_WORDS[task.relation]} {_places(task.destination)}"


def _places(destination: str) -> str:
    if destination.startswith("two "):
        return f"the {destination}"
    nouns = read_nouns(destination)
    if not nouns:
        return f"the {destination}"
    return " and ".join(f"the {noun.render(explicit=True)}" for noun in nouns)
