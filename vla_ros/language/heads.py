"""The inner part of a noun phrase: counts, what orders it, adjectives and the noun."""

from __future__ import annotations

from collections.abc import Sequence

from vla_ros.language import lexicon as lex
from vla_ros.language.inflection import is_plural
from vla_ros.language.lexicon import Superlative
from vla_ros.language.noun_phrase import Count, noun_index
from vla_ros.language.reader import Reader
from vla_ros.language.verbs import NOUNS_TOO, OTHER_VERBS, SINGLE_VERBS
from vla_ros.language.verdicts import NeedsAnswer, NotUnderstood

MAX_WORDS = 8
MAX_COUNT = 50


def read_quantity(reader: Reader) -> tuple[Count | None, bool]:
    """Read articles and counts; return the count and whether a plural was announced."""
    count: Count | None = None
    plural_said = False
    if reader.peek() in lex.VAGUE_THINGS:
        word = reader.peek()
        raise NeedsAnswer(f"What do you mean by '{word}'? Please name the things.", word)
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
        raise NeedsAnswer(f"How many are '{word}'?", word)


def _plural_follows(reader: Reader) -> bool:
    index = 1
    while is_noun_word(reader.peek(index)):
        index += 1
    return index > 1 and is_plural(reader.peek(index - 1))


def _number(reader: Reader) -> int | None:
    word = reader.peek()
    if word == "one" and not starts_word(reader, 1) and reader.peek(1) != "of":
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


def read_order(reader: Reader) -> tuple[tuple[str, ...], Superlative | None, int]:
    """Read "largest", "second largest", "left", "far left", "second" before the head."""
    start, ordinal = reader.position, 1
    if reader.peek() in lex.ORDINALS and reader.peek(1) not in ("", ".", ","):
        ordinal = lex.ORDINALS[reader.peek()]
        reader.position += 1
    superlative: Superlative | None = None
    reader.accept("far")
    word = reader.peek()
    if word in lex.SUPERLATIVES and (starts_word(reader, 1) or ordinal > 1):
        superlative = lex.SUPERLATIVES[word]
        reader.position += 1
    elif word in lex.SUPERLATIVES and reader.peek(1) == "of" and reader.peek(2) in lex.ARTICLES:
        reader.position += 3
        return (word,), lex.SUPERLATIVES[word], ordinal
    elif word in lex.SIDES and starts_word(reader, 1) and reader.peek(1) != "of":
        superlative = lex.SIDES[word]
        reader.position += 1
        reader.accept("hand")
    elif word in ("other", "others"):
        raise NeedsAnswer(f"Which one do you mean by 'the {word}'?")
    elif word in lex.UNKNOWN_SUPERLATIVES:
        raise NotUnderstood(f"I can't tell which one is the '{word}'")
    return tuple(reader.words[start : reader.position]), superlative, ordinal


def starts_word(reader: Reader, offset: int) -> bool:
    """Whether a word that can belong to a noun phrase comes at an offset."""
    word = reader.peek(offset)
    return (
        is_noun_word(word)
        or word in lex.SUPERLATIVES
        or word in lex.SIDES
        or (word in ("one", "ones") and reader.peek(offset - 1) not in lex.NUMBERS)
    )


def is_noun_word(word: str) -> bool:
    """Whether a word may be part of the name of a thing: no verb, no function word, no sign."""
    return (
        bool(word)
        and word[0].isalpha()
        and all(c.isalnum() or c == "'" for c in word)
        and word not in lex.CLOSED
        and word not in lex.NUMBERS
        and word not in lex.VAGUE_THINGS
        and (word in NOUNS_TOO or (word not in OTHER_VERBS and word not in SINGLE_VERBS))
    )


def read_head(reader: Reader, has_article: bool) -> list[str]:
    """Read adjectives and nouns as far as they go; an article lets a verb name a sort of thing."""
    head: list[str] = []
    while True:
        word = reader.peek()
        if _is_verb_as_modifier(reader, head, has_article):
            head.append(word)
        elif word in ("one", "ones") and all(w in lex.ADJECTIVES | lex.COLORS for w in head):
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
        elif not is_noun_word(word) or (head and _ends_head(reader, head[-1])):
            return head
        elif word != "colored":
            head.append(word)
        reader.position += 1
        if len(head) > MAX_WORDS:
            raise NotUnderstood(f"'{' '.join(head)} ...' is too long for the name of a thing")


def _ends_head(reader: Reader, last: str) -> bool:
    """Whether what comes is no part of the name: an order, a relation, "empty" behind the noun."""
    word = reader.peek()
    trailing = word in lex.SIDES or (
        word in lex.ADJECTIVES | lex.STATES and last not in lex.ADJECTIVES
    )
    return (
        word in lex.SUPERLATIVES
        or reader.at_phrase(lex.RELATIONS)
        or (trailing and not is_noun_word(reader.peek(1)))
    )


def _is_verb_as_modifier(reader: Reader, head: list[str], has_article: bool) -> bool:
    """Whether a verb names a sort of thing here: "the stop sign", "the open drawer"."""
    word = reader.peek()
    is_verb = word in OTHER_VERBS or word in SINGLE_VERBS
    return is_verb and has_article and not head and is_noun_word(reader.peek(1))


def _joins_nouns(reader: Reader, head: list[str]) -> bool:
    """Whether "of" or "with" goes on with a noun: "can of beans", "mug with a blue handle"."""
    if not head or head[-1] in lex.ADJECTIVES:
        return False
    return is_noun_word(reader.peek(2 if reader.peek(1) in lex.ARTICLES else 1))


def _adjective_list_goes_on(reader: Reader, head: list[str]) -> bool:
    """Whether a comma stands between two adjectives: "the big, red cube"."""
    return (
        bool(head)
        and all(word in lex.ADJECTIVES for word in head)
        and reader.peek(1) in lex.ADJECTIVES
        and is_noun_word(reader.peek(2))
    )


def check_head(head: Sequence[str]) -> None:
    """Refuse what cannot name one thing.

    Raises:
        NotUnderstood: There are only adjectives, or two that contradict each other.
        NeedsAnswer: It is only "one" or a part of a place.
    """
    text = " ".join(head)
    if head[-1] in lex.ADJECTIVES:
        raise NotUnderstood(f"'{text}' does not end in the name of a thing")
    noun = noun_index(head)
    part_of = noun < len(head) - 1 and head[noun] in lex.PARTS_OF_A_PLACE
    if part_of or all(word in lex.PARTS_OF_A_PLACE for word in head):
        raise NotUnderstood(f"'{text}' is not a thing: name one to refer to")
    if "non" in head:
        raise NotUnderstood(f"'{text}': say it as 'the {head[-1]} that is not ...'")
    colors = {w for i, w in enumerate(head) if w in lex.PURE_COLORS and "with" not in head[:i]}
    if len(colors) > 1:
        raise NotUnderstood(f"'{text}' has more than one colour: {' and '.join(sorted(colors))}")
    if any(w in lex.LARGE_SIZES for w in head) and any(w in lex.SMALL_SIZES for w in head):
        raise NotUnderstood(f"'{text}' is both large and small")
