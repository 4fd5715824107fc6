"""The sounds that words are made of, and how easily one is heard as another.

Words that the dictionary of pocketsphinx lacks, or all where it is not installed, are read by
simple rules of English spelling: good enough to say that "tumblr" sounds like "tumbler".

Source: ARPAbet, the phoneme set of the CMU Pronouncing Dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec

import numpy as np

_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"
PHONES = (*_VOWELS.split(), *_CONSONANTS.split())
NUMBER_OF = {phone: number for number, phone in enumerate(PHONES)}

ADDED = 0.8
"""Cost of a sound that was heard and not said; a replaced one costs at most 1."""

_WEAK = frozenset({"AH", "IH", "HH", "T", "D", "Y"})
_MISSED, _WEAK_MISSED = 0.8, 0.55
_KINDS = (
    (_VOWELS.split(), 0.6),
    (("P", "T", "K"), 0.5),
    (("B", "D", "G"), 0.5),
    (("M", "N", "NG"), 0.4),
    (("F", "TH", "S", "SH", "HH"), 0.6),
    (("V", "DH", "Z", "ZH"), 0.6),
    (("L", "R", "W", "Y"), 0.6),
    (("CH", "JH", "SH", "ZH"), 0.4),
)
_PAIRS = (
    "P B|T D|K G|F V|TH DH|S Z|SH ZH|CH JH|IH IY|UH UW|AA AO|AE EH|AH IH|AH UH|AH ER|EH IH|D DH|"
    "B V|L W|EY EH|OW AO|OW UH|AH AA|T CH"
)
_PAIR_COST = 0.3
_SPELLING = {
    "tch": "CH", "igh": "AY", "dge": "JH", "sh": "SH", "ch": "CH", "th": "TH", "ph": "F",
    "ck": "K", "ng": "NG", "qu": "K W", "wh": "W", "ee": "IY", "ea": "IY", "oo": "UW", "ou": "AW",
    "ow": "OW", "oa": "OW", "ai": "EY", "ay": "EY", "oy": "OY", "oi": "OY", "au": "AO", "aw": "AO",
    "er": "ER", "ir": "ER", "ur": "ER", "ar": "AA R", "or": "AO R", "a": "AE", "b": "B", "c": "K",
    "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K", "l": "L",
    "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH",
    "v": "V", "w": "W", "x": "K S", "y": "IY", "z": "Z",
}  # fmt: skip
_NUMBERS = "zero one two three four five six seven eight nine"
_DIGITS = {str(digit): word for digit, word in enumerate(_NUMBERS.split())}


@cache
def sounds(word: str) -> tuple[int, ...]:
    """Return the numbers of a lower-case word's sounds within PHONES."""
    phones = _looked_up(_DIGITS.get(word, word)) or _spelt_out(word)
    return tuple(NUMBER_OF[phone] for phone in phones)


def sounds_of(words: Sequence[str]) -> tuple[int, ...]:
    """Return the sounds of several words in a row."""
    return tuple(sound for word in words for sound in sounds(word))


@cache
def replaced() -> np.ndarray:
    """Return (P, P) costs [said, heard] of hearing one sound as another: 0 for the same, to 1."""
    costs = np.ones((len(PHONES), len(PHONES)))
    for kind, cost in _KINDS:
        numbers = [NUMBER_OF[phone] for phone in kind]
        costs[np.ix_(numbers, numbers)] = np.minimum(costs[np.ix_(numbers, numbers)], cost)
    for pair in _PAIRS.split("|"):
        first, second = (NUMBER_OF[phone] for phone in pair.split())
        costs[first, second] = costs[second, first] = _PAIR_COST
    np.fill_diagonal(costs, 0.0)
    return costs


@cache
def missed() -> np.ndarray:
    """Return (P,) costs of not hearing a sound that was said."""
    return np.array([_WEAK_MISSED if phone in _WEAK else _MISSED for phone in PHONES])


def _looked_up(word: str) -> list[str] | None:
    if find_spec("pocketsphinx") is None:
        return None
    from vla_ros.speech.sphinx_model import pronounced

    phones = pronounced(word)
    return None if phones is None else phones.split()


def _spelt_out(word: str) -> list[str]:
    """Return sounds by rules of spelling; a last, silent "e" and doubled letters say nothing."""
    word = re.sub("qu(?![aeio])", "koo", word)
    letters = "".join(c for i, c in enumerate(word) if i == 0 or c != word[i - 1] or c in "eo")
    if len(letters) > 3 and letters.endswith("e"):
        letters = letters[:-1]
    phones: list[str] = []
    at = 0
    while at < len(letters):
        length = next((n for n in (3, 2, 1) if letters[at : at + n] in _SPELLING), 0)
        phones += _SPELLING[letters[at : at + length]].split() if length else ()
        at += max(1, length)
    return phones
