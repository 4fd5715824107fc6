import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vla_ros.language.referring import parse_referring
from vla_ros.params import PerceptionParams
from vla_ros.perception.footprint import gap_m, normalized_offset
from vla_ros.perception.referents import resolve
from vla_ros.perception.relations import degree, overlap, same_thing, viewer_directions
from vla_ros.types import Relation, Target

PARAMS = PerceptionParams()  # the viewer faces the robot: left is base -y... see the test below
PLACE = st.tuples(st.floats(0.3, 0.7), st.floats(-0.3, 0.3))


def thing(x, y, size=(0.05, 0.05, 0.05), z=None, yaw=0.0, phrase="thing"):
    T = np.eye(4)
    c, s = np.cos(yaw), np.sin(yaw)
    T[:2, :2] = [[c, -s], [s, c]]
    T[:3, 3] = [x, y, size[2] / 2 if z is None else z]
    box = np.array([400 * y, 400 * x, 400 * y + 20, 400 * x + 20])
    return Target(phrase, box, T, np.array(size), 1.0)


def holds(relation, a, *anchors, params=PARAMS):
    return degree(relation, a, anchors, params)


def test_the_viewer_who_faces_the_robot_has_base_minus_y_on_the_left():
    # Facing along base -x with z up, the left hand points along -y.
    directions = viewer_directions(PARAMS.viewer_yaw_rad)
    np.testing.assert_allclose(directions[Relation.LEFT_OF], [0.0, -1.0], atol=1e-3)
    np.testing.assert_allclose(directions[Relation.BEHIND], [-1.0, 0.0], atol=1e-3)


@settings(deadline=None)
@given(st.floats(-3.1, 3.1))
def test_left_and_front_are_a_quarter_turn_apart(yaw):
    directions = viewer_directions(yaw)
    forward = directions[Relation.BEHIND]
    np.testing.assert_allclose(directions[Relation.LEFT_OF], [-forward[1], forward[0]])
    np.testing.assert_allclose(directions[Relation.RIGHT_OF], -directions[Relation.LEFT_OF])


@settings(deadline=None)
@given(PLACE, PLACE)
def test_directions_are_mirrored(first, second):
    a, b = thing(*first), thing(*second)
    assume(np.hypot(first[0] - second[0], first[1] - second[1]) > 1e-3)
    for one, other in (
        (Relation.LEFT_OF, Relation.RIGHT_OF),
        (Relation.BEHIND, Relation.IN_FRONT_OF),
    ):
        assert holds(one, a, b) == pytest.approx(holds(other, b, a), abs=1e-9)
        assert min(holds(one, a, b), holds(other, a, b)) == 0.0


def test_directions_straight_and_askew():
    reference = thing(0.5, 0.0)
    assert holds(Relation.LEFT_OF, thing(0.5, -0.12), reference) == 1.0
    assert holds(Relation.RIGHT_OF, thing(0.5, 0.12), reference) == 1.0
    assert holds(Relation.BEHIND, thing(0.38, 0.0), reference) == 1.0
    assert holds(Relation.IN_FRONT_OF, thing(0.62, 0.0), reference) == 1.0
    assert 0.4 < holds(Relation.LEFT_OF, thing(0.4, -0.12), reference) <= 1.0
    assert holds(Relation.LEFT_OF, thing(0.3, -0.05), reference) == 0.0
    assert holds(Relation.LEFT_OF, thing(0.5, -0.003), reference) < 0.5


def test_inside_and_on_top():
    bowl = thing(0.5, 0.0, (0.16, 0.16, 0.06))
    within = thing(0.5, 0.01, (0.04, 0.04, 0.05), z=0.035)
    beside = thing(0.5, 0.12, (0.04, 0.04, 0.04))
    assert holds(Relation.IN, within, bowl) == 1.0
    assert holds(Relation.IN, beside, bowl) == 0.0
    assert holds(Relation.IN, bowl, within) == 0.0
    support = thing(0.5, 0.0, (0.1, 0.1, 0.06))
    above = thing(0.5, 0.01, (0.04, 0.04, 0.04), z=0.08)
    assert holds(Relation.ON, above, support) == 1.0
    assert holds(Relation.IN, above, support) == 0.0
    assert holds(Relation.ON, support, above) == 0.0
    assert holds(Relation.NEXT_TO, above, support) == 0.0


