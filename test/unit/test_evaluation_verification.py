"""Planted mishaps are what their names say, and the second look's totals are counted right."""

from dataclasses import replace

import numpy as np
import pytest

from vla_ros.evaluation.case import Case
from vla_ros.evaluation.planting import MISHAPS
from vla_ros.geometry import pose
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.predicates import satisfied
from vla_ros.types import Relation, Skill, Task

TASK = Task(Skill.PUT_IN, "red cube", "bowl", Relation.IN)
CASE = Case(
    "put_in",
    "put the red cube in the bowl",
    TASK,
    ("cube",),
    ("bowl",),
    meanings={"red cube": ("cube",), "bowl": ("bowl",)},
)


def thing(name: str, kind: str, x: float, y: float, size: tuple[float, float, float], z=0.0):
    T = pose(np.array([x, y, z + size[2] / 2.0]))
    return ObjectTruth(name, kind, "red", (name,), T, np.array(size))


BEFORE = {
    "cube": thing("cube", "cube", 0.5, 0.15, (0.04, 0.04, 0.04)),
    "other": thing("other", "cube", 0.35, 0.2, (0.045, 0.045, 0.045)),
    "bowl": thing("bowl", "bowl", 0.45, -0.1, (0.15, 0.15, 0.06)),
}
NOW = {**BEFORE, "cube": thing("cube", "cube", 0.45, -0.1, (0.04, 0.04, 0.04), 0.008)}


def after(mishap: str, seed: int) -> dict[str, ObjectTruth]:
    moves = MISHAPS[mishap](CASE, BEFORE, NOW, np.random.default_rng(seed))
    assert moves is not None
    return {
        name: replace(t, T_base_object=moves.get(name, t.T_base_object)) for name, t in NOW.items()
    }


def test_without_a_mishap_it_is_done():
    assert satisfied(TASK, BEFORE, NOW, np.pi, CASE.resolve)


@pytest.mark.parametrize("mishap", sorted(MISHAPS))
@pytest.mark.parametrize("seed", range(5))
def test_after_every_mishap_it_is_not_done(mishap, seed):
    assert not satisfied(TASK, BEFORE, after(mishap, seed), np.pi, CASE.resolve)


def test_missed_is_close_beside_and_on_the_table():
    cube = after("missed", 1)["cube"]
    way = np.hypot(*(cube.T_base_object - BEFORE["bowl"].T_base_object)[:2, 3])
    assert 0.075 < way < 0.19
    assert cube.T_base_object[2, 3] == pytest.approx(0.022)


def test_swapped_puts_its_like_in_its_stead():
    things = after("swapped", 1)
    np.testing.assert_allclose(things["cube"].T_base_object, BEFORE["cube"].T_base_object)
    np.testing.assert_allclose(things["other"].T_base_object[:2, 3], [0.45, -0.1])


def test_nothing_is_swapped_where_nothing_is_alike():
    lonely = {name: t for name, t in NOW.items() if name != "other"}
    assert MISHAPS["swapped"](CASE, BEFORE, lonely, np.random.default_rng(0)) is None
