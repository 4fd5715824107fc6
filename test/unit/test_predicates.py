"""Predicates on scenes of boxes whose truth is plain from how they were built."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vla_ros.geometry import pose
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.footprints import gap_m, top_m, under_m
from vla_ros.sim.predicates import (
    between,
    direction,
    disturbed,
    inside,
    lifted,
    moved,
    next_to,
    on_top,
    satisfied,
    stacked,
    towards,
)
from vla_ros.types import Relation, Skill, Task

FACING_THE_ROBOT = np.pi
CUBE = (0.04, 0.04, 0.04)
BOWL = (0.14, 0.14, 0.06)
PLATE = (0.18, 0.18, 0.02)


def thing(name, xyz, extent=CUBE, yaw=0.0, opening=None):
    """A box whose lowest face is at height z."""
    centre = np.add(xyz, (0.0, 0.0, extent[2] / 2.0))
    T = pose(centre, Rotation.from_euler("z", yaw))
    return ObjectTruth(name, "box", "red", (name,), T, np.array(extent), opening)


def truths(*things):
    return {t.name: t for t in things}


def exactly(phrase):
    return (phrase,)


def test_inside_needs_the_centre_over_the_opening_and_the_bottom_below_the_rim():
    bowl = thing("bowl", (0.5, 0.0, 0.0), BOWL)
    assert inside(thing("cube", (0.52, 0.01, 0.006)), bowl)
    assert not inside(thing("cube", (0.5, 0.0, 0.06)), bowl), "stands on the rim"
    assert not inside(thing("cube", (0.59, 0.0, 0.0)), bowl), "stands beside it"
    assert not inside(thing("cube", (0.56, 0.06, 0.0)), bowl), "in the corner of its box"


def test_inside_a_drawer_means_over_what_stands_out_of_its_chest():
    chest = thing("drawer", (0.4, 0.0, 0.0), (0.14, 0.16, 0.1), opening=1.0)
    cube = thing("cube", (0.52, 0.0, 0.02))
    assert inside(cube, chest)
    shut = thing("drawer", (0.4, 0.0, 0.0), (0.14, 0.16, 0.1), opening=0.0)
    assert not inside(cube, shut)
    assert not inside(thing("cube", (0.4, 0.0, 0.1)), chest), "stands on the chest"


def test_on_top_takes_a_plate_within_its_rim_but_not_a_thing_in_the_air():
    plate = thing("plate", (0.5, 0.0, 0.0), PLATE)
    assert on_top(thing("cube", (0.55, 0.0, 0.012)), plate)
    assert on_top(thing("cube", (0.5, 0.0, 0.02)), plate)
    assert not on_top(thing("cube", (0.5, 0.0, 0.06)), plate)
    assert not on_top(thing("cube", (0.62, 0.0, 0.0)), plate)


def test_stacked_is_on_the_very_top():
    lower = thing("lower", (0.5, 0.0, 0.0))
    assert stacked(thing("upper", (0.51, 0.0, 0.04)), lower)
    assert not stacked(thing("upper", (0.55, 0.0, 0.04)), lower)
    assert not stacked(lower, thing("upper", (0.5, 0.0, 0.04)))


@pytest.mark.parametrize(("gap", "expected"), [(0.0, True), (0.05, True), (0.2, False)])
def test_next_to_measures_between_the_sides(gap, expected):
    first = thing("first", (0.5, 0.0, 0.0))
    second = thing("second", (0.5, 0.04 + gap, 0.0))
    assert gap_m(first, second) == pytest.approx(gap, abs=1e-9)
    assert next_to(first, second) is expected


@settings(deadline=None, max_examples=30)
@given(
    yaw=st.floats(-3.0, 3.0),
    angle=st.floats(-3.0, 3.0),
    distance=st.floats(0.15, 0.5),
)
def test_gap_of_turned_boxes_equals_the_least_distance_of_their_sampled_sides(yaw, angle, distance):
    first = thing("first", (0.0, 0.0, 0.0), (0.1, 0.04, 0.04))
    second = thing(
        "second",
        (distance * np.cos(angle), distance * np.sin(angle), 0.0),
        (0.08, 0.06, 0.04),
        yaw,
    )
    along = np.linspace(-0.5, 0.5, 81)
    rims = []
    for box in (first, second):
        square = np.concatenate(
            [np.stack([along, np.full_like(along, s)], 1) for s in (-0.5, 0.5)]
            + [np.stack([np.full_like(along, s), along], 1) for s in (-0.5, 0.5)]
        )
        turned = (square * box.extent_m[:2]) @ box.T_base_object[:2, :2].T
        rims.append(turned + box.T_base_object[:2, 3])
    sampled = np.linalg.norm(rims[0][:, None] - rims[1][None], axis=-1).min()
    assert gap_m(first, second) == pytest.approx(sampled, abs=1.3e-3)


def test_heights_of_a_box_on_its_edge():
    tilted = ObjectTruth(
        "edge",
        "box",
        "red",
        ("edge",),
        pose(np.array([0.0, 0.0, 0.5]), Rotation.from_euler("x", np.pi / 4)),
        np.array([0.1, 0.1, 0.1]),
    )
    assert top_m(tilted) == pytest.approx(0.5 + 0.1 / np.sqrt(2))
    assert under_m(tilted) == pytest.approx(0.5 - 0.1 / np.sqrt(2))


def test_left_of_a_viewer_who_faces_the_robot_is_the_bases_right():
    np.testing.assert_allclose(direction(Relation.LEFT_OF, FACING_THE_ROBOT), [0, -1], atol=1e-9)
    np.testing.assert_allclose(direction(Relation.BEHIND, FACING_THE_ROBOT), [-1, 0], atol=1e-9)
    np.testing.assert_allclose(direction(Relation.LEFT_OF, 0.0), [0, 1], atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(yaw=st.floats(-np.pi, np.pi))
def test_opposite_directions_exclude_each_other_for_every_viewer(yaw):
    reference = thing("mug", (0.5, 0.0, 0.0))
    for relation in (Relation.LEFT_OF, Relation.BEHIND):
        x, y = 0.12 * direction(relation, yaw)
        cube = thing("cube", (0.5 + x, y, 0.0))
        assert towards(cube, reference, relation, yaw)
        assert not towards(reference, cube, relation, yaw)


def test_towards_refuses_what_is_mostly_elsewhere_or_far_away():
    reference = thing("mug", (0.5, 0.0, 0.0))
    diagonal = thing("cube", (0.62, -0.06, 0.0))
    assert not towards(diagonal, reference, Relation.LEFT_OF, FACING_THE_ROBOT)
    assert not towards(
        thing("cube", (0.5, -0.6, 0.0)), reference, Relation.LEFT_OF, FACING_THE_ROBOT
    )


def test_between_two_things():
    left, right = thing("left", (0.5, -0.2, 0.0)), thing("right", (0.5, 0.2, 0.0))
    assert between(thing("cube", (0.53, 0.05, 0.0)), left, right)
    assert not between(thing("cube", (0.5, 0.3, 0.0)), left, right)
    assert not between(thing("cube", (0.65, 0.0, 0.0)), left, right)


def test_lifted_and_moved():
    before = thing("cube", (0.5, 0.0, 0.0))
    assert lifted(before, thing("cube", (0.5, 0.0, 0.12)))
    assert not lifted(before, thing("cube", (0.5, 0.0, 0.02)))
    left = direction(Relation.LEFT_OF, FACING_THE_ROBOT)
    assert moved(before, thing("cube", (0.5, -0.08, 0.0)), left)
    assert not moved(before, thing("cube", (0.5, -0.01, 0.0)), left)
    assert not moved(before, thing("cube", (0.6, -0.08, 0.0)), left)


def test_disturbed_names_what_nobody_asked_to_move():
    before = truths(thing("cube", (0.4, 0.0, 0.0)), thing("mug", (0.5, 0.0, 0.0)))
    after = truths(thing("cube", (0.4, 0.1, 0.0)), thing("mug", (0.55, 0.0, 0.0)))
    assert disturbed(before, after, ("cube",)) == ("mug",)


BEFORE = truths(
    thing("cube", (0.4, 0.0, 0.0)),
    thing("bowl", (0.5, 0.2, 0.0), BOWL),
    thing("plate", (0.5, -0.2, 0.0), PLATE),
    thing("drawer", (0.6, 0.0, 0.0), (0.1, 0.1, 0.1), opening=0.0),
)


@pytest.mark.parametrize(
    ("task", "change", "expected"),
    [
        (Task(Skill.PUT_IN, "cube", "bowl"), thing("cube", (0.5, 0.2, 0.006)), True),
        (Task(Skill.PUT_IN, "cube", "bowl"), thing("cube", (0.5, -0.2, 0.02)), False),
        (Task(Skill.PUT_ON, "cube", "plate"), thing("cube", (0.5, -0.2, 0.02)), True),
        (Task(Skill.PICK, "cube"), thing("cube", (0.4, 0.0, 0.15)), True),
        (Task(Skill.PICK, "cube"), thing("cube", (0.4, 0.0, 0.0)), False),
        (Task(Skill.PLACE, "cube", "bowl", Relation.NEXT_TO), thing("cube", (0.4, 0.2, 0)), True),
        (Task(Skill.PUSH, "cube", None, Relation.LEFT_OF), thing("cube", (0.4, -0.1, 0)), True),
        (Task(Skill.PUSH, "cube", None, Relation.RIGHT_OF), thing("cube", (0.4, -0.1, 0)), False),
        (
            Task(Skill.OPEN, "drawer"),
            thing("drawer", (0.6, 0.0, 0.0), (0.1, 0.1, 0.1), opening=0.9),
            True,
        ),
        (Task(Skill.CLOSE, "drawer"), thing("cube", (0.4, 0.0, 0.0)), True),
        (Task(Skill.DESCRIBE), thing("cube", (0.4, 0.1, 0.0)), False),
        (Task(Skill.HOME), thing("cube", (0.4, 0.0, 0.0)), True),
    ],
)
def test_satisfied_by_the_task(task, change, expected):
    after = {**BEFORE, change.name: change}
    assert satisfied(task, BEFORE, after, FACING_THE_ROBOT, exactly) is expected


def test_satisfied_fails_where_something_else_was_knocked_over():
    after = {
        **BEFORE,
        "cube": thing("cube", (0.5, 0.2, 0.006)),
        "plate": thing("plate", (0.5, -0.3, 0.0), PLATE),
    }
    task = Task(Skill.PUT_IN, "cube", "bowl")
    assert not satisfied(task, BEFORE, after, FACING_THE_ROBOT, exactly)


def test_all_means_every_match_and_an_unknown_phrase_is_never_satisfied():
    before = truths(
        thing("a", (0.4, 0.0, 0.0)), thing("b", (0.4, 0.1, 0.0)), thing("bowl", (0.5, 0.3, 0), BOWL)
    )
    half = {**before, "a": thing("a", (0.47, 0.3, 0.006))}
    both = {**half, "b": thing("b", (0.53, 0.3, 0.006))}
    names = {"cubes": ("a", "b"), "bowl": ("bowl",), "dragon": ()}
    task = Task(Skill.PUT_IN, "cubes", "bowl", Relation.IN, "all")
    assert not satisfied(task, before, half, FACING_THE_ROBOT, names.__getitem__)
    assert satisfied(task, before, both, FACING_THE_ROBOT, names.__getitem__)
    dragon = Task(Skill.PICK, "dragon")
    assert not satisfied(dragon, before, both, FACING_THE_ROBOT, names.__getitem__)


def test_pointing_is_judged_by_the_line_out_of_the_tool():
    over_the_cube = pose(np.array([0.4, 0.0, 0.2]), Rotation.from_euler("x", np.pi))
    task = Task(Skill.POINT_AT, "cube")
    assert satisfied(task, BEFORE, BEFORE, FACING_THE_ROBOT, exactly, over_the_cube)
    away = pose(np.array([0.6, 0.2, 0.2]), Rotation.from_euler("x", np.pi))
    assert not satisfied(task, BEFORE, BEFORE, FACING_THE_ROBOT, exactly, away)
    assert not satisfied(task, BEFORE, BEFORE, FACING_THE_ROBOT, exactly)
