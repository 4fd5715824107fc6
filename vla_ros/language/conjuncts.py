"""The grammar of what follows a verb: lists of things, each with places and directions."""

from __future__ import annotations

from dataclasses import replace

from vla_ros.language import lexicon as lex
from vla_ros.language.noun_grammar import read_anything, read_bare_noun
from vla_ros.language.noun_phrase import NounPhrase, Place, Pronoun, noun_of
from vla_ros.language.openings import at_clause
from vla_ros.language.places import MAX_PLACES, read_place, single
from vla_ros.language.reader import PhraseTable, Reader
from vla_ros.language.steps import Conjunct, PronounPlace
from vla_ros.language.verdicts import NeedsAnswer, NotUnderstood
from vla_ros.language.wording import phrases, words
from vla_ros.types import Relation

MAX_THINGS = 8
_PARTICLES = words("up down out off together")
_BEHIND_OVER = words("to left right in into on onto next beside behind between near")
_TO = PhraseTable(
    dict.fromkeys(
        phrases(
            "to|towards|toward|over to|up to|over towards|closer to|nearer to|against|"
            "in the direction of|over toward"
        ),
        True,
    )
)


def read_conjuncts(reader: Reader, *, moves: bool = False) -> list[Conjunct]:
    """Read one or more things, divided by commas and "and".

    Args:
        reader: The words behind the verb.
        moves: Whether the verb takes directions ("to the left").

    Raises:
        NotUnderstood: No thing is named, or too many.
        NeedsAnswer: A place is only pointed at ("there").
    """
    shared = _read_sharing_adjective(reader)
    found = [_read_conjunct(reader, moves)]
    if shared and isinstance(found[0].thing, NounPhrase):
        found = [*shared, replace(found[0], thing=replace(found[0].thing, count=None))]
    while _accept_next(reader):
        found.append(_read_conjunct(reader, moves))
        if len(found) > MAX_THINGS:
            raise NotUnderstood(f"more than {MAX_THINGS} things at once are too many")
    return found


def _read_sharing_adjective(reader: Reader) -> list[Conjunct]:
    """Read "the red and" of "the red and the blue cube", and name the red cube in full."""
    start = reader.position
    reader.accept("the")
    adjectives: list[str] = []
    while reader.peek() in lex.ADJECTIVES:
        adjectives.append(reader.peek())
        reader.position += 1
    if adjectives and reader.accept("and"):
        second = reader.position
        reader.accept("the")
        if reader.peek() in lex.ADJECTIVES:
            noun = read_bare_noun(reader)
            if noun.count == "all" or reader.words[second] == "the":
                head = (*adjectives, *noun_of(noun.head))
                reader.position = second
                return [Conjunct(replace(noun, head=head, count=None))]
    reader.position = start
    return []


def _accept_next(reader: Reader) -> bool:
    """Read the comma or "and" before a further thing of the list."""
    start = reader.position
    comma = reader.accept(",")
    joined = reader.accept("and") or comma
    if joined and reader.peek() not in ("", ".", "then") and not at_clause(reader):
        return True
    reader.position = start
    return False


def _read_conjunct(reader: Reader, moves: bool) -> Conjunct:
    thing = read_anything(reader)
    places: list[Place] = []
    direction: Relation | None = None
    down = False
    while not reader.done:
        pronoun_place = _read_pronoun_place(reader)
        if pronoun_place is not None:
            return Conjunct(thing, places, pronoun_place, direction, down)
        if reader.peek() == "over" and reader.peek(1) in _BEHIND_OVER:
            reader.position += 1
        _skip_back(reader)
        place = _as_motion(read_place(reader), moves) or _read_to(reader, moves)
        if place is not None:
            places.append(place)
            if len(places) > MAX_PLACES:
                raise NotUnderstood("too many places in one phrase")
        elif moves and direction is None and (found := _read_direction(reader)) is not None:
            direction = found
        else:
            _refuse_pointing(reader)
            particle = reader.accept_one_of(_PARTICLES)
            down = down or particle == "down"
            if not particle:
                _refuse_leftovers(reader)
                break
    return Conjunct(thing, places, None, direction, down)


def _skip_back(reader: Reader) -> None:
    """Read over "back" in "back on the table": the place behind it says where."""
    start = reader.position
    if reader.accept("back") and not reader.at_phrase(lex.RELATIONS):
        reader.position = start


def _as_motion(place: Place | None, moves: bool) -> Place | None:
    """With verbs of motion, "to the left of" says where to go, not where something is."""
    if place is None or place.of_noun or not moves or place.words[0] != "to":
        return place
    return replace(place, motion=True)


def _refuse_leftovers(reader: Reader) -> None:
    """Refuse a word that ends no conjunct; a lone relation is left for "where?"."""
    lone = reader.at_phrase(lex.RELATIONS)
    if not lone and reader.peek() not in ("", ",", "and", "then"):
        raise NotUnderstood(f"I don't understand '{reader.rest}' here")


def _read_pronoun_place(reader: Reader) -> PronounPlace | None:
    """Read "in it", "next to them", or "inside" with nothing behind it."""
    start = reader.position
    found = reader.accept_phrase(lex.RELATIONS)
    if found is not None:
        said, relation = found
        if reader.peek() in ("", ".", ",", "and", "then") and said == ("inside",):
            return PronounPlace(relation, Pronoun("it"))
        if reader.peek() in ("it", "them", "this", "that", "these", "those"):
            pronoun = read_anything(reader)
            if isinstance(pronoun, Pronoun):
                return PronounPlace(relation, pronoun)
    reader.position = start
    return None


def _read_to(reader: Reader, moves: bool) -> Place | None:
    start = reader.position
    if moves and reader.at_phrase(lex.DIRECTIONS):
        return None
    if reader.at_phrase(lex.ROBOT_DIRECTIONS):
        raise NeedsAnswer("Say it as you see it: towards me, or away from me?")
    found = reader.accept_phrase(_TO)
    if found is None:
        return None
    if not moves and reader.at("the") and reader.peek(1) in lex.SIDES:
        raise NeedsAnswer(f"To the {reader.peek(1)} of what?", "")
    if reader.peek() in lex.PRONOUNS and reader.peek(1) in ("", ".", ","):
        reader.position = start
        return None
    return Place(found[0], None, (single(read_bare_noun(reader)),), motion=True)


def _read_direction(reader: Reader) -> Relation | None:
    if reader.at_phrase(lex.ROBOT_DIRECTIONS):
        raise NeedsAnswer("Say it as you see it: towards me, or away from me?")
    start = reader.position
    reader.accept("a", "little")
    found = reader.accept_phrase(lex.DIRECTIONS)
    if found is None:
        reader.position = start
        return None
    reader.accept("a", "little")
    if reader.at_phrase(lex.SOURCES):
        raise NotUnderstood(f"I don't understand '{reader.rest}' behind a direction")
    return found[1]


def _refuse_pointing(reader: Reader) -> None:
    if reader.at_phrase(lex.ANYWHERE):
        found = reader.accept_phrase(lex.ANYWHERE)
        said = " ".join(found[0]) if found else ""
        question = f"Where is '{said}'? Name a thing to put it in, on or next to."
        raise NeedsAnswer(question, said)
    if reader.peek() in ("back", "away"):
        raise NeedsAnswer(f"Where should it go when you say '{reader.peek()}'?")
