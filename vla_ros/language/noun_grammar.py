"""The grammar of noun phrases without the places that may follow them."""

from __future__ import annotations

from dataclasses import replace

from vla_ros.language import lexicon as lex
from vla_ros.language.heads import (
    check_head,
    is_noun_word,
    read_head,
    read_order,
    read_quantity,
    starts_word,
)
from vla_ros.language.inflection import is_plural, singular
from vla_ros.language.lexicon import Superlative
from vla_ros.language.noun_phrase import NounPhrase, Pronoun, noun_index
from vla_ros.language.reader import Reader
from vla_ros.language.spelling import correct_color
from vla_ros.language.verbs import OTHER_VERBS, SINGLE_VERBS
from vla_ros.language.verdicts import NeedsAnswer, NotUnderstood
from vla_ros.language.wording import words


def read_anything(reader: Reader) -> NounPhrase | Pronoun:
    """Read a bare noun phrase or a pronoun that stands for one."""
    pronoun = _pronoun(reader)
    return pronoun if pronoun is not None else read_bare_noun(reader)


def _pronoun(reader: Reader) -> Pronoun | None:
    word, following = reader.peek(), reader.peek(1)
    of_them = following == "of" and reader.peek(2) in ("them", "these", "those")
    if word in ("both", "all") and of_them and not starts_word(reader, 3):
        reader.position += 3
        return Pronoun("them")
    if word == "both" and following != "of" and not starts_word(reader, 1):
        reader.position += 1
        return Pronoun("them")
    if word in ("it", "them", "they"):
        reader.position += 1
        return Pronoun(word)
    demonstratives = ("this", "that", "these", "those", "one", "ones")
    if word in demonstratives and following != "of" and not starts_word(reader, 1):
        if following == "one":
            reader.position += 1
        reader.position += 1
        return Pronoun(word)
    return None


def read_bare_noun(reader: Reader) -> NounPhrase:
    """Read a noun phrase without the places that follow it."""
    start = reader.position
    count, known_plural = read_quantity(reader)
    has_article = bool(reader.words[start : reader.position]) or count is not None
    start = reader.position
    before, superlative, ordinal = read_order(reader)
    of_several = reader.position - start > len(before)
    head = read_head(reader, has_article)
    if not head:
        raise NotUnderstood(_missing_noun(reader))
    head = list(correct_color(word) for word in head)
    check_head(head)
    noun_at = noun_index(head)
    if is_plural(head[noun_at]):
        head[noun_at] = singular(head[noun_at])
        if count is None and not of_several:
            count = "all"
    elif known_plural and count == "all" and head[noun_at] in ("one",):
        count = None
    noun = NounPhrase(tuple(head), before, (), superlative, ordinal, (), count)
    noun = _order_after(reader, noun)
    if noun.before and noun.superlative is None:
        raise NeedsAnswer(f"The {noun.before[0]} {' '.join(head)} from which side?")
    if noun.superlative is not None and noun.count == "all":
        raise NotUnderstood(f"'{noun.text}' can only be one: say it in the singular")
    return noun


def _missing_noun(reader: Reader) -> str:
    word = reader.peek()
    if word in ("", ".", ","):
        return "the name of a thing is missing"
    if word in OTHER_VERBS and word not in SINGLE_VERBS:
        return f"I don't know how to '{reader.rest}'"
    return f"I don't understand '{reader.rest}': a thing should be named there"


def _order_after(reader: Reader, noun: NounPhrase) -> NounPhrase:
    """Read "from the left", "on the left", "closest to the mug", "that is not red"."""
    while True:
        start = reader.position
        relative = accept_relative(reader)
        changed = (
            _side_after(reader, noun, relative)
            or _superlative_after(reader, noun)
            or _distance_after(reader, noun)
        )
        if changed is None and relative:
            changed = _adjective_after(reader, noun)
        if changed is None:
            reader.position = start
            return noun
        noun = changed


