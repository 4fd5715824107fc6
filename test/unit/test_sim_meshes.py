"""Generated meshes are closed, look outwards and have the size that was asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_ros.sim.meshes import (
    Mesh,
    along_y,
    ball,
    chamfered_box,
    fitted,
    grid,
    joined,
    lathe,
    lying,
    prism,
    quarter_turned,
    stretched,
    tube,
)

SIZES = st.floats(0.01, 0.2)


def signed_volume(mesh: Mesh) -> float:
    """The divergence theorem: positive where every triangle is counter-clockwise from outside."""
    a, b, c = (mesh.vertices_m[mesh.faces[:, k]] for k in range(3))
    return float(np.sum(np.cross(a, b) * c) / 6.0)


def normals_agree(mesh: Mesh) -> bool:
    a, b, c = (mesh.vertices_m[mesh.faces[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    smooth = mesh.normals[mesh.faces].sum(axis=1)
    return bool(np.all(np.sum(flat * smooth, axis=1) > -1e-12))


def test_a_turned_cylinder_has_the_volume_of_a_cylinder():
    mesh = lathe([(0.0, 0.0), (0.03, 0.0), (0.03, 0.1), (0.0, 0.1)], slices=64)
    assert signed_volume(mesh) == pytest.approx(np.pi * 0.03**2 * 0.1, rel=2e-3)
    assert normals_agree(mesh)


def test_a_hollow_cylinder_lacks_the_volume_of_its_inside():
    outline = [(0.0, 0.0), (0.03, 0.0), (0.03, 0.1), (0.02, 0.1), (0.02, 0.01), (0.0, 0.01)]
    mesh = lathe(outline, slices=64)
    solid = np.pi * (0.03**2 * 0.1 - 0.02**2 * 0.09)
    assert signed_volume(mesh) == pytest.approx(solid, rel=3e-3)
    assert normals_agree(mesh)


@settings(deadline=None, max_examples=40)
@given(SIZES)
def test_a_ball_has_normals_along_its_radii(radius):
    mesh = ball(radius)
    outward = mesh.vertices_m / radius
    away_from_poles = np.abs(outward[:, 2]) < 0.95
    cosines = np.sum(outward * mesh.normals, axis=1)[away_from_poles]
    assert np.all(cosines > 0.98)


@settings(deadline=None, max_examples=40)
@given(SIZES, SIZES, SIZES)
def test_a_chamfered_box_is_a_little_smaller_than_the_box(x, y, z):
    bevel = 0.05 * min(x, y, z)
    mesh = chamfered_box((x, y, z), bevel)
    np.testing.assert_allclose(np.ptp(mesh.vertices_m, axis=0), [x, y, z], rtol=1e-9)
    assert 0.95 * x * y * z < signed_volume(mesh) < x * y * z


def test_a_tube_has_the_volume_of_its_path():
    path = np.stack([np.linspace(0.0, 0.1, 5), np.zeros(5), np.zeros(5)], axis=-1)
    mesh = tube(path, np.full(5, 0.01), sides=48)
    assert signed_volume(mesh) == pytest.approx(np.pi * 0.01**2 * 0.1, rel=1e-2)


def test_a_closed_tube_is_a_torus():
    turn = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)
    path = 0.05 * np.stack([np.cos(turn), np.sin(turn), np.zeros(64)], axis=-1)
    mesh = tube(path, np.full(64, 0.01), sides=32, closed=True)
    assert signed_volume(mesh) == pytest.approx(2.0 * np.pi**2 * 0.05 * 0.01**2, rel=2e-2)


def test_a_prism_has_base_times_height():
    square = np.array([[0.0, 0.0], [0.1, 0.0], [0.1, 0.1], [0.0, 0.1]])
    mesh = prism(square, 0.05)
    assert signed_volume(mesh) == pytest.approx(0.1 * 0.1 * 0.05)
    assert normals_agree(mesh)


@settings(deadline=None, max_examples=40)
@given(SIZES, SIZES, SIZES)
def test_fitted_fills_its_box_about_the_origin(x, y, z):
    mesh = fitted(lathe([(0.0, 0.0), (0.03, 0.02), (0.01, 0.1), (0.0, 0.1)]), (x, y, z))
    np.testing.assert_allclose(mesh.bounds_m, [[-x / 2, -y / 2, -z / 2], [x / 2, y / 2, z / 2]])


@pytest.mark.parametrize(("turned", "axis"), [(lying, [1.0, 0.0, 0.0]), (along_y, [0.0, 1.0, 0.0])])
def test_turning_takes_the_top_to_the_axis_and_keeps_the_volume(turned, axis):
    upright = lathe([(0.0, 0.0), (0.01, 0.0), (0.01, 0.1), (0.0, 0.1)])
    mesh = turned(upright)
    tip = mesh.vertices_m[np.argmax(mesh.vertices_m @ np.asarray(axis))]
    assert tip @ np.asarray(axis) == pytest.approx(0.1)
    assert signed_volume(mesh) == pytest.approx(signed_volume(upright))


def test_four_quarter_turns_are_none():
    mesh = chamfered_box((0.1, 0.05, 0.02), 0.001)
    turned = mesh
    for _ in range(4):
        turned = quarter_turned(turned, 1)
    np.testing.assert_allclose(turned.vertices_m, mesh.vertices_m, atol=1e-12)


def test_joined_meshes_keep_their_own_faces():
    one, other = chamfered_box((0.1, 0.1, 0.1), 0.001), ball(0.02)
    both = joined(one, other.moved(np.array([1.0, 0.0, 0.0])))
    assert signed_volume(both) == pytest.approx(signed_volume(one) + signed_volume(other))


def test_a_stretched_ball_has_the_normals_of_an_ellipsoid():
    mesh = stretched(ball(1.0), (2.0, 1.0, 0.5))
    gradient = mesh.vertices_m / np.array([4.0, 1.0, 0.25])
    gradient /= np.linalg.norm(gradient, axis=1, keepdims=True)
    equator = np.abs(mesh.vertices_m[:, 2]) < 0.4
    assert np.all(np.sum(gradient * mesh.normals, axis=1)[equator] > 0.97)


def test_a_grid_is_flat_and_covers_its_area():
    mesh = grid((0.4, 0.6), 5)
    a, b, c = (mesh.vertices_m[mesh.faces[:, k]] for k in range(3))
    area = np.cross(b - a, c - a)[:, 2] / 2.0
    assert np.all(area > 0.0)
    assert area.sum() == pytest.approx(0.24)
