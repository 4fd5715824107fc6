import numpy as np
import pytest

from vla_ros.perception.circles import fit_circles

CENTER = np.array([0.4, -0.1])
RADII = (0.02, 0.05, 0.03)


def arcs(rng, turn, noise_m=0.0, each=40):
    """Return (N, 2) points on arcs about CENTER and the number of the circle of each."""
    circle = np.repeat(np.arange(len(RADII)), each)
    angles = rng.uniform(0.0, turn, len(circle))
    radii = np.array(RADII)[circle] + rng.normal(0.0, noise_m, len(circle))
    return CENTER + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1), circle


def test_exact_arcs_give_their_centre_and_radius():
    points, circle = arcs(np.random.default_rng(0), np.pi)
    fits = fit_circles(points[None], circle[None] + 7, fewest=3)
    assert fits.found[0] and fits.used.all()
    np.testing.assert_allclose(fits.centers[0], CENTER, atol=1e-9)
    assert fits.largest[0] == pytest.approx(max(RADII), abs=1e-9)
    np.testing.assert_allclose(fits.apart, 0.0, atol=1e-9)


def test_points_beside_the_circles_hardly_count():
    points, circle = arcs(np.random.default_rng(1), 1.5 * np.pi, noise_m=2e-4)
    points[::10] += 0.01
    fits = fit_circles(points[None], circle[None], fewest=3)
    np.testing.assert_allclose(fits.centers[0], CENTER, atol=1e-3)
    assert fits.apart[0, ::10].mean() > 0.004


def test_sets_are_fitted_as_if_each_were_alone():
    rng = np.random.default_rng(2)
    sets = [arcs(rng, turn, noise_m=3e-4) for turn in (np.pi, 4.0, 6.0)]
    points, circle = (np.stack(parts) for parts in zip(*sets, strict=True))
    together = fit_circles(points, circle, fewest=3)
    for index in range(len(sets)):
        alone = fit_circles(points[index : index + 1], circle[index : index + 1], fewest=3)
        np.testing.assert_allclose(together.centers[index], alone.centers[0], atol=2e-5)


def test_circles_with_few_points_do_not_count():
    points, circle = arcs(np.random.default_rng(3), np.pi)
    lone = CENTER + np.array([[0.2, 0.0], [0.0, 0.2]])
    points = np.concatenate([points, lone])
    circle = np.concatenate([circle, [9, 9]])
    fits = fit_circles(points[None], circle[None], fewest=3)
    assert not fits.used[0, -2:].any()
    assert fits.largest[0] == pytest.approx(max(RADII), abs=1e-9)


@pytest.mark.parametrize(
    "points",
    [np.stack([np.linspace(0.0, 0.1, 50), np.zeros(50)], axis=1), np.zeros((50, 2))],
    ids=["a line", "one point"],
)
def test_what_determines_no_centre_is_not_found(points):
    assert not fit_circles(points[None], np.zeros((1, 50), int), fewest=3).found[0]


def test_too_few_points_determine_nothing():
    points, circle = arcs(np.random.default_rng(4), np.pi, each=3)
    assert not fit_circles(points[None], circle[None], fewest=3).found[0]
