"""The grammar of places, and of noun phrases with the places that belong to them."""

from __future__ import annotations

from dataclasses import replace

from vla_ros.language import lexicon as lex
from vla_ros.language.heads import starts_word
from vla_ros.language.noun_grammar import accept_relative, read_bare_noun
from vla_ros.language.noun_phrase import NounPhrase, Place, attach
from vla_ros.language.reader import Reader
from vla_ros.language.verdicts import NeedsAnswer, NotUnderstood
from vla_ros.types import Relation

MAX_PLACES = 6


def read_noun(reader: Reader) -> NounPhrase:
    """Read a noun phrase with every place that follows it.

    Raises:
        NotUnderstood: There is none, or it has words that make no sense in one.
        NeedsAnswer: It may mean several things.
    """
    noun = read_bare_noun(reader)
    return attach(noun, read_places(reader))


def read_places(reader: Reader) -> list[Place]:
    """Read every place that comes next, each with a bare noun phrase as anchor."""
    places: list[Place] = []
    while (place := read_place(reader)) is not None:
        places.append(place)
        if len(places) > MAX_PLACES:
            raise NotUnderstood("too many places in one phrase")
    return places


def read_place(reader: Reader) -> Place | None:
    """Read one place ("that is on the plate", "into the bowl", "out of the box"), if any comes."""
    start = reader.position
    relative = accept_relative(reader)
    if relative and reader.at("not"):
        raise NotUnderstood(f"I don't understand '{reader.rest}': say where it is")
    if reader.accept_phrase(lex.SOURCES) is not None:
        return _source(reader, start)
    found = reader.accept_phrase(lex.RELATIONS)
    if found is None:
        if relative:
            raise NotUnderstood(f"I don't understand '{reader.rest}' here")
        return None
    said, relation = found
    if reader.peek() in ("", ".", ",") or (
        reader.peek() in lex.PRONOUNS and not starts_word(reader, 1)
    ):
        reader.position = start
        return None
    if relation is Relation.BETWEEN:
        anchors = _two_anchors(reader)
    else:
        anchors = (single(read_bare_noun(reader)),)
    return Place(said, relation, anchors, of_noun=relative, motion=said in lex.MOTIONS)


def _source(reader: Reader, start: int) -> Place:
    """Read where something should be taken from; it says where the thing is now."""
    said = " ".join(reader.words[start : reader.position])
    found = reader.accept_phrase(lex.RELATIONS)
    noun = single(read_bare_noun(reader))
    if found is not None:
        return Place(found[0], found[1], (noun,), of_noun=True)
    inside = said in ("out of", "from within") or (
        said == "from" and noun.head[-1] in lex.CONTAINERS
    )
    relation = Relation.IN if inside else Relation.ON
    return Place((relation.value,), relation, (noun,), of_noun=True)


def _two_anchors(reader: Reader) -> tuple[NounPhrase, ...]:
    first = read_bare_noun(reader)
    if first.count in (2, "all"):
        only = replace(first, count=None)
        return (only, only)
    inner = read_places(reader)
    if not reader.accept("and"):
        raise NotUnderstood(f"between the {first.text} and what? Two things are needed")
    return (single(attach(first, inner)), single(read_bare_noun(reader)))


def single(noun: NounPhrase) -> NounPhrase:
    """Return an anchor without its count, refusing several."""
    if noun.count not in (None, 1):
        raise NeedsAnswer(f"Which {noun.head[-1]} do you mean? I can refer to one only.")
    return replace(noun, count=None)
