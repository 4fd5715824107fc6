"""The grammar of noun phrases: words in, NounPhrase and Place out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vla_ros.language import lexicon as lex
from vla_ros.language.inflection import is_plural, singular
from vla_ros.language.lexicon import Superlative
from vla_ros.language.noun_phrase import Count, NounPhrase, Place, Pronoun, attach, noun_index
from vla_ros.language.reader import Reader
from vla_ros.language.spelling import correct_color
from vla_ros.language.verbs import NOUNS_TOO, OTHER_VERBS, SINGLE_VERBS
from vla_ros.language.verdicts import NeedsAnswer, NotUnderstood
from vla_ros.types import Relation

MAX_WORDS = 8
MAX_COUNT = 50
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


def read_anything(reader: Reader) -> NounPhrase | Pronoun:
    """Read a bare noun phrase or a pronoun that stands for one."""
    pronoun = _pronoun(reader)
    return pronoun if pronoun is not None else read_bare_noun(reader)


def _pronoun(reader: Reader) -> Pronoun | None:
    word, following = reader.peek(), reader.peek(1)
    if word == "both" and (following == "of" or not _starts_word(reader, 1)):
        reader.position += 1
        reader.accept("of")
        reader.accept_one_of(lex.words("them these those"))
        return Pronoun("them")
    if reader.at("all", "of") and reader.peek(2) in ("them", "these", "those"):
        if _starts_word(reader, 3):
            return None
        reader.position += 3
        return Pronoun("them")
    if word in ("it", "them", "they"):
        reader.position += 1
        return Pronoun(word)
    demonstratives = ("this", "that", "these", "those", "one", "ones")
    if word in demonstratives and not _starts_word(reader, 1):
        if following == "one":
            reader.position += 1
        reader.position += 1
        return Pronoun(word)
    return None


def read_bare_noun(reader: Reader) -> NounPhrase:
    """Read a noun phrase without the places that follow it."""
    start = reader.position
    count, known_plural = _quantity(reader)
    has_article = bool(reader.words[start : reader.position]) or count is not None
    before, superlative, ordinal = _order_before(reader)
    head = _head_words(reader, has_article)
    if not head:
        raise NotUnderstood(_missing_noun(reader))
    head = list(correct_color(word) for word in head)
    _check_head(head)
    noun_at = noun_index(head)
    if is_plural(head[noun_at]):
        head[noun_at] = singular(head[noun_at])
        if count is None:
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
    return f"I don't understand '{reader.rest}': a thing should be named there"


def _quantity(reader: Reader) -> tuple[Count | None, bool]:
    """Read articles and counts; return the count and whether a plural was announced."""
    count: Count | None = None
    plural_said = False
    if reader.peek() in lex.VAGUE_THINGS:
        raise NeedsAnswer(f"What do you mean by '{reader.peek()}'? Please name the things.")
    if reader.at("a", "couple", "of") or reader.at("couple", "of"):
        reader.accept("a")
        reader.position += 2
        count = 2
    elif reader.accept("all") or reader.accept("every") or reader.accept("each"):
        if reader.at("other"):
            raise NeedsAnswer("Which one should go on which?")
        count, plural_said = "all", True
    elif reader.accept("both"):
        count, plural_said = 2, True
    elif reader.accept("any"):
        count = 1
    reader.accept("of")
    _refuse_vague_count(reader)
    if count is None:
        count = _number(reader)
        reader.accept("of")
    while reader.accept_one_of(lex.ARTICLES):
        _refuse_vague_count(reader)
    inner = _number(reader)
    return (count if inner is None or count == "all" else inner), plural_said


def _refuse_vague_count(reader: Reader) -> None:
    word = reader.peek()
    if word in lex.VAGUE_COUNTS:
        if word == "some" and not _plural_follows(reader):
            reader.position += 1
            return
        raise NeedsAnswer(f"How many are '{word}'?")


def _plural_follows(reader: Reader) -> bool:
    index = 1
    while _is_noun_word(reader.peek(index)):
        index += 1
    return index > 1 and is_plural(reader.peek(index - 1))


def _number(reader: Reader) -> int | None:
    word = reader.peek()
    if word == "one" and not _starts_word(reader, 1) and reader.peek(1) != "of":
        return None
    if word in lex.NUMBERS:
        number = lex.NUMBERS[word]
    elif word.isdecimal() and len(word) <= 9:
        number = int(word)
    else:
        return None
    if not 1 <= number <= MAX_COUNT:
        raise NotUnderstood(f"I can't handle {word} things: from 1 to {MAX_COUNT}")
    reader.position += 1
    return number


def _order_before(reader: Reader) -> tuple[tuple[str, ...], Superlative | None, int]:
    """Read "largest", "second largest", "left", "far left", "second" before the head."""
    start, ordinal = reader.position, 1
    if reader.peek() in lex.ORDINALS and reader.peek(1) not in ("", ".", ","):
        ordinal = lex.ORDINALS[reader.peek()]
        reader.position += 1
    superlative: Superlative | None = None
    reader.accept("far")
    word = reader.peek()
    if word in lex.SUPERLATIVES and (_starts_word(reader, 1) or ordinal > 1):
        superlative = lex.SUPERLATIVES[word]
        reader.position += 1
    elif word in lex.SIDES and _starts_word(reader, 1) and reader.peek(1) != "of":
        superlative = lex.SIDES[word]
        reader.position += 1
        reader.accept("hand")
    elif word in lex.UNKNOWN_SUPERLATIVES:
        raise NotUnderstood(f"I can't tell which one is the '{word}'")
    return tuple(reader.words[start : reader.position]), superlative, ordinal


def _starts_word(reader: Reader, offset: int) -> bool:
    """Whether a word that can belong to a noun phrase comes at an offset."""
    word = reader.peek(offset)
    return (
        _is_noun_word(word)
        or word in lex.SUPERLATIVES
        or word in lex.SIDES
        or (word in ("one", "ones") and reader.peek(offset - 1) not in lex.NUMBERS)
    )


def _is_noun_word(word: str) -> bool:
    return (
        bool(word)
        and word[0].isalpha()
        and all(c.isalnum() or c == "'" for c in word)
        and word not in lex.CLOSED
        and word not in lex.VAGUE_THINGS
        and (word in NOUNS_TOO or (word not in OTHER_VERBS and word not in SINGLE_VERBS))
    )


def _head_words(reader: Reader, has_article: bool) -> list[str]:
    head: list[str] = []
    while True:
        word = reader.peek()
        if _is_verb_as_modifier(reader, head, has_article):
            head.append(word)
        elif word in ("one", "ones") and head and all(w in lex.ADJECTIVES for w in head):
            head.append(word)
            reader.position += 1
            return head
        elif word in ("of", "with") and _joins_nouns(reader, head):
            head.append(word)
            reader.position += 1
            reader.accept_one_of(lex.ARTICLES)
            continue
        elif word == "," and _adjective_list_goes_on(reader, head):
            reader.position += 1
            continue
        elif not _is_noun_word(word) or (head and _ends_head(reader)):
            return head
        elif word != "colored":
            head.append(word)
        reader.position += 1
        if len(head) > MAX_WORDS:
            raise NotUnderstood(f"'{' '.join(head)} ...' is too long for the name of a thing")


def _ends_head(reader: Reader) -> bool:
    return reader.peek() in lex.SUPERLATIVES or reader.at_phrase(lex.RELATIONS)


def _is_verb_as_modifier(reader: Reader, head: list[str], has_article: bool) -> bool:
    """Whether a verb names a sort of thing here: "the stop sign", "the open drawer"."""
    word = reader.peek()
    is_verb = word in OTHER_VERBS or word in SINGLE_VERBS
    return is_verb and has_article and not head and _is_noun_word(reader.peek(1))


def _joins_nouns(reader: Reader, head: list[str]) -> bool:
    """Whether "of" or "with" goes on with a noun: "can of beans", "mug with a blue handle"."""
    if not head or head[-1] in lex.ADJECTIVES:
        return False
    return _is_noun_word(reader.peek(2 if reader.peek(1) in lex.ARTICLES else 1))


def _adjective_list_goes_on(reader: Reader, head: list[str]) -> bool:
    """Whether a comma stands between two adjectives: "the big, red cube"."""
    return (
        bool(head)
        and all(word in lex.ADJECTIVES for word in head)
        and reader.peek(1) in lex.ADJECTIVES
        and _is_noun_word(reader.peek(2))
    )


def _check_head(head: Sequence[str]) -> None:
    """Refuse what cannot name one thing.

    Raises:
        NotUnderstood: There are only adjectives, or two that contradict each other.
        NeedsAnswer: It is only "one" or a part of a place.
    """
    text = " ".join(head)
    if head[-1] in lex.ADJECTIVES and head[-1] != "empty":
        raise NotUnderstood(f"'{text}' does not end in the name of a thing")
    if all(word in lex.PARTS_OF_A_PLACE for word in head):
        raise NotUnderstood(f"'{text}' is not a thing: name one to refer to")
    colors = {w for i, w in enumerate(head) if w in lex.PURE_COLORS and "with" not in head[:i]}
    if len(colors) > 1:
        raise NotUnderstood(f"'{text}' has more than one colour: {' and '.join(sorted(colors))}")
    if any(w in lex.LARGE_SIZES for w in head) and any(w in lex.SMALL_SIZES for w in head):
        raise NotUnderstood(f"'{text}' is both large and small")


def _order_after(reader: Reader, noun: NounPhrase) -> NounPhrase:
    """Read "from the left", "on the left", "closest to the mug", "that is the largest", "not red"."""
    while True:
        start = reader.position
        relative = _relative_marker(reader)
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


def _relative_marker(reader: Reader) -> bool:
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
    if reader.peek() in lex.POSTURES - lex.words("left put found kept"):
        reader.position += 1
        return True
    return False


def _side_after(reader: Reader, noun: NounPhrase, relative: bool) -> NounPhrase | None:
    start = reader.position
    first = reader.accept_one_of(lex.words("from on to at"))
    if not first or (first == "to" and not relative and noun.ordinal == 1 and not noun.before):
        reader.position = start
        return None
    reader.accept_one_of(lex.words("the my your"))
    reader.accept("far")
    side = reader.accept_one_of(lex.words("left right"))
    if side:
        reader.accept("hand")
        reader.accept("side")
    if not side or reader.at("of") or _is_noun_word(reader.peek()):
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
    superlative = lex.SUPERLATIVES[word]
    by_distance = superlative in (Superlative.NEAREST, Superlative.FARTHEST)
    reference: NounPhrase | None = None
    after: tuple[str, ...] = (word,)
    if by_distance and reader.accept_one_of(lex.words("to from")):
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
    _check_head(head)
    return replace(noun, head=head)


def read_place(reader: Reader) -> Place | None:
    """Read one place ("that is on the plate", "into the bowl", "out of the box"), if any comes."""
    start = reader.position
    relative = _relative_marker(reader)
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
    if (
        reader.peek() in ("", ".", ",")
        or reader.peek() in lex.PRONOUNS
        and not _starts_word(reader, 1)
    ):
        reader.position = start
        return None
    if relation is Relation.BETWEEN:
        anchors = _two_anchors(reader)
    else:
        anchors = (_single(read_bare_noun(reader)),)
    return Place(said, relation, anchors, of_noun=relative, motion=said in lex.MOTIONS)


def _source(reader: Reader, start: int) -> Place:
    """Read where something should be taken from; it says where the thing is now."""
    said = " ".join(reader.words[start : reader.position])
    found = reader.accept_phrase(lex.RELATIONS)
    noun = _single(read_bare_noun(reader))
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
        raise NotUnderstood(f"between '{first.text}' and what?")
    return (_single(attach(first, inner)), _single(read_bare_noun(reader)))


def _single(noun: NounPhrase) -> NounPhrase:
    """Return an anchor without its count, refusing several."""
    if noun.count not in (None, 1):
        raise NeedsAnswer(f"Which {noun.head[-1]} do you mean? I can refer to one only.")
    return replace(noun, count=None)
