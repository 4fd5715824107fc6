"""The grammar of questions about the scene."""

from __future__ import annotations

from dataclasses import replace

from vla_ros.language import lexicon as lex
from vla_ros.language.destinations import described
from vla_ros.language.heads import is_noun_word
from vla_ros.language.noun_grammar import read_anything, read_bare_noun
from vla_ros.language.noun_phrase import NounPhrase, Place
from vla_ros.language.openings import QUESTION_WORDS, skip_opening
from vla_ros.language.places import read_place, read_places, single
from vla_ros.language.reader import PhraseTable, Reader, tokenize
from vla_ros.language.steps import Conjunct, Step, Thing
from vla_ros.language.verdicts import NotUnderstood
from vla_ros.language.wording import phrases, words
from vla_ros.types import Query, QueryKind, Relation, Skill

_SEEING = PhraseTable(
    dict.fromkeys(
        phrases(
            "what do you see|what can you see|what is there|what is here|what is visible|"
            "what are you seeing|what is in front of you|what objects do you see|"
            "what things do you see|what objects can you see|what objects are there|"
            "what things are there|what you see|what you can see|what are you looking at"
        ),
        True,
    )
)
_PROPERTIES = words("color colors size shape material height width length")
_STATES = lex.STATES | words("empty full upright") | lex.COLORS | lex.LARGE_SIZES | lex.SMALL_SIZES
_EXTENTS = words("big large tall high wide long")
_MEASURES = {"size": "big", "height": "tall", "width": "wide", "length": "long"}
_IS = words("is are")
_THINGS = words("objects object things thing items item else stuff")
_ANYTHING = words("anything something")
_CAN_SEE = ("can", "you", "see")


def at_question(reader: Reader) -> bool:
    """Whether a question comes next, rather than a request in a question's form."""
    if reader.peek() == "can":
        return reader.at("can", "you", "see")
    if reader.peek() in ("do", "did"):
        return reader.at("do", "you", "see") or reader.at("do", "you", "know")
    if reader.at("show", "me"):
        return reader.peek(2) == "what"
    return reader.peek() in QUESTION_WORDS - words("tell") or reader.at("tell", "me")


def is_question(text: str) -> bool:
    """Whether a text asks something, whether or not the grammar can read it."""
    reader = Reader(tokenize(text))
    skip_opening(reader)
    return text.rstrip().endswith("?") or at_question(reader)


def read_question(reader: Reader) -> Step:
    """Read a question up to its end and return what it asks.

    Raises:
        NotUnderstood: It asks for something that can't be seen on the table.
        NeedsAnswer: It may mean several things.
    """
    reader.accept("tell", "me") or reader.accept("show", "me") or reader.accept("do", "you", "know")
    start = reader.position
    if reader.accept_phrase(_SEEING) is not None:
        reader.accept("on", "the", "table")
        if reader.peek() in ("", ",", "and", "then"):
            return Step(Skill.DESCRIBE)
    place = read_place(reader) if reader.position > start else None
    step = _what_at(place) if place is not None else None
    if step is None:
        reader.position = start
        step = (
            _where(reader)
            or _how_many(reader)
            or _property(reader)
            or _what_is_at(reader)
            or _which(reader)
            or _exists(reader)
            or _contains(reader)
            or _is_it(reader)
        )
    if step is None:
        raise NotUnderstood(
            f"I can't answer '{reader.rest}': ask where something is, how many there are, "
            "what color it is or what is somewhere"
        )
    question = " ".join(reader.words[start : reader.position])
    return replace(step, question=question)


def _ask(
    kind: QueryKind,
    thing: Thing | None,
    word: str = "",
    place: Place | None = None,
) -> Step:
    query = Query(kind, word)
    if place is None:
        return Step(Skill.ASK, thing, query=query)
    return Step(Skill.ASK, thing, place.relation, place.anchors, query=query)


def _what_at(place: Place) -> Step:
    """Return what asks for the things at a place."""
    if place.relation is None:
        raise NotUnderstood("I don't understand where that is: say on, in or next to what")
    return _ask(QueryKind.WHAT_AT, None, place=place)


def _where(reader: Reader) -> Step | None:
    if not reader.accept("where"):
        return None
    first = reader.accept_one_of(_IS)
    thing = _read_thing(reader)
    if not first and not reader.accept_one_of(_IS):
        raise NotUnderstood("I don't understand what is asked: say 'where is ...?'")
    reader.accept("now")
    return _ask(QueryKind.WHERE, thing)


def _read_thing(reader: Reader) -> Thing:
    """Read a thing with all its places; "on the table" says nothing and is left out."""
    return described(Conjunct(read_anything(reader), read_places(reader)))


def _how_many(reader: Reader) -> Step | None:
    if not reader.accept("how", "many"):
        return None
    noun = read_bare_noun(reader)
    if reader.accept_one_of(_IS) or reader.accept("do", "you", "see") or reader.accept(*_CAN_SEE):
        reader.accept("there") or reader.accept("here")
    else:
        reader.accept("there", "are")
    thing = described(Conjunct(replace(noun, count="all"), read_places(reader)))
    return _ask(QueryKind.COUNT, thing)


