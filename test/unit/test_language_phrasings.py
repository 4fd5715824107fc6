"""Every line of language_phrasings.txt is understood, refused with a reason, or asked back."""

from pathlib import Path

import pytest
from test_language_instructions import read_task

from vla_ros.language.rule_parser import RuleParser

TABLE = Path(__file__).with_name("language_phrasings.txt")
LINES = [line.partition(" => ") for line in TABLE.read_text(encoding="utf-8").splitlines()]
CASES = [(text, expected) for text, arrow, expected in LINES if arrow]


def test_the_table_is_large_and_says_nothing_twice():
    assert len({text for text, _ in CASES}) == len(CASES) >= 150


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_phrasing_gives_what_a_person_expects(text, expected):
    understood = RuleParser().parse(text)
    if expected in ("REFUSED", "ASKED"):
        said = understood.refusal if expected == "REFUSED" else understood.question
        assert not understood.tasks and said and len(said.split()) >= 3, understood
    else:
        assert understood.tasks == tuple(map(read_task, expected.split(" ; "))), understood
