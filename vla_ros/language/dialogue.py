"""What a person answers when asked back which thing is meant.

An answer narrows the phrase that was unclear: "the left one" of "red cube" is the "left red cube".
The narrowed phrase is then looked for like any other, so that relations are resolved in 3D and what
is not there is not found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from vla_ros.language import lexicon as lex
from vla_ros.language.fillers import without_fillers
from vla_ros.language.lexicon import Superlative
from vla_ros.language.noun_phrase import NounPhrase, noun_of
from vla_ros.language.places import read_noun
from vla_ros.language.reader import PhraseTable, Reader, tokenize
from vla_ros.language.referring import read_nouns
from vla_ros.language.verdicts import NeedsAnswer, NotUnderstood
from vla_ros.language.wording import phrases, words

MAX_CHARACTERS = 200
_ONES = ("one", "ones")
_NEVER_MIND = frozenset(
    phrases(
        "never mind|nevermind|forget it|forget about it|forget that|none|none of them|neither|"
        "neither of them|neither one|no|nope|nothing|do not|do not bother|leave it|leave them|"
        "leave it be|drop it|do nothing|i changed my mind|not any|no one|neither thank you|"
        "not any of them|none of those|none of these|let it be|skip it|do not do it"
    )
)
_ANY = frozenset(
    phrases(
        "any|any one|any of them|anyone|either|either one|either of them|whichever|whatever|"
        "i do not care|i do not mind|it does not matter|does not matter|do not care|you choose|"
        "you decide|up to you|it is up to you|no matter|no preference|whichever you like|"
        "one of them|any will do|either will do|either is fine|any one of them|pick one|choose one"
    )
)
_ALL = frozenset(
    phrases("both|both of them|all|all of them|all of those|each|every one|each of them|them all")
)
_OPENINGS = PhraseTable(
    dict.fromkeys(
        phrases(
            "no|nope|i mean|i meant|i was talking about|i am talking about|it is|that is|use|take|"
            "with|the answer is|i would say|make it|go for|go with|choose|select|pick|pick up|"
            "i want|i would like|i would take|let us take|that would be|get|grab|preferably|"
            "i said|it should be|i prefer|do|put"
        ),
        True,
    )
)
_SIZES = {
    **dict.fromkeys(sorted(lex.LARGE_SIZES), Superlative.LARGEST),
    **dict.fromkeys(sorted(lex.SMALL_SIZES), Superlative.SMALLEST),
    "tall": Superlative.TALLEST,
    "short": Superlative.SHORTEST,
}
_NEAR_SIDE, _FAR_SIDE = words("front"), words("back rear")
_MIDDLE = words("middle center central")
_BARE = lex.ADJECTIVES | lex.COLORS | frozenset((*lex.SUPERLATIVES, *lex.SIDES, *lex.ORDINALS))


class ReplyKind(Enum):
    """What a reply is."""

    CHOICE = "names one of them"
    ALL = "all of them"
    NEVER_MIND = "none of them"
    UNCLEAR = "cannot be understood"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply, understood.

    Attributes:
        kind: What it is.
        phrase: With CHOICE: the phrase that was unclear, narrowed.
    """

    kind: ReplyKind
    phrase: str = ""


def read_reply(text: str, phrase: str, count: int, sideways: bool = True) -> Reply:
    """Return what a reply to "which one do you mean?" means.

    Args:
        text: The reply; never trusted, of any length.
        phrase: The phrase that is unclear ("red cube").
        count: How many things it may mean.
        sideways: Whether "first" and "last" count from the left; else from the front.
    """
    said = _plain(text[:MAX_CHARACTERS])
    if tuple(said) in _NEVER_MIND:
        return Reply(ReplyKind.NEVER_MIND)
    if tuple(said) in _ALL or (len(said) == 2 and said[0] == "all" and said[1] in lex.NUMBERS):
        return Reply(ReplyKind.ALL)
    if tuple(said) in _ANY:
        said = ["leftmost"]
    narrowed = narrow(phrase, _as_noun_phrase(_without_opening(said), count, sideways))
    return Reply(ReplyKind.UNCLEAR) if narrowed is None else Reply(ReplyKind.CHOICE, narrowed)


def is_never_mind(text: str) -> bool:
    """Whether a reply calls the instruction off."""
    return tuple(_plain(text[:MAX_CHARACTERS])) in _NEVER_MIND


def completed(text: str, reply: str, about: str) -> str:
    """Return an instruction with the words that were unclear replaced by what was answered.

    Args:
        text: The instruction.
        reply: The answer; never trusted, of any length.
        about: The words that it replaces; "" adds it at the end.
    """
    said = " ".join(reply[:MAX_CHARACTERS].split()).rstrip(".!?")
    if not about:
        return f"{text.rstrip(' .!?')} {said}"
    between = r"\W+"
    said_words = between.join(re.escape(word) for word in about.split())
    pattern = rf"(?<!\w){said_words}(?!\w)"
    return re.sub(pattern, lambda _: said, text, count=1, flags=re.IGNORECASE)


