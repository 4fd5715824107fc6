"""Truth by the time of a picture: never an older scene's."""

import threading

import pytest

from vla_ros.errors import ModelError
from vla_ros.perception.truth_history import TruthHistory

MS = 1_000_000
OLD, NEW = {"old": None}, {"new": None}


def at_once() -> bool:
    return True


def test_the_first_truth_that_is_not_older_than_the_picture_counts():
    history = TruthHistory()
    history.add(100 * MS, OLD)
    history.add(200 * MS, NEW)
    history.add(300 * MS, {})
    assert history.at(100 * MS, at_once) is OLD
    assert history.at(101 * MS, at_once) is NEW
    assert history.at(200 * MS, at_once) is NEW


def test_what_is_older_than_the_picture_is_refused():
    history = TruthHistory()
    with pytest.raises(ModelError, match="no ground truth"):
        history.at(0, at_once)
    history.add(100 * MS, OLD)
    with pytest.raises(ModelError, match=r"0\.050 s older"):
        history.at(150 * MS, at_once)


def test_it_waits_for_the_truth_of_the_pictures_scene():
    history = TruthHistory()
    history.add(100 * MS, OLD)
    asked = threading.Event()

    def tell() -> None:
        asked.wait(10.0)
        history.add(200 * MS, NEW)

    teller = threading.Thread(target=tell)
    teller.start()
    assert history.at(150 * MS, lambda: bool(asked.set())) is NEW
    teller.join()


def test_time_that_is_set_back_forgets():
    history = TruthHistory()
    history.add(500 * MS, OLD)
    history.add(10 * MS, NEW)
    assert history.at(5 * MS, at_once) is NEW