def _property(reader: Reader) -> Step | None:
    """Read "what color is the mug", "what is the size of the box", "how tall is it"."""
    start = reader.position
    if reader.accept("what") or reader.accept("which"):
        reader.accept_one_of(_IS)
        reader.accept("the")
        word = reader.accept_one_of(_PROPERTIES)
        if word:
            if reader.accept("of") or reader.accept_one_of(_IS):
                thing = _read_thing(reader)
                reader.accept("made", "of")
                return _about(word, thing)
            noun = _read_thing(reader)
            if reader.accept_one_of(_IS):
                return _about(word, noun)
    elif reader.accept("how"):
        word = reader.accept_one_of(_EXTENTS)
        if word and reader.accept_one_of(_IS):
            return _ask(QueryKind.SIZE, _read_thing(reader), word)
    reader.position = start
    return None


def _about(word: str, thing: Thing) -> Step:
    if word in ("color", "colors"):
        return _ask(QueryKind.COLOR, thing)
    if word in _MEASURES:
        return _ask(QueryKind.SIZE, thing, _MEASURES[word])
    return _ask(QueryKind.PROPERTY, thing, word)


def _what_is_at(reader: Reader) -> Step | None:
    """Read "what is in the bowl", "what objects are behind the mug", "which cube is on it"."""
    start = reader.position
    if reader.accept("what") or reader.accept("which"):
        reader.accept_one_of(_THINGS)
        if reader.accept_one_of(words("does do")):
            noun = read_anything(reader)
            if isinstance(noun, NounPhrase) and reader.accept_one_of(words("contain hold")):
                inside = Place(("in",), Relation.IN, (single(noun),))
                return _ask(QueryKind.WHAT_AT, None, place=inside)
        reader.accept_one_of(_IS)
        place = read_place(reader)
        if place is not None:
            return _what_at(place)
    reader.position = start
    return None


def _which(reader: Reader) -> Step | None:
    """Read "which cube is in the bowl" (its color tells) and "which cube is the largest"."""
    start = reader.position
    if reader.accept("which", "one", "is"):
        thing = _read_thing(reader)
        if isinstance(thing, NounPhrase):
            return _ask(QueryKind.WHERE, thing)
        reader.position = start
    if reader.accept("which") and is_noun_word(reader.peek()):
        thing = read_anything(reader)
        if isinstance(thing, NounPhrase) and reader.accept_one_of(_IS):
            places = read_places(reader)
            if places:
                return _ask(QueryKind.COLOR, described(Conjunct(thing, places)))
            reader.accept("the")
            word = reader.accept_one_of(frozenset(lex.SUPERLATIVES))
            if word and thing.superlative is None:
                chosen = replace(thing, before=(word,), superlative=lex.SUPERLATIVES[word])
                return _ask(QueryKind.WHERE, chosen)
    reader.position = start
    return None


def _contains(reader: Reader) -> Step | None:
    """Read "does the bowl contain an apple", "does the bowl have anything in it"."""
    start = reader.position
    if reader.accept_one_of(words("does do")):
        noun = read_anything(reader)
        if isinstance(noun, NounPhrase) and reader.accept_one_of(words("contain hold have")):
            inside = Place(("in",), Relation.IN, (single(noun),))
            thing = None if reader.accept_one_of(_ANYTHING) else _read_thing(reader)
            reader.accept("in", "it")
            kind = QueryKind.WHAT_AT if thing is None else QueryKind.IS_AT
            return _ask(kind, thing, place=inside)
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
    if reader.accept_one_of(_ANYTHING):
        return _anything_at(reader)
    thing = _read_thing(reader)
    if isinstance(thing, NounPhrase) and thing.count in ("all", 1):
        thing = replace(thing, count=None)
    return _ask(QueryKind.EXISTS, thing)


def _anything_at(reader: Reader) -> Step:
    place = read_place(reader)
    return Step(Skill.DESCRIBE) if place is None else _what_at(place)


def _is_it(reader: Reader) -> Step | None:
    """Read "is the bowl empty", "are the cubes in the bowl", "is the mug left of the can"."""
    if not reader.accept_one_of(_IS):
        return None
    if reader.accept_one_of(_ANYTHING):
        return _anything_at(reader)
    thing, places = read_anything(reader), read_places(reader)
    state = reader.accept_one_of(_STATES)
    if state:
        return _ask(QueryKind.STATE, described(Conjunct(thing, places)), state)
    if isinstance(thing, NounPhrase) and len(thing.head) > 1 and thing.head[-1] in lex.COLORS:
        shorter = replace(thing, head=thing.head[:-1])
        return _ask(QueryKind.STATE, described(Conjunct(shorter, places)), thing.head[-1])
    if reader.accept("there") or reader.accept("here"):
        return _ask(QueryKind.EXISTS, described(Conjunct(thing, places)))
    if not places:
        raise NotUnderstood("I don't understand what is asked about it")
    last = places[-1]
    if last.relation is Relation.ON and last.anchors[-1].head[-1] in lex.TABLES:
        return _ask(QueryKind.EXISTS, described(Conjunct(thing, places[:-1])))
    return _ask(QueryKind.IS_AT, described(Conjunct(thing, places[:-1])), place=last)
