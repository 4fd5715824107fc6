"""The grammar of questions about the scene."""

from __future__ import annotations

from dataclasses import replace

from vla_ros.language import lexicon as lex
from vla_ros.language.destinations import described
from vla_ros.language.noun_grammar import read_anything, read_bare_noun
from vla_ros.language.noun_phrase import NounPhrase
from vla_ros.language.openings import QUESTION_WORDS
from vla_ros.language.places import read_place, read_places
from vla_ros.language.reader import PhraseTable, Reader
from vla_ros.language.steps import Conjunct, Step, Thing
from vla_ros.language.verdicts import NotUnderstood
from vla_ros.language.wording import phrases, words
from vla_ros.types import Skill

_SEEING = PhraseTable(
    dict.fromkeys(
        phrases(
            "what do you see|what can you see|what is there|what is here|what is visible|"
            "what are you seeing|what is in front of you|what objects do you see|"
            "what things do you see|what objects can you see|what objects are there|"
            "what things are there|what you see|what you can see"
        ),
        True,
    )
)
_PROPERTIES = words("color colors size shape material")
_STATES = lex.STATES | words("empty full upright") | lex.COLORS | lex.LARGE_SIZES | lex.SMALL_SIZES
_EXTENTS = words("big large tall high wide")
_IS = words("is are")
_CAN_SEE = ("can", "you", "see")


def at_question(reader: Reader) -> bool:
    """Whether a question comes next, rather than a request in a question's form."""
    if reader.peek() == "can":
        return reader.at("can", "you", "see")
    if reader.peek() in ("do", "does", "did"):
        return reader.at("do", "you", "see")
    return reader.peek() in QUESTION_WORDS - words("tell") or reader.at("tell", "me")


def read_question(reader: Reader) -> Step:
    """Read a question up to its end and return what it asks.

    Raises:
        NotUnderstood: It asks for something that can't be seen on the table.
        NeedsAnswer: It may mean several things.
    """
    reader.accept("tell", "me")
    start = reader.position
    if reader.accept_phrase(_SEEING) is not None:
        reader.accept("on", "the", "table")
        return Step(Skill.DESCRIBE)
    step = (
        _where(reader)
        or _how_many(reader)
        or _property(reader)
        or _what_is_at(reader)
        or _exists(reader)
        or _is_it(reader)
    )
    if step is None:
        raise NotUnderstood(
            f"I can't answer '{reader.rest}': ask where something is, how many there are, "
            "what color it is or what is somewhere"
        )
    question = " ".join(reader.words[start : reader.position])
    return Step(step.skill, step.thing, step.relation, step.anchors, question)


def _where(reader: Reader) -> Step | None:
    if not reader.accept("where"):
        return None
    first = reader.accept_one_of(_IS)
    thing = _read_thing(reader)
    if not first and not reader.accept_one_of(_IS):
        raise NotUnderstood("I don't understand what is asked: say 'where is ...?'")
    reader.accept("now")
    return Step(Skill.ASK, thing)


def _read_thing(reader: Reader) -> Thing:
    """Read a thing with all its places; "on the table" says nothing and is left out."""
    return described(Conjunct(read_anything(reader), read_places(reader)))


def _how_many(reader: Reader) -> Step | None:
    if not reader.accept("how", "many"):
        return None
    noun = read_bare_noun(reader)
    if reader.accept_one_of(_IS) or reader.accept("do", "you", "see") or reader.accept(*_CAN_SEE):
        reader.accept("there")
    return Step(Skill.ASK, described(Conjunct(replace(noun, count="all"), read_places(reader))))


def _property(reader: Reader) -> Step | None:
    start = reader.position
    if reader.accept("what") or reader.accept("which"):
        reader.accept_one_of(_IS)
        reader.accept("the")
        if reader.accept_one_of(_PROPERTIES):
            if reader.accept("of") or reader.accept_one_of(_IS):
                return Step(Skill.ASK, _read_thing(reader))
            noun = _read_thing(reader)
            if reader.accept_one_of(_IS):
                return Step(Skill.ASK, noun)
    elif reader.accept("how") and reader.accept_one_of(_EXTENTS) and reader.accept_one_of(_IS):
        return Step(Skill.ASK, _read_thing(reader))
    reader.position = start
    return None


def _what_is_at(reader: Reader) -> Step | None:
    """Read "what is in the bowl", "what objects are behind the mug", "which things are on it"."""
    start = reader.position
    if reader.accept("what") or reader.accept("which"):
        reader.accept_one_of(words("objects object things thing items item else"))
        reader.accept_one_of(_IS)
        place = read_place(reader)
        if place is not None and place.relation is not None:
            return Step(Skill.ASK, None, place.relation, place.anchors)
    reader.position = start
    return None


def _exists(reader: Reader) -> Step | None:
    """Read "is there a mug on the table", "do you see any cans"."""
    opened = (
        reader.accept("is", "there")
        or reader.accept("are", "there")
        or reader.accept("do", "you", "see")
        or reader.accept(*_CAN_SEE)
    )
    if not opened:
        return None
    if reader.accept_one_of(words("anything something")):
        place = read_place(reader)
        return None if place is None else Step(Skill.ASK, None, place.relation, place.anchors)
    thing = _read_thing(reader)
    return Step(Skill.ASK, replace(thing, count=None) if isinstance(thing, NounPhrase) else thing)


def _is_it(reader: Reader) -> Step | None:
    """Read "is the bowl empty", "are the cubes in the bowl", "is the mug left of the can"."""
    if not reader.accept_one_of(_IS):
        return None
    thing, places = read_anything(reader), read_places(reader)
    if reader.accept_one_of(_STATES):
        return Step(Skill.ASK, described(Conjunct(thing, places)))
    if isinstance(thing, NounPhrase) and len(thing.head) > 1 and thing.head[-1] in lex.COLORS:
        return Step(Skill.ASK, described(Conjunct(replace(thing, head=thing.head[:-1]), places)))
    if not places:
        raise NotUnderstood("I don't understand what is asked about it")
    last = places[-1]
    return Step(Skill.ASK, described(Conjunct(thing, places[:-1])), last.relation, last.anchors)
