"""From what may have been said to a command, or to the reason why it is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from vla_ros.language.phrases import is_table
from vla_ros.language.reader import tokenize
from vla_ros.language.referring import atoms, parse_anchors
from vla_ros.language.rule_parser import RuleParser
from vla_ros.language.stop_words import is_stop
from vla_ros.speech.grammar import ANSWERS, is_reply, spoken_words
from vla_ros.speech.likeness import like
from vla_ros.speech.transcriber import Hypothesis
from vla_ros.speech.vocabulary import Vocabulary
from vla_ros.types import Parse, Skill

Score = Callable[[Sequence[str]], Sequence[float] | None]

NOTHING = "nothing was said"
MAX_CHARACTERS = 300
_LEAST_LIKENESS = 0.55
_MOST_PER_WORD = 4
_MOST_CANDIDATES = 24
_CLEAR_LEAD = 0.98


@dataclass(frozen=True, slots=True)
class Understood:
    """What an utterance is taken for.

    Attributes:
        text: The command, snapped to the command language; what was heard where it is none.
        confidence: How sure the recogniser is, 0 to 1.
        rejected: Why it is no command; None where it is one.
    """

    text: str
    confidence: float
    rejected: str | None = None

    def to_json(self) -> dict[str, str | float | None]:
        """Return it as a JSON object."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 3),
            "rejected": self.rejected,
        }


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides whether hypotheses are a command.

    Attributes:
        vocabulary: What things are called here.
        on_table: Phrases of what was seen; empty where that is not known.
        ask_confidence: Less sure ones are rejected.
    """

    vocabulary: Vocabulary
    on_table: tuple[str, ...] = ()
    ask_confidence: float = 0.3

    def understand(
        self, hypotheses: Sequence[Hypothesis], score: Score = lambda _: None
    ) -> Understood:
        """Return the command that was most likely meant.

        Args:
            hypotheses: The recogniser's, best first.
            score: The recogniser's likelihood of given texts, 0 to 1, or None.
        """
        if not hypotheses or not hypotheses[0].text.strip():
            return Understood("", 0.0, NOTHING)
        best = hypotheses[0]
        text = best.text.strip()[:MAX_CHARACTERS]
        understood = self._snapped(text, best.confidence, score)
        if understood.rejected is None and understood.confidence < self.ask_confidence:
            if is_stop(understood.text):
                return understood
            return replace(understood, rejected="I am not sure enough what was said")
        return understood

    def _snapped(self, text: str, confidence: float, score: Score) -> Understood:
        if is_stop(text) or is_answer(text) or is_reply(text, self.vocabulary):
            return Understood(plain(text), confidence)
        reason = self._objection(text)
        if reason is None:
            return Understood(plain(text), confidence)
        candidates = list(dict(islice(self._candidates(text), _MOST_CANDIDATES)).items())
        if not candidates:
            return Understood(text, confidence, reason)
        stated = score([candidate for candidate, _ in candidates])
        likely = stated or [confidence * alike for _, alike in candidates]
        worth = [likely[i] * alike for i, (_, alike) in enumerate(candidates)]
        at, *others = sorted(range(len(candidates)), key=lambda i: -worth[i])
        if others and worth[others[0]] > _CLEAR_LEAD * worth[at]:
            said = f"'{candidates[at][0]}' or '{candidates[others[0]][0]}'"
            return Understood(text, confidence, f"I cannot tell whether you said {said}")
        return Understood(candidates[at][0], min(likely[at], confidence) * candidates[at][1])

    def _objection(self, text: str) -> str | None:
        """Return why a text is no command on what is known here, or None."""
        parse = RuleParser().parse(text, self.on_table)
        if parse.refusal is not None:
            return parse.refusal
        for phrase in named(parse):
            if not self.vocabulary.knows(phrase):
                return f"I know nothing called '{phrase}'"
        return None

    def _candidates(self, text: str) -> Iterator[tuple[str, float]]:
        """Yield commands that sound like a text, with how alike they are: one or two words off."""
        words = plain(text).split()
        known = spoken_words(self.vocabulary)
        strange = [i for i, word in enumerate(words) if word not in known]
        if len(strange) > 2:
            return
        for first in strange or range(len(words)):
            for changed, alike in _replaced(words, first, known):
                if self._objection(" ".join(changed)) is None:
                    yield " ".join(changed), alike
                for second in strange:
                    if second <= first:
                        continue
                    for twice, also in _replaced(changed, second, known):
                        if self._objection(" ".join(twice)) is None:
                            yield " ".join(twice), alike * also


def _replaced(
    words: Sequence[str], at: int, known: frozenset[str]
) -> Iterator[tuple[list[str], float]]:
    others = sorted(known - {words[at]})
    for word, alike in like(words[at], others, _LEAST_LIKENESS)[:_MOST_PER_WORD]:
        yield [*words[:at], word, *words[at + 1 :]], alike


def named(parse: Parse) -> Iterator[str]:
    """Yield the nouns that a command is about; places like the table need no name."""
    for task in parse.tasks:
        if task.skill in (Skill.ASK, Skill.DESCRIBE):
            continue
        for phrase in filter(None, (task.object, task.destination)):
            if not is_table(phrase):
                for expression in parse_anchors(phrase):
                    yield from atoms(expression)


def plain(text: str) -> str:
    """Return a text's words in lower case, without marks."""
    return " ".join(word for word in tokenize(text) if word not in (".", ","))


def is_answer(text: str) -> bool:
    """Return whether a text is a yes or a no."""
    return plain(text) in ANSWERS
