"""When an arm came to rest for good, on speeds written down by hand."""

import pytest

from vla_ros.evaluation.resting import rest_ns


@pytest.mark.parametrize(
    ("speeds", "expected"),
    [
        ([(10, 0.5), (20, 0.3), (30, 0.01), (40, 0.0)], 20),
        ([(10, 0.5), (20, 0.01), (30, 0.2), (40, 0.0)], 30),
        ([(10, 0.5), (20, 0.0)], 10),
        ([(5, 0.9), (10, 0.9), (20, 0.9)], None),
        ([(5, 0.9), (10, 0.9)], None),
        ([(10, 0.5), (20, float("nan"))], None),
        ([], None),
    ],
    ids=["stops", "twitches", "rests at once", "goes on", "nothing heard", "nan", "silence"],
)
def test_it_rests_from_the_first_state_after_which_nothing_moves(speeds, expected):
    assert rest_ns(speeds, said_ns=10) == expected
