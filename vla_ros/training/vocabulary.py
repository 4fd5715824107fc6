"""Builds the detector's tokenizer: whole words and their plural endings, nothing smaller.

A word outside the vocabulary becomes one unknown token, which the detector learns to refuse: a
robot that is asked for a "dragon" should say that it sees none, not guess from pieces of the word.
"""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from vla_ros.training.phrases import ARTICLES, GENERIC_NOUNS, PhraseMaker

PAD, UNKNOWN = "[PAD]", "[UNK]"
_PLURAL_ENDINGS = ("##s", "##es")


def build_tokenizer(phrases: Iterable[str], longest: int) -> Tokenizer:
    """Return a tokenizer of every word in some phrases.

    Args:
        phrases: Phrases whose words make the vocabulary.
        longest: Words after this many are cut off.
    """
    splitter = _normalizer()
    words = sorted({w for phrase in phrases for w in splitter.normalize_str(phrase).split()})
    vocabulary = {
        token: number for number, token in enumerate([PAD, UNKNOWN, *_PLURAL_ENDINGS, *words])
    }
    pieces = models.WordPiece(vocabulary, unk_token=UNKNOWN, max_input_chars_per_word=40)
    tokenizer = Tokenizer(pieces)
    tokenizer.normalizer = splitter
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.enable_padding(pad_id=vocabulary[PAD], pad_token=PAD)
    tokenizer.enable_truncation(longest)
    return tokenizer


def _normalizer() -> normalizers.Normalizer:
    """Lower case, no accents, plurals in -ies as -y, everything but letters and digits a space."""
    return normalizers.Sequence(
        [
            normalizers.NFD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(r"[^a-z0-9]+"), " "),
            normalizers.Replace(Regex(r"ies\b"), "y"),
            normalizers.Replace(Regex(r"ives\b"), "ife"),
            normalizers.Strip(),
        ]
    )


def every_word(phrases: PhraseMaker) -> list[str]:
    """Return every word that the phrases of a set of pictures are made of."""
    return [
        *phrases.nouns,
        *phrases.colors,
        *phrases.categories,
        *phrases.sizes,
        *GENERIC_NOUNS,
        *ARTICLES,
    ]
