"""A language model behind the grammar: it puts into simple words what the grammar cannot read.

The grammar has the first and the last word. What it understands never reaches a model. Where it
gives up, the model writes steps; each becomes the plain English command for that step, and only
what the grammar makes of this command counts. So a model can choose among the tasks that a person
could have asked for in plain words, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vla_ros.errors import ConfigError, ModelError
from vla_ros.language import lexicon
from vla_ros.language.phrases import describe_task
from vla_ros.language.reader import tokenize
from vla_ros.language.rule_parser import MAX_CHARACTERS, RuleParser
from vla_ros.language.wording import words
from vla_ros.types import Parse, Relation, Skill, Task
from vla_ros.vlm import strict_json
from vla_ros.vlm.model import Request, VisionLanguageModel
from vla_ros.vlm.prompts import plain, prompt
from vla_ros.vlm.reply_forms import (
    ASKABLE_SKILLS,
    MAX_COUNT,
    MAX_PHRASE,
    MAX_REASON,
    MAX_STEPS,
    tasks_form,
)

MAX_SCENE = 40
_STEP = ("skill", "object", "destination", "relation", "count", "question")
_PLACING = frozenset({Skill.PLACE, Skill.PUT_IN, Skill.PUT_ON, Skill.STACK})
_ASKING = frozenset({Skill.ASK, Skill.DESCRIBE})
_FOREIGN_NEGATIONS = words("nicht kein keine keinen nie pas jamais nunca non mai niet geen nao não")
_NEVER_ASKED = lexicon.CONDITIONS | lexicon.NEGATIONS | _FOREIGN_NEGATIONS | {"or", "dont"}


class VlmParser:
    """An InstructionParser: the grammar, and a model for what the grammar cannot read."""

    def __init__(self, model: VisionLanguageModel) -> None:
        """Take a model; it is shown no picture.

        Raises:
            ConfigError: Its family follows no instructions.
        """
        if not model.dialect.chat:
            raise ConfigError(
                f"models of the family '{model.dialect.name}' hold no conversation: choose one of "
                "another family as parser_model"
            )
        self._model = model
        self._rules = RuleParser()

    def parse(self, text: str, scene: Sequence[str] = ()) -> Parse:
        """Return what the text asks for, as InstructionParser says; a failing model refuses.

        A refusal of the grammar stands without asking the model where the text is too long,
        forbids something, has a condition or an alternative: a model that misses the "not" would
        do the opposite.
        """
        by_rules = self._rules.parse(text, scene)
        if by_rules.refusal is None or not _worth_asking(text):
            return by_rules
        try:
            return self._by_model(text, scene)
        except ModelError as error:
            return Parse(refusal=f"{by_rules.refusal} (and the language model: {error})")

    def _by_model(self, text: str, scene: Sequence[str]) -> Parse:
        seen = ", ".join(f"({plain(name, MAX_PHRASE)})" for name in scene[:MAX_SCENE])
        request = Request(
            prompt("parse", text=text, scene=seen or "not known"),
            tasks_form(),
            system=prompt("system") if self._model.dialect.chat else "",
        )
        reply = strict_json.fields(
            strict_json.read(self._model.ask(request).text), ("steps", "refusal")
        )
        steps = strict_json.items(reply["steps"], MAX_STEPS)
        refusal = _text_or_none(reply["refusal"], MAX_REASON)
        if refusal is not None or not steps:
            return Parse(refusal=plain(refusal or "") or "I don't understand that")
        tasks: list[Task] = []
        for step in steps:
            understood = self._checked(_task(step), scene)
            if isinstance(understood, Parse):
                return understood
            tasks.append(understood)
        return Parse(tasks=tuple(tasks))

    def _checked(self, task: Task, scene: Sequence[str]) -> Task | Parse:
        """Return what the grammar makes of a step, or why it is refused."""
        command = describe_task(task)
        by_rules = self._rules.parse(command, scene)
        if len(by_rules.tasks) == 1 and _same_kind(by_rules.tasks[0].skill, task.skill):
            return by_rules.tasks[0]
        if by_rules.question is not None:
            return Parse(question=by_rules.question)
        return Parse(refusal=f"I took it for '{command}', which I can't do")


def _same_kind(first: Skill, second: Skill) -> bool:
    """Whether two skills are one, or names of the same act that the relation tells apart."""
    kinds = (_PLACING, _ASKING)
    return first is second or any(first in kind and second in kind for kind in kinds)


def _worth_asking(text: str) -> bool:
    if len(text) > MAX_CHARACTERS or not any(c.isalpha() for c in text):
        return False
    return _NEVER_ASKED.isdisjoint(tokenize(text))


def _task(value: Any) -> Task:
    """Return a step of a reply as a task.

    Raises:
        ModelError: It is not of the form that was asked for.
    """
    step = strict_json.fields(value, _STEP)
    return Task(
        skill=Skill(_one_of(step["skill"], [skill.value for skill in ASKABLE_SKILLS])),
        object=_phrase(step["object"]),
        destination=_phrase(step["destination"]),
        relation=None
        if step["relation"] is None
        else Relation(_one_of(step["relation"], [relation.value for relation in Relation])),
        count=_count(step["count"]),
        question=_phrase(step["question"], MAX_REASON),
    )


def _one_of(value: Any, known: Sequence[str]) -> str:
    word = strict_json.words(value, MAX_PHRASE)
    if word not in known:
        raise ModelError(f"the model wrote '{strict_json.excerpt(word)}', which is none of {known}")
    return word


def _phrase(value: Any, most: int = MAX_PHRASE) -> str | None:
    text = _text_or_none(value, most)
    if text is None:
        return None
    phrase = lexicon.strip_article(plain(text, most))
    if not phrase:
        raise ModelError("the model wrote an empty phrase")
    return phrase


def _text_or_none(value: Any, most: int) -> str | None:
    return None if value is None else strict_json.words(value, most)


def _count(value: Any) -> Any:
    if value is None or value == "all":
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_COUNT:
        return value
    raise ModelError(f"the model counted {strict_json.excerpt(repr(value))}: 1 to {MAX_COUNT}")
