"""Footprints keep their distance; the oracle is shapely-free: dense points on the outlines."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_ros.sim.placement import Footprint, Region, find_place, gap_m

FOOTPRINTS = st.builds(
    Footprint,
    st.floats(-0.2, 0.2),
    st.floats(-0.2, 0.2),
    st.floats(-np.pi, np.pi),
    st.floats(0.02, 0.2),
    st.floats(0.02, 0.2),
)


def outline(footprint: Footprint, per_side: int = 40) -> np.ndarray:
    corners = footprint.corners_m()
    steps = np.linspace(0.0, 1.0, per_side)[:, None]
    sides = zip(corners, np.roll(corners, -1, axis=0), strict=True)
    return np.concatenate([a + steps * (b - a) for a, b in sides])


def true_distance(first: Footprint, second: Footprint) -> float:
    return float(np.linalg.norm(outline(first)[:, None] - outline(second)[None], axis=-1).min())


@settings(deadline=None, max_examples=40)
@given(FOOTPRINTS, FOOTPRINTS)
def test_a_gap_is_never_wider_than_the_true_distance(first, second):
    assert gap_m(first, second) <= true_distance(first, second) + 1e-9


def test_the_gap_of_parallel_squares_is_exact():
    first = Footprint(0.0, 0.0, 0.0, 0.1, 0.1)
    second = Footprint(0.17, 0.02, 0.0, 0.1, 0.1)
    np.testing.assert_allclose(gap_m(first, second), 0.07)
    np.testing.assert_allclose(gap_m(second, first), 0.07)


@settings(deadline=None, max_examples=40)
@given(FOOTPRINTS)
def test_corners_have_the_sides_that_were_asked_for(footprint):
    corners = footprint.corners_m()
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    expected = [footprint.length_m, footprint.width_m] * 2
    np.testing.assert_allclose(sides, expected, atol=1e-12)
    np.testing.assert_allclose(corners.mean(axis=0), [footprint.x_m, footprint.y_m], atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_places_lie_within_the_region_and_keep_their_distance(seed):
    rng = np.random.default_rng(seed)
    region, taken = Region(), []
    for _ in range(6):
        place = find_place(rng, 0.08, 0.05, region, taken, 0.03)
        if place is None:
            break
        assert region.contains(place, overhang_m=0.02)
        assert all(true_distance(place, other) >= 0.03 - 1e-9 for other in taken)
        taken.append(place)
    assert taken


def test_there_is_no_place_where_there_is_no_room():
    rng = np.random.default_rng(0)
    wall = Footprint(0.48, 0.0, 0.0, 0.36, 0.60)
    assert find_place(rng, 0.05, 0.05, Region(), [wall], 0.02) is None