def accept_relative(reader: Reader) -> bool:
    """Read "that is", "which is sitting", "standing": the beginning of a relative clause."""
    start = reader.position
    if reader.accept_one_of(lex.RELATIVE_PRONOUNS):
        if not reader.accept_one_of(lex.BE):
            reader.position = start
            return False
        reader.accept("currently")
        if reader.peek() == "left" and reader.peek(1) == "of":
            return True
        reader.accept_one_of(lex.POSTURES)
        return True
    if reader.peek() in lex.POSTURES - words("left put found kept"):
        reader.position += 1
        return True
    return False


def _side_after(reader: Reader, noun: NounPhrase, relative: bool) -> NounPhrase | None:
    start = reader.position
    first = reader.accept_one_of(words("from on to at"))
    if not first or (first == "to" and not relative):
        reader.position = start
        return None
    reader.accept_one_of(words("the my your"))
    reader.accept("far")
    side = reader.accept_one_of(words("left right"))
    if side:
        reader.accept("hand")
        reader.accept("side")
    if not side or reader.at("of") or is_noun_word(reader.peek()):
        reader.position = start
        return None
    if noun.superlative is not None:
        raise NotUnderstood(f"'{noun.text}' is already singled out by '{' '.join(noun.before)}'")
    said = tuple(reader.words[start : reader.position])
    return replace(noun, after=said, superlative=lex.SIDES[side])


def _superlative_after(reader: Reader, noun: NounPhrase) -> NounPhrase | None:
    start = reader.position
    reader.accept("the")
    word = reader.accept_one_of(frozenset(lex.SUPERLATIVES))
    if not word:
        reader.position = start
        return None
    if reader.words[start] != "the" and not word.endswith("est"):
        reader.position = start
        return None
    superlative = lex.SUPERLATIVES[word]
    by_distance = superlative in (Superlative.NEAREST, Superlative.FARTHEST)
    reference: NounPhrase | None = None
    after: tuple[str, ...] = (word,)
    if by_distance and (reader.accept_one_of(words("to from")) or reader.at("the")):
        if not reader.accept_one_of(lex.VIEWER):
            reference = _reference(reader)
            after = (word, "to" if superlative is Superlative.NEAREST else "from")
    elif reader.words[start] != "the" and not _ends_phrase(reader):
        reader.position = start
        return None
    if noun.superlative is not None:
        raise NotUnderstood(f"'{noun.text}' is already singled out")
    if reference is None:
        return replace(noun, before=(word,), superlative=superlative)
    return replace(noun, after=after, superlative=superlative, reference=reference)


def _distance_after(reader: Reader, noun: NounPhrase) -> NounPhrase | None:
    """Read "from the mug" of "the farthest can from the mug"."""
    far = noun.superlative is Superlative.FARTHEST and len(noun.before) == 1
    if not (far and noun.reference is None and reader.accept("from")):
        return None
    word = noun.before[0]
    return replace(noun, before=(), after=(word, "from"), reference=_reference(reader))


def _reference(reader: Reader) -> NounPhrase:
    article = reader.accept("the")
    if reader.accept_one_of(lex.ROBOT):
        reader.accept("arm")
        return NounPhrase(("robot",))
    if article:
        reader.position -= 1
    return read_bare_noun(reader)


def _ends_phrase(reader: Reader) -> bool:
    return reader.peek() in ("", ".", ",", "and")


def _adjective_after(reader: Reader, noun: NounPhrase) -> NounPhrase | None:
    """Read the adjective of "that is red" or "that is not red"."""
    negated = reader.accept("not")
    word = correct_color(reader.peek())
    if word not in lex.ADJECTIVES | lex.COLORS | lex.STATES:
        if negated:
            raise NotUnderstood(f"I don't understand 'not {reader.rest}'")
        return None
    reader.position += 1
    if negated:
        return replace(noun, excluded=(*noun.excluded, word))
    head = (word, *noun.head)
    check_head(head)
    return replace(noun, head=head)