def test_next_to_falls_with_the_gap():
    reference = thing(0.5, 0.0)
    degrees = [holds(Relation.NEXT_TO, thing(0.5, y), reference) for y in (0.06, 0.1, 0.17, 0.3)]
    assert degrees[0] == degrees[1] == 1.0
    assert 0.3 < degrees[2] < 0.7
    assert degrees[3] == 0.0


@settings(deadline=None)
@given(st.floats(0.0, 1.0), st.floats(-0.3, 0.3))
def test_between_is_symmetric(along, across):
    first, second = thing(0.5, -0.2), thing(0.5, 0.2)
    middle = thing(0.5 + across, -0.2 + 0.4 * along)
    one = holds(Relation.BETWEEN, middle, first, second)
    assert one == pytest.approx(holds(Relation.BETWEEN, middle, second, first), abs=1e-9)
    if 0.3 < along < 0.7 and abs(across) < 0.05:
        assert one == 1.0
    if abs(across) > 0.2 or not 0.02 < along < 0.98:
        assert one == 0.0


@settings(deadline=None)
@given(PLACE, PLACE, st.floats(0, 3.1), st.floats(0, 3.1))
def test_the_gap_agrees_with_sampled_outlines(first, second, yaw, other_yaw):
    a = thing(*first, size=(0.1, 0.04, 0.05), yaw=yaw)
    b = thing(*second, size=(0.06, 0.05, 0.05), yaw=other_yaw)
    outline_a, outline_b = sampled(a), sampled(b)
    nearest = np.linalg.norm(outline_a[:, None] - outline_b[None], axis=2).min()
    found = gap_m(a, b)
    assert found == pytest.approx(gap_m(b, a), abs=1e-9)
    if found > 0.0:
        assert nearest == pytest.approx(found, abs=0.003)
    else:
        assert nearest < 0.03


def sampled(target, count=40):
    t = np.linspace(-0.5, 0.5, count)
    lx, ly, _ = target.extent_m
    edges = [np.column_stack([t * lx, np.full(count, side * ly / 2)]) for side in (-1, 1)] + [
        np.column_stack([np.full(count, side * lx / 2), t * ly]) for side in (-1, 1)
    ]
    return np.concatenate(edges) @ target.T_base_object[:2, :2].T + target.T_base_object[:2, 3]


def test_same_thing_and_overlap():
    box = np.array([0.0, 0.0, 10.0, 10.0])
    assert overlap(box, box) == 1.0
    assert overlap(box, box + 5.0) == pytest.approx(25.0 / 175.0)
    assert overlap(box, box + 20.0) == 0.0
    assert same_thing(thing(0.5, 0.0), thing(0.501, 0.001))
    assert not same_thing(thing(0.5, 0.0), thing(0.5, 0.06))
    assert normalized_offset(thing(0.5, 0.05), thing(0.5, 0.0, (0.1, 0.1, 0.1))) == pytest.approx(
        1.0
    )