def narrow(phrase: str, said: Sequence[str]) -> str | None:
    """Return a phrase with what was said added to it, or None where that makes no phrase.

    Args:
        phrase: What was unclear ("red cube").
        said: The words of a noun phrase, its noun the same or "one" ("the left one").
    """
    bases = read_nouns(phrase)
    if len(bases) != 1:
        return None
    noun = noun_of(bases[0].head)
    named = [part for word in said for part in (noun if word in _ONES else (word,))]
    reader = Reader(named)
    try:
        answered = read_noun(reader)
        reader.require_done()
    except (NotUnderstood, NeedsAnswer):
        return None
    merged = _merged(bases[0], answered)
    if merged is None or merged == bases[0]:
        return None
    again = read_nouns(merged.text)
    return merged.text if len(again) == 1 and again[0].text == merged.text else None


def _merged(base: NounPhrase, said: NounPhrase) -> NounPhrase | None:
    noun = noun_of(base.head)
    if said.head[-len(noun) :] != noun:
        return None
    adjectives = said.head[: -len(noun)]
    superlative, before = said.superlative, said.before
    sizes = [word for word in adjectives if word in _SIZES]
    if sizes and superlative is None:
        superlative = _SIZES[sizes[0]]
        before = (superlative.value,)
        adjectives = tuple(word for word in adjectives if word not in _SIZES)
    if any(word in lex.COLORS for word in adjectives):
        kept = tuple(word for word in base.head[: -len(noun)] if word not in lex.COLORS)
    else:
        kept = base.head[: -len(noun)]
    head = tuple(dict.fromkeys((*adjectives, *kept))) + noun
    ordered = said if superlative is not None else base
    return replace(
        base,
        head=head,
        before=before if superlative is not None else base.before,
        after=ordered.after,
        superlative=superlative or base.superlative,
        ordinal=ordered.ordinal,
        reference=ordered.reference,
        excluded=(*base.excluded, *said.excluded),
        place=said.place or base.place,
        count=None,
    )


def _plain(text: str) -> list[str]:
    """Return the words of a reply without politeness and marks."""
    said = without_fillers(tokenize(text))
    return [word for word in said if word not in (".", ",")]


def _without_opening(said: Sequence[str]) -> list[str]:
    reader = Reader(said)
    while not reader.done:
        before = reader.position
        found = reader.accept_phrase(_OPENINGS)
        if found is None or reader.done:
            return reader.words[before:]
    return []


def _as_noun_phrase(said: Sequence[str], count: int, sideways: bool) -> list[str]:
    """Return the words of a noun phrase with "one" in it: "on the left" is "one on the left"."""
    words_ = [word for word in said if word != "the"]
    if not words_:
        return []
    middle = _middle(words_, count, sideways)
    if middle is not None:
        return middle
    if words_[-1] in ("first", "last") or words_[:-1] in (["first"], ["last"]):
        words_ = _end(words_, sideways)
    in_rank = words_[0] in lex.ORDINALS and (len(words_) == 1 or words_[1:] == ["one"])
    if in_rank:
        return _ranked(words_[0], sideways)
    if words_[0] == "to" and len(words_) == 2 and words_[1] in lex.SIDES:
        return ["the", words_[1], "one"]
    for side, names in (("front", _NEAR_SIDE), ("back", _FAR_SIDE)):
        if words_[-1] in names and words_[:-1] in (["one", "in"], ["in"], ["one", "at"], ["at"]):
            return ["the", side, "one"]
    if all(word in _BARE for word in words_):
        return ["the", *words_, "one"]
    if words_[0] in lex.ORDINALS and words_[1] in ("from", "on"):
        return [words_[0], "one", *said[list(said).index(words_[1]) :]]
    if Reader(words_).at_phrase(lex.RELATIONS) or words_[0] in ("on", "at", "to", "from", "that"):
        return ["the", "one", *said]
    return list(said)


def _middle(said: Sequence[str], count: int, sideways: bool) -> list[str] | None:
    """Return the phrase of "the middle one", where there is a middle."""
    between = list(said) in (["one", "between", "them"], ["one", "between"], ["between", "them"])
    in_middle = said[-1] in _MIDDLE and list(said[:-1]) in ([], ["one", "in"], ["in"])
    first = len(said) == 2 and said[0] in _MIDDLE and said[1] == "one"
    if not (between or in_middle or first) or count % 2 == 0:
        return None
    ordinal = next(word for word, rank in lex.ORDINALS.items() if rank == (count + 1) // 2)
    return _ranked(ordinal, sideways)


def _end(said: Sequence[str], sideways: bool) -> list[str]:
    first = "first" in said
    if sideways:
        return ["left" if first else "right"]
    return ["front" if first else "back"]


def _ranked(ordinal: str, sideways: bool) -> list[str]:
    if sideways:
        return ["the", ordinal, "one", "from", "the", "left"]
    return ["the", ordinal, "nearest", "one"]
