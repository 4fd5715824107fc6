"""What goes on from a bowl's inside into the box of what lies in it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.perception.hollows import continued
from vla_ros.perception.surface import Surface

SIZE = 48
STEP_M = 0.002


def seen(height):
    """Return a surface seen from straight above: (SIZE, SIZE) heights on a grid."""
    x, y = np.meshgrid(np.arange(SIZE) * STEP_M, np.arange(SIZE) * STEP_M)
    points = np.stack([x, y, height(x - x.mean(), y - y.mean())], axis=-1)
    normals = np.zeros_like(points)
    T_base_camera = np.eye(4)
    T_base_camera[2, 3] = 1.0
    pixel_m = np.full((SIZE, SIZE), STEP_M)
    return Surface(points, normals, pixel_m, (0, 0), T_base_camera, np.eye(3))


def goes_on(surface, inside, labels=None):
    labels = np.zeros((SIZE, SIZE), int) if labels is None else labels
    return continued(surface, labels, inside, ~inside)


def box(low, high):
    inside = np.zeros((SIZE, SIZE), bool)
    inside[low:high, low:high] = True
    return inside


def bowl(radius_m):
    return lambda x, y: radius_m - np.sqrt(radius_m**2 - x**2 - y**2)


@given(radius_m=st.floats(0.08, 0.3), size_m=st.floats(0.008, 0.016), noise=st.integers(0, 99))
def test_a_block_in_a_bowl_keeps_its_pixels_and_the_bowl_keeps_the_rest(radius_m, size_m, noise):
    floor = bowl(radius_m)

    def height(x, y):
        block = (np.abs(x) < size_m) & (np.abs(y) < size_m)
        grain = np.random.default_rng(noise).normal(0.0, 5e-4, x.shape)
        return np.where(block, 0.03, floor(x, y)) + grain

    surface = seen(height)
    inside = box(12, 36)
    found = goes_on(surface, inside)
    block = surface.points_m[..., 2] > 0.025
    assert not (found & ~inside).any()
    assert not (found & block).any()
    assert found[inside & ~block].mean() > 0.95


def test_a_thing_that_stands_alone_keeps_everything():
    surface = seen(lambda x, y: 0.03 + 0.2 * x)
    labels = np.where(box(10, 40), 0, -1)
    assert not goes_on(surface, box(9, 41), labels).any()


def test_what_is_touched_by_other_things_of_no_one_shape_keeps_everything():
    rng = np.random.default_rng(0)
    heaps = rng.uniform(0.01, 0.08, (6, 6)).repeat(8, 0).repeat(8, 1)
    surface = seen(lambda x, y: heaps)
    assert not goes_on(surface, box(16, 32)).any()


@pytest.mark.parametrize("tilt", [0.0, 0.3])
def test_what_is_flat_is_no_hollow_however_it_lies(tilt):
    surface = seen(lambda x, y: 0.02 + tilt * x)
    assert not goes_on(surface, box(16, 32)).any()


def test_what_bulges_is_no_hollow():
    surface = seen(lambda x, y: np.sqrt(0.1**2 - x**2 - y**2))
    assert not goes_on(surface, box(16, 32)).any()
