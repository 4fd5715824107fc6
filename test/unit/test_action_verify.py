"""The second look never says more than what is seen; each case is written out by hand."""

import numpy as np
import pytest
from action_fakes import bowl, box

from vla_ros.action.verify import Evidence, verify
from vla_ros.geometry import tool_down
from vla_ros.types import Relation, Skill, Target, Task

CUBE = box("red cube", 0.5, 0.1)
BOWL = bowl("bowl", 0.45, -0.2).target()


def at(x: float, y: float, bottom: float = 0.0) -> Target:
    thing = box("red cube", x, y)
    thing.position_m = thing.position_m + np.array([0.0, 0.0, bottom])
    return thing.target()


def evidence(skill=Skill.PUT_IN, relation=Relation.IN, after=(), **changes) -> Evidence:
    values = {
        "task": Task(skill, "red cube", "bowl" if relation else None, relation),
        "name": "red cube",
        "before": CUBE.target(),
        "others": (),
        "after": after,
        "places": (BOWL,) if relation else (),
        "places_before": (BOWL,) if relation else (),
        "T_base_tool": tool_down(np.array([0.3, 0.0, 0.45]), 0.0),
        "holding": False,
        "viewer_yaw_rad": np.pi,
    }
    return Evidence(**(values | changes))


def test_seen_in_the_bowl():
    verdict = verify(evidence(after=[at(0.46, -0.19, 0.006)]))
    assert verdict.success and not verdict.unsure
    assert verdict.error_m == pytest.approx(np.hypot(0.01, 0.01))


def test_seen_where_it_was():
    verdict = verify(evidence(after=[at(0.505, 0.1)]))
    assert not verdict.success and not verdict.unsure
    assert "still stands where it was" in verdict.reason


def test_seen_beside_the_bowl():
    verdict = verify(evidence(after=[at(0.58, -0.2)]))
    assert not verdict.success and verdict.unsure


def test_another_one_that_was_in_the_bowl_before_does_not_count():
    other = at(0.45, -0.2, 0.006)
    verdict = verify(evidence(after=[at(0.452, -0.2, 0.006), at(0.62, 0.0)], others=(other,)))
    assert not verdict.success


def test_hidden_in_a_deep_container_counts_on_a_plate_it_does_not():
    assert verify(evidence(after=[])).success
    flat = box("plate", 0.45, -0.2, (0.14, 0.14, 0.015)).target()
    verdict = verify(evidence(after=[], places=(flat,), places_before=(flat,)))
    assert not verdict.success and verdict.unsure


def test_still_held_is_not_placed():
    assert not verify(evidence(after=[at(0.45, -0.2, 0.006)], holding=True)).success


def test_an_unseen_destination_is_taken_where_it_was():
    assert verify(evidence(after=[at(0.45, -0.2, 0.006)], places=())).success
    nowhere = evidence(after=[at(0.45, -0.2)], places=(), places_before=())
    assert verify(nowhere).unsure


@pytest.mark.parametrize(("bottom", "success"), [(0.051, True), (0.2, False), (0.0, False)])
def test_on_means_at_the_surface(bottom, success):
    block = box("block", 0.45, -0.2, (0.06, 0.06, 0.05)).target()
    told = evidence(
        Skill.STACK,
        Relation.ON,
        after=[at(0.455, -0.2, bottom)],
        places=(block,),
        places_before=(block,),
    )
    assert verify(told).success is success


@pytest.mark.parametrize(
    ("relation", "y", "success"),
    [
        (Relation.LEFT_OF, -0.33, True),
        (Relation.LEFT_OF, -0.07, False),
        (Relation.NEXT_TO, -0.33, True),
        (Relation.NEXT_TO, 0.3, False),
    ],
)
def test_beside_as_the_viewer_across_the_table_sees_it(relation, y, success):
    verdict = verify(evidence(Skill.PLACE, relation, after=[at(0.45, y)]))
    assert verdict.success is success


def test_picked_needs_the_grip_and_the_empty_place():
    free = evidence(Skill.PICK, None, after=[], holding=True)
    assert verify(free).success
    assert not verify(evidence(Skill.PICK, None, after=[], holding=False)).success
    assert not verify(evidence(Skill.PICK, None, after=[CUBE.target()], holding=True)).success
    lifted = evidence(Skill.PICK, None, after=[at(0.5, 0.1, 0.1)], holding=True)
    assert verify(lifted).success


def test_pushed_needs_the_way_in_the_direction():
    def pushed(x, y):
        task = Task(Skill.PUSH, "red cube", None, Relation.LEFT_OF)
        return verify(evidence(Skill.PUSH, None, after=[at(x, y)], task=task))

    assert pushed(0.5, 0.02).success
    assert not pushed(0.5, 0.18).success
    assert not pushed(0.5, 0.09).success


def test_pointing_is_over_the_thing():
    over = tool_down(np.array([0.5, 0.12, 0.15]), 0.0)
    beside = tool_down(np.array([0.5, 0.2, 0.15]), 0.0)
    assert verify(evidence(Skill.POINT_AT, None, T_base_tool=over)).success
    assert not verify(evidence(Skill.POINT_AT, None, T_base_tool=beside)).success
