"""Understands instructions by a grammar of English commands; what it can't, it says."""

from __future__ import annotations

from collections.abc import Sequence

from vla_ros.language import lexicon as lex
from vla_ros.language.clauses import read_clause
from vla_ros.language.discourse import resolve
from vla_ros.language.fillers import without_fillers
from vla_ros.language.openings import skip_opening, slip_of_verb
from vla_ros.language.questions import at_question, read_question
from vla_ros.language.reader import Reader, tokenize
from vla_ros.language.spelling import correct_verb
from vla_ros.language.steps import Step
from vla_ros.language.stop_words import is_stop
from vla_ros.language.verbs import GERUNDS, OTHER_VERBS, SINGLE_VERBS, VERBS, Frame
from vla_ros.language.verdicts import NeedsAnswer, NotUnderstood
from vla_ros.types import Parse, Skill, Task

MAX_CHARACTERS = 500
MAX_TASKS = 12
_ABILITIES = "pick, put, stack, push, open, close, point, look, go home and stop"
_REQUESTS = ("will", "would", "can", "could")
_REPEATABLE = (Frame.TAKE, Frame.PUT, Frame.PUSH, Frame.MOVE, Frame.STACK, Frame.POINT, Frame.DROP)


class RuleParser:
    """An InstructionParser that needs no model: the same words always give the same tasks."""

    def parse(self, text: str, scene: Sequence[str] = ()) -> Parse:
        """Return the tasks a text asks for, or why it is refused, or what to ask back.

        Args:
            text: Anything a person may say or type; never trusted, of any length.
            scene: Phrases of what is known to be on the table; they only tell what "the red one"
                stands for.
        """
        if is_stop(text):
            return Parse(tasks=(Task(Skill.STOP),))
        if len(text) > MAX_CHARACTERS:
            return Parse(
                refusal=f"that is too long: {len(text)} characters, the limit is {MAX_CHARACTERS}"
            )
        try:
            tasks = resolve(_read_instruction(text), scene)
        except NotUnderstood as reason:
            return Parse(refusal=str(reason))
        except NeedsAnswer as question:
            return Parse(question=str(question), about=question.about)
        if len(tasks) > MAX_TASKS:
            return Parse(refusal=f"{len(tasks)} steps are too many: at most {MAX_TASKS} at once")
        return Parse(tasks=tasks)


def _read_instruction(text: str) -> list[list[Step]]:
    words = tokenize(text)
    if all(word in (".", ",") for word in words):
        raise NotUnderstood("there is nothing to do: the instruction is empty")
    clauses: list[list[Step]] = []
    for sentence in _sentences(without_fillers(words)):
        clauses.extend(_read_sentence(sentence))
    if not clauses:
        raise NotUnderstood(f"there is no verb: say what to do, I can {_ABILITIES}")
    return clauses


def _sentences(words: Sequence[str]) -> list[list[str]]:
    sentences: list[list[str]] = [[]]
    for word in words:
        if word == ".":
            sentences.append([])
        else:
            sentences[-1].append(word)
    return [sentence for sentence in sentences if any(word != "," for word in sentence)]


def _read_sentence(words: Sequence[str]) -> list[list[Step]]:
    _refuse_what_no_clause_has(words)
    reader = Reader(_without_ending(words))
    clauses: list[list[Step]] = []
    previous: tuple[Frame, str] | None = None
    while True:
        skip_opening(reader)
        if reader.done:
            if clauses and words[-1] in ("and", "then"):
                raise NotUnderstood(f"something is missing after '{words[-1]}'")
            return clauses
        if clauses and reader.words[reader.position - 1] not in (",", "and", "then"):
            _refuse_rest(reader)
        if at_question(reader):
            clauses.append([read_question(reader)])
            continue
        previous = _read_verb(reader, previous)
        clauses.append(read_clause(reader, *previous))
        if not reader.done and reader.peek() not in (",", "and", "then"):
            _refuse_rest(reader)


def _without_ending(words: Sequence[str]) -> Sequence[str]:
    """Return the words without ", robot" and ", would you" at their end."""
    kept = list(words)
    while len(kept) > 2:
        asked = kept[-1] == "you" and kept[-2] in _REQUESTS
        named = kept[-2] == "," and kept[-1] in lex.VOCATIVES
        if kept[-1] == ",":
            kept.pop()
        elif asked or named:
            del kept[-2:]
        else:
            break
    return kept


def _refuse_what_no_clause_has(words: Sequence[str]) -> None:
    for word in words:
        if word in lex.CONDITIONS:
            raise NotUnderstood(f"I can't follow conditions or exceptions ('{word}')")
    if "or" in words:
        raise NeedsAnswer("Which of them do you want? I can't choose between 'or'.")


def _refuse_rest(reader: Reader) -> None:
    raise NotUnderstood(f"I don't understand '{reader.rest}' here")


def _read_verb(reader: Reader, previous: tuple[Frame, str] | None) -> tuple[Frame, str]:
    """Read a clause's verb; a further thing without a verb repeats the one before it."""
    word = reader.peek()
    if word in ("not", "never") or reader.at("do", "not"):
        raise NotUnderstood("I only understand what to do, not what not to do")
    found = reader.accept_phrase(VERBS)
    if found is None and not _is_known(word):
        slip = slip_of_verb(reader) or correct_verb(word, SINGLE_VERBS)
        if slip != word:
            reader.words[reader.position] = slip
            found = reader.accept_phrase(VERBS)
    if found is not None:
        return found[1], " ".join(found[0])
    starts_thing = word in lex.ARTICLES or word in lex.NUMBERS or word in ("all", "every", "both")
    if previous is not None and previous[0] in _REPEATABLE and starts_thing:
        return previous
    if starts_thing or word in lex.COLORS or word in lex.PRONOUNS:
        raise NotUnderstood(f"there is no verb: say what to do with '{reader.rest}'")
    raise NotUnderstood(f"I don't know how to '{reader.rest}': I can {_ABILITIES}")


def _is_known(word: str) -> bool:
    return (
        word in OTHER_VERBS
        or word in GERUNDS
        or word in lex.CLOSED
        or word in lex.ADJECTIVES
        or word in lex.COLORS
        or word in lex.CONTAINERS
    )