class TestResolve:
    mug = thing(0.5, 0.0, phrase="mug")
    left, right = thing(0.5, -0.15, phrase="can"), thing(0.5, 0.15, phrase="can")
    behind = thing(0.36, 0.0, phrase="can")
    near, far = thing(0.66, -0.1, phrase="cube"), thing(0.34, -0.2, phrase="cube")

    def find(self, phrase, **candidates):
        found = {name.replace("_", " "): items for name, items in candidates.items()}
        return resolve(parse_referring(phrase), found, PARAMS)

    def test_simple(self):
        assert self.find("can", can=[self.left]).targets == (self.left,)
        assert self.find("red cube").reason == "there is no red cube"
        assert len(self.find("can", can=[self.left, self.right]).targets) == 2

    def test_relation(self):
        found = self.find("can left of the mug", can=[self.right, self.left], mug=[self.mug])
        assert found.targets == (self.left,)
        found = self.find("can behind the mug", can=[self.left, self.behind], mug=[self.mug])
        assert found.targets == (self.behind,)

    def test_reasons(self):
        found = self.find("can behind the mug", can=[self.left, self.right], mug=[self.mug])
        assert found.reason == "there are two cans, but none behind the mug"
        found = self.find("can behind the mug", can=[self.left], mug=[self.mug])
        assert found.reason == "there is one can, but it is not behind the mug"
        assert self.find("can behind the mug", can=[self.left]).reason == "there is no mug"

    def test_what_is_about_equally_true_stays_ambiguous(self):
        one, other = thing(0.40, -0.12, phrase="can"), thing(0.42, -0.12, phrase="can")
        found = self.find("can left of the mug", can=[one, other], mug=[self.mug])
        assert len(found.targets) == 2

    def test_an_ambiguous_anchor_is_settled_by_the_relation(self):
        other = thing(0.3, 0.3, phrase="mug")
        found = self.find(
            "can right of the mug", can=[self.left, self.right], mug=[self.mug, other]
        )
        assert found.targets == (self.right,)

    def test_between_two_of_a_kind(self):
        found = self.find("mug between the two cans", can=[self.left, self.right], mug=[self.mug])
        assert found.targets == (self.mug,)
        found = self.find("mug between the two cans", can=[self.left], mug=[self.mug])
        assert found.targets == ()

    def test_superlatives(self):
        cans = [self.left, self.right, self.behind]
        assert self.find("leftmost can", can=cans).targets == (self.left,)
        assert self.find("rightmost can", can=cans).targets == (self.right,)
        assert self.find("nearest cube", cube=[self.far, self.near]).targets == (self.near,)
        assert self.find("farthest cube", cube=[self.far, self.near]).targets == (self.far,)
        tall = thing(0.4, 0.1, (0.05, 0.05, 0.09), phrase="can")
        assert self.find("tallest can", can=[self.left, tall]).targets == (tall,)
        assert self.find("shortest can", can=[self.left, tall]).targets == (self.left,)
        assert self.find("largest can", can=[self.left, tall]).targets == (tall,)
        assert self.find("smallest can", can=[self.left, tall]).targets == (self.left,)

    def test_sizes_that_differ_less_than_can_be_measured_are_ambiguous(self):
        alike = thing(0.4, 0.1, (0.051, 0.05, 0.051), phrase="can")
        assert len(self.find("largest can", can=[self.left, alike]).targets) == 2

    def test_ordinals(self):
        row = [thing(0.5, y, phrase="cube") for y in (0.1, -0.2, 0.2, -0.05)]
        assert self.find("second cube from the left", cube=row).targets == (row[3],)
        assert self.find("third cube from the right", cube=row).targets == (row[3],)
        found = self.find("third cube from the left", cube=row[:2])
        assert found.reason == "there are two cubes only"

    def test_distance_to_an_anchor(self):
        found = self.find("can nearest to the cube", can=[self.left, self.right], cube=[self.near])
        assert found.targets == (self.left,)
        found = self.find("cube closest to you", cube=[self.near, self.far])
        assert found.targets == (self.far,)  # the robot's base is at the origin

    def test_nested(self):
        plate = thing(0.5, 0.0, (0.2, 0.2, 0.02), phrase="plate")
        on_plate = thing(0.5, 0.0, z=0.035, phrase="mug")
        other = thing(0.35, 0.25, phrase="mug")
        found = self.find(
            "can left of the mug on the plate",
            can=[self.left, thing(0.35, 0.1, phrase="can")],
            mug=[other, on_plate],
            plate=[plate],
        )
        assert found.targets == (self.left,)

    def test_excluded(self):
        red = thing(0.5, 0.1, phrase="cube")
        found = self.find("cube that is not red", cube=[red, self.near], red_cube=[red])
        assert found.targets == (self.near,)
        found = self.find("cube that is not red", cube=[red], red_cube=[red])
        assert found.reason == "every cube is a red cube"

    @settings(deadline=None)
    @given(st.lists(PLACE, min_size=1, max_size=6), st.sampled_from(["leftmost", "nearest"]))
    def test_the_first_by_rank_is_never_beaten_by_more_than_the_margin(self, places, word):
        things = [thing(x, y, phrase="cube") for x, y in places]
        found = self.find(f"{word} cube", cube=things).targets
        axis, sign = (1, 1.0) if word == "leftmost" else (0, -1.0)
        best = min(sign * t.T_base_object[axis, 3] for t in things)
        assert found
        for target in found:
            assert sign * target.T_base_object[axis, 3] <= best + PARAMS.relation_margin_m + 1e-4
