"""Referring phrases as trees, written out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.language.referring import (
    MAX_CHARACTERS,
    ROBOT,
    ReferringExpression,
    Superlative,
    anchor_phrases,
    atoms,
    parse_anchors,
    parse_referring,
)
from vla_ros.types import Relation

Ref = ReferringExpression
MUG, BOWL, CAN, PLATE = Ref("mug"), Ref("bowl"), Ref("can"), Ref("plate")

WORDS = ("the", "red", "cube", "on", "in", "behind", "left", "of", "between", "and", "largest")

CASES = [
    ("red cube", Ref("red cube")),
    ("the red cube", Ref("red cube")),
    ("The Red Cubes", Ref("red cube")),
    ("glass", Ref("glass")),
    ("open drawer", Ref("open drawer")),
    ("can behind the mug", Ref("can", relation=Relation.BEHIND, anchors=(MUG,))),
    (
        "the red block to the left of the blue bowl",
        Ref("red block", relation=Relation.LEFT_OF, anchors=(Ref("blue bowl"),)),
    ),
    (
        "red block that is left of the can",
        Ref("red block", relation=Relation.LEFT_OF, anchors=(CAN,)),
    ),
    (
        "the cube that is next to the plate",
        Ref("cube", relation=Relation.NEXT_TO, anchors=(PLATE,)),
    ),
    ("the cube on the plate", Ref("cube", relation=Relation.ON, anchors=(PLATE,))),
    ("ball in the bowl", Ref("ball", relation=Relation.IN, anchors=(BOWL,))),
    ("mug right of the can", Ref("mug", relation=Relation.RIGHT_OF, anchors=(CAN,))),
    ("mug in front of the can", Ref("mug", relation=Relation.IN_FRONT_OF, anchors=(CAN,))),
    (
        "mug between the can and the bowl",
        Ref("mug", relation=Relation.BETWEEN, anchors=(CAN, BOWL)),
    ),
    ("mug between the two cans", Ref("mug", relation=Relation.BETWEEN, anchors=(CAN, CAN))),
    (
        "can behind the mug on the plate",
        Ref(
            "can",
            relation=Relation.BEHIND,
            anchors=(Ref("mug", relation=Relation.ON, anchors=(PLATE,)),),
        ),
    ),
    (
        "cube between the can behind the mug and the plate",
        Ref(
            "cube",
            relation=Relation.BETWEEN,
            anchors=(Ref("can", relation=Relation.BEHIND, anchors=(MUG,)), PLATE),
        ),
    ),
    ("the largest cube", Ref("cube", Superlative.LARGEST)),
    ("smaller cube", Ref("cube", Superlative.SMALLEST)),
    ("tallest red bottle", Ref("red bottle", Superlative.TALLEST)),
    ("leftmost can", Ref("can", Superlative.LEFTMOST)),
    ("left can", Ref("can", Superlative.LEFTMOST)),
    ("the can on the right", Ref("can", Superlative.RIGHTMOST)),
    ("the second block from the left", Ref("block", Superlative.LEFTMOST, 2)),
    ("the third largest block", Ref("block", Superlative.LARGEST, 3)),
    ("nearest can", Ref("can", Superlative.NEAREST)),
    ("farthest can from the bowl", Ref("can", Superlative.FARTHEST, anchors=(BOWL,))),
    ("can closest to the mug", Ref("can", Superlative.NEAREST, anchors=(MUG,))),
    ("can that is closest to the robot", Ref("can", Superlative.NEAREST, anchors=(Ref(ROBOT),))),
    ("the cube that is not red", Ref("cube", excluded=("red cube",))),
    (
        "largest cube on the plate",
        Ref("cube", Superlative.LARGEST, relation=Relation.ON, anchors=(PLATE,)),
    ),
    (
        "can left of the second block from the right",
        Ref(
            "can",
            relation=Relation.LEFT_OF,
            anchors=(Ref("block", Superlative.RIGHTMOST, 2),),
        ),
    ),
    ("", Ref("")),
    ("?!", Ref("?!")),
    ("the cube under the plate", Ref("cube under the plate")),
    ("pick up", Ref("pick up")),
]


@pytest.mark.parametrize(("phrase", "expected"), CASES, ids=[phrase for phrase, _ in CASES])
def test_phrase_becomes_the_tree(phrase, expected):
    assert parse_referring(phrase) == expected


def test_atoms_name_each_thing_once_the_head_first():
    tree = parse_referring("red can between the mug on the plate and the red can")
    assert atoms(tree) == ("red can", "mug", "plate")
    assert atoms(parse_referring("cube that is not red")) == ("cube", "red cube")
    assert atoms(parse_referring("cube closest to the robot")) == ("cube",)


def test_anchors_of_a_destination():
    assert parse_anchors("can and the bowl") == (CAN, BOWL)
    assert parse_anchors("two cans") == (CAN, CAN)
    behind = Ref("bowl", relation=Relation.BEHIND, anchors=(MUG,))
    assert parse_anchors("bowl behind the mug") == (behind,)
    assert parse_anchors("can and the bowl behind the mug") == (CAN, behind)


@given(st.text(max_size=400))
def test_never_raises_and_stays_short(text):
    tree = parse_referring(text)
    assert len(tree.head) <= 2 * MAX_CHARACTERS
    assert atoms(tree) is not None and parse_anchors(text)


@given(st.lists(st.sampled_from(WORDS)))
def test_never_raises_on_words_in_any_order(said):
    assert isinstance(parse_referring(" ".join(said)), ReferringExpression)


@pytest.mark.parametrize(
    ("phrase", "parts"),
    [
        ("the can and the bowl", ("can", "bowl")),
        ("two bowls", ("two bowls",)),
        (
            "can between the box and the cup and the plate",
            ("can between the box and the cup", "plate"),
        ),
        ("", ("",)),
    ],
)
def test_only_the_and_between_two_things_parts_them(phrase, parts):
    assert anchor_phrases(phrase) == parts
