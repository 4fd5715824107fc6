"""How clauses begin: politeness, names of the robot, step words, then a verb or a question."""

from __future__ import annotations

from vla_ros.language import lexicon as lex
from vla_ros.language.reader import Reader
from vla_ros.language.spelling import correct_verb
from vla_ros.language.verbs import GERUNDS, OTHER_VERBS, SINGLE_VERBS, VERBS
from vla_ros.language.wording import words

QUESTION_WORDS = words("what where how which who why when whose is are does do can tell did was")
_BEHIND_A_VERB = lex.ARTICLES | lex.PRONOUNS | words("up down at on all every each both to")


def skip_opening(reader: Reader) -> None:
    """Read everything that may stand before a clause's verb and says nothing of the task."""
    while not reader.done:
        before = reader.position
        reader.accept(",")
        reader.accept("and")
        reader.accept("then")
        if not reader.at("do", "not") and not _asks_what_you_see(reader):
            found = reader.accept_phrase(lex.WRAPPERS)
            if found is not None and found[1]:
                _use_infinitive(reader)
        _skip_name(reader)
        _skip_step_number(reader)
        if reader.position == before:
            return


def _asks_what_you_see(reader: Reader) -> bool:
    """Whether "do you see" or "can you see" is the question itself rather than politeness."""
    return reader.peek(1) == "you" and reader.peek(2) in ("see", "know")


def _use_infinitive(reader: Reader) -> None:
    """Replace "picking" by "pick" where a wrapper took a gerund."""
    if reader.peek() in GERUNDS:
        reader.words[reader.position] = GERUNDS[reader.peek()]


def _skip_name(reader: Reader) -> None:
    if reader.peek() in lex.VOCATIVES and (
        reader.peek(1) in (",", "") or reader.peek(1) in SINGLE_VERBS or reader.peek(1) in _CALLS
    ):
        reader.position += 1
    elif reader.at("dear", "robot") or (reader.at("the", "robot") and reader.peek(2) == ","):
        reader.position += 2


_CALLS = QUESTION_WORDS | words("could would will please you i let")


def _skip_step_number(reader: Reader) -> None:
    if reader.peek() in lex.STEP_NUMBERS and (
        reader.peek(1) == "," or reader.peek(1) in SINGLE_VERBS
    ):
        reader.position += 1


def at_clause(reader: Reader) -> bool:
    """Whether a new clause begins here, rather than another thing of a list."""
    start, saved = reader.position, list(reader.words)
    skip_opening(reader)
    skipped = reader.position > start
    result = (
        reader.at_phrase(VERBS)
        or (skipped and reader.peek() in QUESTION_WORDS)
        or reader.peek() in QUESTION_WORDS - words("can")
        or reader.at("do", "not")
        or reader.peek() in ("never", "not")
        or slip_of_verb(reader) is not None
    )
    reader.position, reader.words = start, saved
    return result


def slip_of_verb(reader: Reader) -> str | None:
    """Return the verb that an unknown word was meant to be, judged also by the word behind it."""
    word = reader.peek()
    known = word in SINGLE_VERBS or word in OTHER_VERBS or word in lex.CLOSED
    if known or not word.isalpha() or reader.peek(1) not in _BEHIND_A_VERB:
        return None
    meant = correct_verb(word, SINGLE_VERBS)
    return meant if meant != word else None
