"""From what may have been said to a command, or to the reason why it is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from vla_ros.language.phrases import is_table
from vla_ros.language.reader import tokenize
from vla_ros.language.referring import atoms, parse_anchors
from vla_ros.language.rule_parser import RuleParser
from vla_ros.language.stop_words import is_stop
from vla_ros.speech.candidates import Candidate, candidates
from vla_ros.speech.certainty import Certainty, Evidence
from vla_ros.speech.grammar import ANSWERS, is_reply
from vla_ros.speech.transcriber import Hypothesis
from vla_ros.speech.vocabulary import Vocabulary
from vla_ros.speech.wake_word import without_wake_word
from vla_ros.types import Parse, Skill

Score = Callable[[Sequence[str]], Sequence[float] | None]

NOTHING = "nothing was said"
_UNSURE = "I am not sure enough what was said"
MAX_CHARACTERS = 300
_CLEAR_LEAD = 0.98
_UNLIKELY = ("robot", "robot arm", "arm", "me")
"""Places without a name that are rather misheard than meant."""
_WORD = re.compile(r"[\w']+")


@dataclass(frozen=True, slots=True)
class Understood:
    """What an utterance is taken for.

    Attributes:
        text: The command, snapped to the command language; what was heard where it is none.
        confidence: Probability that it is what was meant, 0 to 1.
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
        certainty: How sure the recogniser's evidence makes.
    """

    vocabulary: Vocabulary
    on_table: tuple[str, ...] = ()
    ask_confidence: float = 0.3
    certainty: Certainty = field(default_factory=Certainty)

    def understand(
        self, hypotheses: Sequence[Hypothesis], score: Score = lambda _: None
    ) -> Understood:
        """Return the command that was most likely meant.

        Args:
            hypotheses: The recogniser's, best first.
            score: The recogniser's log likelihoods of given texts, or None.
        """
        heard = [h for h in hypotheses if h.text.strip()]
        if not heard:
            return Understood("", 0.0, NOTHING)
        best = heard[0]
        text = self._bare(best.text.strip()[:MAX_CHARACTERS])
        if is_stop(text) or is_answer(text) or is_reply(text, self.vocabulary):
            return Understood(plain(text), best.confidence)
        said = [_spoken(h.text[:MAX_CHARACTERS]) for h in heard]
        found = candidates(said, self.vocabulary, self._command, self.certainty.most)
        reason = self._objection(RuleParser().parse(text, self.on_table)) or _UNSURE
        if not found:
            return Understood(text, best.confidence, reason)
        understood = self._chosen(found, best, score)
        if understood.rejected is None and understood.confidence < self.ask_confidence:
            return Understood(text, understood.confidence, reason)
        return understood

    def _chosen(self, found: Sequence[Candidate], best: Hypothesis, score: Score) -> Understood:
        """Return the likeliest of several commands; those that mean the same count together."""
        said = _spoken(best.text)
        scores = score([*(candidate.text for candidate in found), said])
        worth = self.certainty.worth([c.changed for c in found], scores and scores[:-1])
        meant: dict[Parse, list[int]] = {}
        for number, candidate in enumerate(found):
            meant.setdefault(candidate.parse, []).append(number)
        first, *others = sorted(meant.values(), key=lambda group: -float(worth[group].sum()))
        at = max(first, key=lambda number: float(worth[number]))
        share = float(worth[first].sum())
        if others and float(worth[others[0]].sum()) > _CLEAR_LEAD * share:
            other = max(others[0], key=lambda number: float(worth[number]))
            both = f"'{found[at].text}' or '{found[other].text}'"
            return Understood(best.text, 0.0, f"I cannot tell whether you said {both}")
        loss = max(0.0, scores[-1] - scores[at]) if scores else None
        evidence = Evidence(share, found[at].changed, best.confidence, loss)
        return Understood(plain(self._bare(found[at].text)), self.certainty.of(evidence))

    def _bare(self, text: str) -> str:
        """Return a text without the wake word before it."""
        rest = without_wake_word(text, self.vocabulary.wake_word)
        return rest if rest else text

    def _command(self, text: str) -> tuple[Parse, bool] | None:
        """Return what a text means and whether that is clear, None where it is no command here."""
        parse = RuleParser().parse(self._bare(text), self.on_table)
        if self._objection(parse) is not None:
            return None
        is_named = all(self.vocabulary.names(phrase) for phrase in named(parse, _UNLIKELY))
        return parse, is_named and parse.question is None

    def _objection(self, parse: Parse) -> str | None:
        """Return why a text is no command on what is known here, or None."""
        if parse.refusal is not None:
            return parse.refusal
        for phrase in named(parse):
            if not self.vocabulary.knows(phrase):
                return f"I know nothing called '{phrase}'"
        return None


def named(parse: Parse, also: Collection[str] = ()) -> Iterator[str]:
    """Yield the nouns that a command is about; places like the table need no name.

    Args:
        parse: The command.
        also: Such places that are yielded all the same.
    """
    for task in parse.tasks:
        if task.skill in (Skill.ASK, Skill.DESCRIBE):
            continue
        for phrase in filter(None, (task.object, task.destination)):
            if phrase in also or not is_table(phrase):
                for expression in parse_anchors(phrase):
                    yield from atoms(expression)


def plain(text: str) -> str:
    """Return a text's words in lower case, without marks."""
    return " ".join(word for word in tokenize(text) if word not in (".", ","))


def is_answer(text: str) -> bool:
    """Return whether a text is a yes or a no."""
    return plain(text) in ANSWERS


def _spoken(text: str) -> str:
    """Return a text's words as they are said, contractions too."""
    return " ".join(_WORD.findall(text.lower().replace("\u2019", "'")))
