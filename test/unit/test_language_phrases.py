"""Singulars, plurals and sentences for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.language.inflection import is_plural, plural, singular
from vla_ros.language.phrases import describe_task, is_table, strip_article
from vla_ros.language.rule_parser import RuleParser
from vla_ros.types import Parse, Relation, Skill, Task

PAIRS = """
cube cubes|box boxes|glass glasses_|knife knives|mouse mice|battery batteries|toy toys|dish dishes
bus buses|bench benches|strawberry strawberries|tomato tomatoes|potato potatoes|shelf shelves
orange oranges|sponge sponges|vase vases|case cases|brush brushes|loaf loaves|apple apples|fox foxes
pouch pouches|lens lenses|axe axes|die dice|mango mangoes|spoon spoons|can cans|bowl bowls|tie ties
"""
NOUNS = (
    "cube",
    "block",
    "can",
    "mug",
    "bowl",
    "plate",
    "box",
    "ball",
    "bottle",
    "cup",
    "banana",
    "apple",
    "orange",
    "knife",
    "spoon",
    "sponge",
    "carton",
    "basket",
    "drawer",
    "brush",
    "battery",
    "strawberry",
    "screwdriver",
    "hammer",
    "tray",
    "dish",
)
COLORS = ("", "red ", "light blue ", "big green ", "gray ", "large ")


@pytest.mark.parametrize("pair", [p for line in PAIRS.split("\n") for p in line.split("|") if p])
def test_plural_and_back(pair):
    one, many = pair.split()
    if many.endswith("_"):
        assert singular("glasses") == "glasses"
        return
    assert plural(one) == many and singular(many) == one and singular(one) == one
    assert is_plural(many) and not is_plural(one)


@pytest.mark.parametrize(
    "noun", ["scissors", "pliers", "tongs", "glass", "bus", "fish", "cactus", "gas"]
)
def test_what_looks_like_a_plural_stays(noun):
    assert singular(noun) == noun and not is_plural(noun)


@pytest.mark.parametrize(
    ("phrase", "bare"),
    [
        ("the red cube", "red cube"),
        ("a can", "can"),
        ("an apple", "apple"),
        ("the", "the"),
        ("", ""),
    ],
)
def test_articles_go(phrase, bare):
    assert strip_article(phrase) == bare


def test_table_is_known():
    assert is_table("table") and is_table("the table") and not is_table("plate")


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        (Task(Skill.PUT_IN, "red cube", "bowl", Relation.IN), "put the red cube in the bowl"),
        (Task(Skill.PUT_IN, None, "bowl", Relation.IN), "put it in the bowl"),
        (Task(Skill.PICK, "can", count="all"), "pick up every can"),
        (Task(Skill.PICK, "knife", count=2), "pick up 2 knives"),
        (
            Task(Skill.PUT_ON, "cube on the tray", "plate", Relation.ON),
            "put the cube that is on the tray on the plate",
        ),
        (
            Task(Skill.PLACE, "cube", "can and the bowl", Relation.BETWEEN),
            "put the cube between the can and the bowl",
        ),
        (
            Task(Skill.PLACE, "cube", "two cans", Relation.BETWEEN),
            "put the cube between the two cans",
        ),
        (Task(Skill.PUSH, "cube", None, Relation.IN_FRONT_OF), "push the cube towards me"),
        (Task(Skill.HOME), "go home"),
        (Task(Skill.RELEASE), "let go"),
        (Task(Skill.PLACE), "put down it"),
        (Task(Skill.DESCRIBE), "describe the scene"),
        (Task(Skill.ASK, "mug", question="where is the mug"), "where is the mug"),
    ],
)
def test_sentence_for_people(task, sentence):
    assert describe_task(task) == sentence


@st.composite
def simple(draw):
    return draw(st.sampled_from(COLORS)) + draw(st.sampled_from(NOUNS))


def pairs():
    two = st.lists(simple(), min_size=2, max_size=2, unique=True)
    return two.map(" and the ".join)


@st.composite
def phrases(draw):
    order = draw(st.sampled_from(("", "largest ", "leftmost ", "second largest ", "left ")))
    noun = order + draw(simple())
    relation = draw(
        st.sampled_from(
            ("", "behind", "to the left of", "right of", "next to", "on", "in", "between")
        )
    )
    if not relation:
        return noun
    if relation == "between":
        return f"{noun} between the {draw(pairs())}"
    return f"{noun} {relation} the {draw(simple())}"


@st.composite
def tasks(draw):
    thing = draw(phrases())
    ordered = thing.split()[0] in ("largest", "leftmost", "second", "left")
    count = None if ordered else draw(st.sampled_from((None, "all", 2, 3)))
    place = draw(phrases())
    kind = draw(st.sampled_from(("alone", "push", "put", "between", "stack", "bare")))
    if kind == "alone":
        skill = draw(st.sampled_from((Skill.PICK, Skill.OPEN, Skill.CLOSE, Skill.POINT_AT)))
        return Task(skill, thing, count=count)
    if kind == "push":
        sides = (Relation.LEFT_OF, Relation.RIGHT_OF, Relation.IN_FRONT_OF, Relation.BEHIND)
        return Task(Skill.PUSH, thing, None, draw(st.sampled_from(sides)), count)
    if kind == "between":
        return Task(Skill.PLACE, thing, draw(pairs()), Relation.BETWEEN, count)
    if kind == "stack":
        return Task(Skill.STACK, thing, place, Relation.ON, count)
    if kind == "bare":
        return draw(st.sampled_from((Task(Skill.HOME), Task(Skill.RELEASE), Task(Skill.STOP))))
    skill, relation = draw(
        st.sampled_from(
            (
                (Skill.PUT_IN, Relation.IN),
                (Skill.PUT_ON, Relation.ON),
                (Skill.PLACE, Relation.NEXT_TO),
                (Skill.PLACE, Relation.LEFT_OF),
                (Skill.PLACE, Relation.RIGHT_OF),
                (Skill.PLACE, Relation.IN_FRONT_OF),
                (Skill.PLACE, Relation.BEHIND),
            )
        )
    )
    return Task(skill, thing, place, relation, count)


@given(tasks())
def test_a_described_task_is_understood_as_that_task(task):
    understood = RuleParser().parse(describe_task(task))
    if task.object == task.destination and task.count is None and task.object is not None:
        assert understood.refusal is not None
    else:
        assert understood == Parse(tasks=(task,))
