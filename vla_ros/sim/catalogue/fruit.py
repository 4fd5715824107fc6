"""Fruit and vegetables, turned or bent, in the colours they have."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from vla_ros.sim.kinds import Kind, Size, narrow_side
from vla_ros.sim.meshes import fitted, joined, lathe, lying, tube
from vla_ros.sim.parts import Look, Parts

_STALK = Look((0.30, 0.20, 0.10), "wood")
_LEAF = Look((0.16, 0.48, 0.12), "skin")
_RIPE_TIP = Look((0.25, 0.20, 0.08), "skin")


def _stalk(parts: Parts, size: Size, start: float) -> None:
    h = size[2] / 2.0
    middle = 0.5 * (start + 1.0) * h
    path = np.array([[0.0, 0.0, start * h], [0.0, 0.002, middle], [0.003, 0.004, h]])
    parts.mesh(tube(path, np.full(3, 0.0018), 5), _STALK)


def _apple(parts: Parts, size: Size) -> None:
    outline = [
        (0.0, -0.84),
        (0.22, -0.92),
        (0.5, -0.86),
        (0.82, -0.5),
        (0.97, -0.05),
        (1.0, 0.25),
        (0.9, 0.62),
        (0.66, 0.86),
        (0.4, 0.90),
        (0.16, 0.78),
        (0.0, 0.62),
    ]
    body = fitted(lathe(outline, 20), (size[0], size[1], 0.88 * size[2]))
    parts.mesh(body.moved(np.array([0.0, 0.0, -0.06 * size[2]])))
    _stalk(parts, size, 0.5)
    parts.solid_ellipsoid((0, 0, -0.06 * size[2]), (size[0], size[1], 0.88 * size[2]))


def _pear(parts: Parts, size: Size) -> None:
    outline = [
        (0.0, -1.0),
        (0.4, -0.98),
        (0.8, -0.8),
        (1.0, -0.45),
        (0.95, -0.1),
        (0.7, 0.25),
        (0.48, 0.55),
        (0.4, 0.75),
        (0.26, 0.9),
        (0.0, 0.94),
    ]
    body = fitted(lathe(outline, 20), (size[0], size[1], 0.9 * size[2]))
    parts.mesh(body.moved(np.array([0.0, 0.0, -0.05 * size[2]])))
    _stalk(parts, size, 0.78)
    parts.solid_cylinder((0, 0, -0.46 * size[2]), 0.35 * size[0], 0.08 * size[2])
    parts.solid_ellipsoid((0, 0, -0.2 * size[2]), (size[0], size[1], 0.58 * size[2]))
    parts.solid_ellipsoid((0, 0, 0.12 * size[2]), (0.5 * size[0], 0.5 * size[1], 0.56 * size[2]))


def _lemon(parts: Parts, size: Size) -> None:
    outline = [
        (0.0, -1.0),
        (0.16, -0.96),
        (0.28, -0.86),
        (0.62, -0.62),
        (0.92, -0.26),
        (1.0, 0.0),
        (0.92, 0.26),
        (0.62, 0.62),
        (0.28, 0.86),
        (0.16, 0.96),
        (0.0, 1.0),
    ]
    parts.mesh(fitted(lying(lathe(outline, 18)), size))
    parts.solid_ellipsoid((0, 0, 0), (0.92 * size[0], size[1], size[2]))


def _banana(parts: Parts, size: Size) -> None:
    bend = np.linspace(-0.85, 0.85, 13)
    path = np.stack([np.sin(bend), np.cos(bend), np.zeros(13)], axis=-1)
    thick = np.interp(np.abs(bend), [0.0, 0.45, 0.68, 0.78, 0.85], [0.17, 0.155, 0.09, 0.045, 0.04])
    whole = tube(path, thick, 10)
    low, high = whole.bounds_m
    fit = np.asarray(size) / (high - low)
    mesh = fitted(whole, size)
    parts.mesh(mesh)
    tip = (path[-1] - (low + high) / 2.0) * fit
    end = np.stack([tip, tip * [1.03, 1.06, 1.0]])
    parts.mesh(tube(end, np.full(2, 0.0042), 6), _RIPE_TIP)
    joints = (path[[1, 4, 6, 8, 11]] - (low + high) / 2.0) * fit
    radius = 0.5 * size[2]
    for start, stop in pairwise(joints):
        parts.solid_capsule(start, stop, radius)


def _carrot(parts: Parts, size: Size) -> None:
    outline = [
        (0.0, -1.0),
        (0.12, -0.97),
        (0.45, -0.5),
        (0.75, 0.2),
        (0.95, 0.7),
        (1.0, 0.88),
        (0.7, 0.98),
        (0.0, 1.0),
    ]
    length, width, height = size
    root = fitted(lying(lathe(outline, 16)), (0.78 * length, width, height))
    parts.mesh(root.moved(np.array([-0.11 * length, 0.0, 0.0])))
    leaves = []
    for side, lift in ((-0.5, 0.1), (0.0, 0.3), (0.5, 0.0)):
        start = np.array([0.27 * length, 0.0, 0.0])
        stop = np.array([0.5 * length, side * 0.7 * width, lift * height])
        path = np.linspace(start, stop, 4)
        leaves.append(tube(path, np.array([0.06, 0.05, 0.12, 0.03]) * width, 5))
    parts.mesh(joined(*leaves), _LEAF)
    top = (0.18 * length, 0.0, 0.0)
    parts.solid_capsule((0.05 * length, 0, 0), top, 0.46 * width)
    parts.solid_capsule(
        (-0.42 * length, 0, -0.18 * height), (0.05 * length, 0, -0.05 * height), 0.3 * width
    )


def _across(size: Size) -> float:
    return 0.9 * size[1]


def _banana_width(size: Size) -> float:
    return size[2]


KINDS = (
    Kind(
        name="apple",
        nouns=("apple",),
        build=_apple,
        small_m=(0.054, 0.054, 0.056),
        large_m=(0.068, 0.068, 0.070),
        mass_kg=0.12,
        colors=("red", "green", "yellow"),
        materials=("skin",),
        categories=("fruit", "food"),
        grasp_width_m=narrow_side,
        rolls=True,
    ),
    Kind(
        name="pear",
        nouns=("pear",),
        build=_pear,
        small_m=(0.052, 0.052, 0.080),
        large_m=(0.064, 0.064, 0.100),
        mass_kg=0.12,
        colors=("green", "yellow", "red"),
        materials=("skin",),
        categories=("fruit", "food"),
        grasp_width_m=narrow_side,
        rolls=True,
        weight=0.8,
    ),
    Kind(
        name="lemon",
        nouns=("lemon",),
        build=_lemon,
        small_m=(0.062, 0.044, 0.044),
        large_m=(0.082, 0.058, 0.058),
        mass_kg=0.08,
        colors=("yellow",),
        materials=("skin",),
        categories=("fruit", "food"),
        grasp_width_m=narrow_side,
        rolls=True,
        color_goes_without_saying=True,
        weight=0.8,
    ),
    Kind(
        name="banana",
        nouns=("banana",),
        build=_banana,
        small_m=(0.125, 0.050, 0.029),
        large_m=(0.165, 0.064, 0.036),
        mass_kg=0.11,
        colors=("yellow", "green"),
        materials=("skin",),
        categories=("fruit", "food"),
        grasp_width_m=_banana_width,
        color_goes_without_saying=True,
    ),
    Kind(
        name="carrot",
        nouns=("carrot",),
        build=_carrot,
        small_m=(0.130, 0.028, 0.028),
        large_m=(0.180, 0.036, 0.036),
        mass_kg=0.07,
        colors=("orange",),
        materials=("skin",),
        categories=("vegetable", "food"),
        grasp_width_m=_across,
        rolls=True,
        color_goes_without_saying=True,
        weight=0.8,
    ),
)
