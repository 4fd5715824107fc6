"""The detector's tokenizer."""

import pytest

from vla_ros.training.vocabulary import build_tokenizer

PHRASES = ["red cube", "light blue mug", "knife", "strawberry", "box", "coffee mug", "the"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("red cube", ["red", "cube"]),
        ("The RED cubes!", ["the", "red", "cube", "##s"]),
        ("boxes", ["box", "##es"]),
        ("knives", ["knife"]),
        ("strawberries", ["strawberry"]),
        ("coffee-mug", ["coffee", "mug"]),
        ("red dragon", ["red", "[UNK]"]),
        ("cub", ["[UNK]"]),
        ("", []),
        ("   \n ?!", []),
    ],
)
def test_words(text, tokens):
    assert build_tokenizer(PHRASES, 12).encode(text).tokens == tokens


def test_a_batch_is_padded_to_its_longest():
    first, second = build_tokenizer(PHRASES, 12).encode_batch(["mug", "the red cube"])
    assert first.ids[1:] == [0, 0] and 0 not in second.ids


def test_long_text_is_cut():
    assert len(build_tokenizer(PHRASES, 12).encode("red " * 10_000).ids) == 12
