"""Every line of language_instructions.txt gives the tasks that stand beside it."""

from pathlib import Path

import pytest

from vla_ros.language.rule_parser import RuleParser
from vla_ros.types import Query, QueryKind, Relation, Skill, Task

TABLE = Path(__file__).with_name("language_instructions.txt")
IMPLIED = {"put_in": Relation.IN, "put_on": Relation.ON, "stack": Relation.ON}


def read_task(text: str) -> Task:
    skill, _, rest = text.strip().partition(" ")
    skill, _, said_count = skill.partition("*")
    count = int(said_count) if said_count.isdecimal() else ("all" if said_count else None)
    rest, _, direction = rest.partition(" @")
    name, _, place = rest.partition(" > ")
    relation = Relation(direction) if direction else None
    destination = None
    if place:
        said_relation, colon, named = place.partition(": ")
        relation = Relation(said_relation) if colon else IMPLIED[skill]
        destination = named if colon else place
    return Task(Skill(skill), None if name in ("-", "") else name, destination, relation, count)


def read_cases() -> list[tuple[str, tuple[Task, ...]]]:
    cases = []
    for line in TABLE.read_text(encoding="utf-8").split("\n"):
        text, arrow, expected = line.partition(" => ")
        if arrow and not line.startswith("#"):
            refused = expected == "REFUSED"
            cases.append((text, () if refused else tuple(map(read_task, expected.split(" ; ")))))
    return cases


CASES = read_cases()


def test_the_table_is_large():
    assert len({text for text, _ in CASES}) == len(CASES) >= 250


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_instruction_gives_the_tasks_a_person_expects(text, expected):
    understood = RuleParser().parse(text)
    assert understood.tasks == expected, understood


QUESTIONS = [
    ("where is the mug?", "mug", None, None, None, "where is the mug"),
    ("Where's the red mug", "red mug", None, None, None, "where is the red mug"),
    ("where are the cubes", "cube", None, None, "all", "where are the cubes"),
    ("find the mug", "mug", None, None, None, "where is the mug"),
    ("can you tell me where the mug is?", "mug", None, None, None, "where the mug is"),
    ("what is on the table?", None, Relation.ON, "table", None, "what is on the table"),
    ("what's behind the mug?", None, Relation.BEHIND, "mug", None, "what is behind the mug"),
    (
        "what objects are in the bowl?",
        None,
        Relation.IN,
        "bowl",
        None,
        "what objects are in the bowl",
    ),
    ("how many cans are there?", "can", None, None, "all", "how many cans are there"),
    (
        "how many red cubes do you see",
        "red cube",
        None,
        None,
        "all",
        "how many red cubes do you see",
    ),
    (
        "how many cubes are on the table?",
        "cube",
        None,
        None,
        "all",
        "how many cubes are on the table",
    ),
    (
        "how many cubes are in the bowl",
        "cube in the bowl",
        None,
        None,
        "all",
        "how many cubes are in the bowl",
    ),
    ("count the cans", "can", None, None, "all", "how many cans are there"),
    ("is the bowl empty?", "bowl", None, None, None, "is the bowl empty"),
    ("is the drawer open?", "drawer", None, None, None, "is the drawer open"),
    ("is the ball orange?", "ball", None, None, None, "is the ball orange"),
    ("is the cube in the bowl?", "cube", Relation.IN, "bowl", None, "is the cube in the bowl"),
    ("is there a mug on the table", "mug", None, None, None, "is there a mug on the table"),
    ("are there any red cubes?", "red cube", None, None, None, "are there any red cubes"),
    ("do you see a banana?", "banana", None, None, None, "do you see a banana"),
    ("can you see the mug?", "mug", None, None, None, "can you see the mug"),
    ("what colour is the mug?", "mug", None, None, None, "what color is the mug"),
    ("what is the color of the mug?", "mug", None, None, None, "what is the color of the mug"),
    (
        "how big is the cube behind the mug?",
        "cube behind the mug",
        None,
        None,
        None,
        "how big is the cube behind the mug",
    ),
]


@pytest.mark.parametrize(
    ("text", "thing", "relation", "place", "count", "question"), QUESTIONS, ids=lambda v: str(v)
)
def test_question_is_asked_with_what_it_is_about(text, thing, relation, place, count, question):
    (task,) = RuleParser().parse(text).tasks
    assert task == Task(Skill.ASK, thing, place, relation, count, question, task.query)
    assert task.query is not None


def test_a_question_and_a_task_in_one_instruction():
    tasks = RuleParser().parse("Where is the mug? Pick it up.").tasks
    assert tasks == (
        Task(Skill.ASK, "mug", question="where is the mug", query=Query(QueryKind.WHERE)),
        Task(Skill.PICK, "mug"),
    )


def test_the_scene_tells_what_one_stands_for():
    scene = ("red cube", "blue ball", "green mug")
    assert RuleParser().parse("pick up the red one", scene).tasks == (Task(Skill.PICK, "red cube"),)
    two = RuleParser().parse("pick up the red one", (*scene, "red ball"))
    assert two.question is not None and not two.tasks
