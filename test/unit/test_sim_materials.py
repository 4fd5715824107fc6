"""Colours stay what they are called, and pictures on surfaces are what they promise."""

import colorsys

import mujoco
import numpy as np
import pytest

from vla_ros.errors import SimulationError
from vla_ros.sim import textures
from vla_ros.sim.materials import COLORS, MATERIALS, add_material, color_words, shade

HUES_DEG = {
    "red": (345, 375),
    "orange": (15, 42),
    "yellow": (42, 65),
    "green": (95, 160),
    "cyan": (170, 205),
    "blue": (210, 250),
    "purple": (265, 305),
    "pink": (320, 355),
    "brown": (8, 40),
}


def test_there_are_at_least_ten_colors_and_materials():
    assert len(COLORS) >= 10
    assert len(MATERIALS) >= 10


@pytest.mark.parametrize("color", sorted(HUES_DEG))
def test_each_shade_keeps_its_hue(color):
    rng = np.random.default_rng(0)
    low, high = HUES_DEG[color]
    for _ in range(200):
        hue = colorsys.rgb_to_hsv(*shade(color, rng))[0] * 360.0
        assert low <= hue <= high or low <= hue + 360.0 <= high, (color, hue)


def test_orange_is_much_brighter_than_brown():
    rng = np.random.default_rng(0)
    darkest = min(max(shade("orange", rng)) for _ in range(200))
    brightest = max(max(shade("brown", rng)) for _ in range(200))
    assert darkest > 1.6 * brightest


def test_white_gray_and_black_are_colorless_and_apart():
    rng = np.random.default_rng(0)
    values = {}
    for color in ("white", "gray", "black"):
        drawn = np.array([shade(color, rng) for _ in range(200)])
        assert np.ptp(drawn, axis=1).max() < 0.05
        values[color] = drawn.mean(axis=1).min(), drawn.mean(axis=1).max()
    assert values["black"][1] + 0.2 < values["gray"][0]
    assert values["gray"][1] + 0.2 < values["white"][0]


def test_no_strength_gives_the_mean():
    assert shade("blue", np.random.default_rng(3), strength=0.0) == COLORS["blue"]


def test_an_unknown_color_is_named_with_the_known_ones():
    with pytest.raises(SimulationError, match=r"mauve.*blue"):
        shade("mauve", np.random.default_rng(0))


def test_color_words_begin_with_the_color():
    for color in COLORS:
        assert color_words(color)[0] == color
    every = [word for color in COLORS for word in color_words(color)]
    assert len(every) == len(set(every))


def test_each_material_compiles_and_is_added_once():
    spec = mujoco.MjSpec()
    for name in MATERIALS:
        first, again = add_material(spec, name, 4), add_material(spec, name, 4)
        assert first == again
        spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.1, 0, 0], material=first)
    assert spec.compile().nmat == len(MATERIALS)


def test_an_unknown_material_is_refused():
    with pytest.raises(SimulationError, match="unobtainium"):
        add_material(mujoco.MjSpec(), "unobtainium", 0)


@pytest.mark.parametrize("make", [textures.wood, textures.marble, textures.plain, textures.cloth])
def test_a_texture_is_near_its_color_and_the_same_for_the_same_seed(make):
    rgb = (0.6, 0.5, 0.4)
    first, second = (make(np.random.default_rng(5), rgb) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    mean = first.reshape(-1, 3).mean(axis=0) / 255.0
    np.testing.assert_allclose(mean, np.asarray(rgb), atol=0.12)
    assert first.reshape(-1, 3).std(axis=0).min() > 0.5
    assert not np.array_equal(first, make(np.random.default_rng(6), rgb))


def test_noise_wraps_around():
    field = textures.noise(np.random.default_rng(0), 128, 8)
    step = np.abs(np.diff(field, axis=0)).max()
    assert np.abs(field[0] - field[-1]).max() <= 2.0 * step


def test_a_label_shows_ink_on_paper():
    paper, ink = (1.0, 1.0, 1.0), (0.0, 0.0, 1.0)
    picture = textures.label(np.random.default_rng(0), paper, ink, 96, 128)
    assert picture.shape == (128, 96, 3)
    share = (picture[..., 0] < 128).mean()
    assert 0.1 < share < 0.6
