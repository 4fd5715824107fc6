"""Phrases about objects: what they name, and that absent ones name nothing."""

import numpy as np
import pytest

from vla_ros.training.labelled_pictures import LabelledObject
from vla_ros.training.phrases import ABSENT_KINDS, PRESENT_KINDS, Phrase, PhraseMaker, plural


def thing(noun, color, *, sizes=(), categories=(), more=()):
    return LabelledObject((noun, *more), (color,), sizes, categories, (0.0, 0.0, 20.0, 20.0), 1.0)


RED_CUBE = thing("cube", "red", more=("block",), categories=("toy",), sizes=("small",))
BLUE_CUBE = thing("cube", "blue", more=("block",), categories=("toy",), sizes=("large",))
BANANA = thing("banana", "yellow", categories=("fruit", "food"))
SCENE = (RED_CUBE, BLUE_CUBE, BANANA)


@pytest.mark.parametrize(
    ("phrase", "named"),
    [
        (Phrase("cube"), [True, True, False]),
        (Phrase("block", "red"), [True, False, False]),
        (Phrase("thing", "yellow"), [False, False, True]),
        (Phrase("fruit"), [False, False, True]),
        (Phrase("cube", None, "large"), [False, True, False]),
        (Phrase("banana", "red"), [False, False, False]),
        (Phrase("dragon"), [False, False, False]),
    ],
)
def test_which_objects_a_phrase_names(phrase, named):
    assert [phrase.names(t) for t in SCENE] == named


@pytest.mark.parametrize("kind", PRESENT_KINDS)
def test_present_phrases_name_something(kind):
    maker = PhraseMaker(SCENE)
    made = [maker.query(kind, SCENE, np.random.default_rng(seed)) for seed in range(30)]
    assert any(made)
    assert all(any(q.phrase.names(t) for t in SCENE) for q in made if q)


@pytest.mark.parametrize("kind", ABSENT_KINDS)
def test_absent_phrases_name_nothing_here_but_use_the_catalogues_words(kind):
    maker = PhraseMaker([*SCENE, thing("mug", "green", categories=("container",))])
    made = [maker.query(kind, SCENE, np.random.default_rng(seed)) for seed in range(30)]
    assert any(made)
    assert not any(q.phrase.names(t) for q in made if q for t in SCENE)


def test_an_empty_picture_still_gives_training_phrases():
    maker = PhraseMaker(SCENE)
    queries = maker.training_queries([], 8, np.random.default_rng(0), sizes=True)
    assert len(queries) == 8
    assert {q.kind for q in queries} <= set(ABSENT_KINDS)


def test_single_words_are_every_noun_category_and_colour():
    words = PhraseMaker(SCENE).single_words(np.random.default_rng(0))
    texts = {w.noun if w.color is None else w.color for w in words}
    assert texts == {"cube", "block", "banana", "toy", "fruit", "food", "red", "blue", "yellow"}


def test_the_same_seed_gives_the_same_phrases():
    maker = PhraseMaker(SCENE)
    first, second = (
        maker.training_queries(SCENE, 12, np.random.default_rng(5), sizes=True) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ("cube", "cubes"),
        ("box", "boxes"),
        ("knife", "knives"),
        ("strawberry", "strawberries"),
        ("tray", "trays"),
        ("dish", "dishes"),
    ],
)
def test_plural(one, several):
    assert plural(one) == several
