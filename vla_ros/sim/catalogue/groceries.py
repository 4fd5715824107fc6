"""Packed food and drink: cans, boxes, cartons, bottles and jars, with printed labels."""

from __future__ import annotations

import numpy as np

from vla_ros.sim import textures
from vla_ros.sim.kinds import Kind, Size, narrow_side
from vla_ros.sim.materials import COLORS
from vla_ros.sim.meshes import Mesh, chamfered_box, lathe, quarter_turned
from vla_ros.sim.parts import PAINT, STEEL, Look, Parts
from vla_ros.sim.textures import Rgb

_PAPER: tuple[Rgb, ...] = ((0.96, 0.95, 0.92), (0.93, 0.90, 0.80))
_TAPE = Look((0.86, 0.76, 0.55), "glossy plastic")


def _printed(parts: Parts, width_px: int, height_px: int) -> Look:
    """Return a label of the object's own, on light paper."""
    rng = parts.rng
    paper = _PAPER[int(rng.integers(len(_PAPER)))]
    ink = COLORS[str(rng.choice(["red", "green", "blue", "black", "brown", "purple"]))]
    return Look((1.0, 1.0, 1.0), None, textures.label(rng, paper, ink, width_px, height_px))


def _patch(width: float, height: float) -> Mesh:
    """Return an upright rectangle about the origin that looks along +x."""
    y, z = width / 2.0, height / 2.0
    vertices = np.array([[0, -y, -z], [0, y, -z], [0, y, z], [0, -y, z], [-1e-4, 0, 0]])
    texcoords = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0], [0.5, 0.5]])
    return Mesh(
        vertices, np.tile([1.0, 0.0, 0.0], (5, 1)), texcoords, np.array([[0, 1, 2], [0, 2, 3]])
    )


def _can(parts: Parts, size: Size) -> None:
    r, h = size[0] / 2.0, size[2] / 2.0
    side = [(0.96 * r, -0.93 * h), (r, -0.86 * h), (r, 0.84 * h), (0.9 * r, 0.94 * h)]
    parts.mesh(lathe(side, 24))
    parts.mesh(lathe([(0, -h), (0.82 * r, -h), (0.96 * r, -0.93 * h)], 20), STEEL)
    top = [(0.9 * r, 0.94 * h), (0.88 * r, h), (0.82 * r, h), (0.8 * r, 0.95 * h), (0, 0.95 * h)]
    parts.mesh(lathe(top, 20), STEEL)
    if parts.rng.random() < 0.5:
        band = lathe([(1.004 * r, -0.55 * h), (1.004 * r, 0.55 * h)], 24)
        parts.mesh(band, _printed(parts, 192, 96))
    parts.solid_cylinder((0, 0, 0), r, size[2])


def _box(parts: Parts, size: Size) -> None:
    parts.mesh(chamfered_box(size, 0.025 * min(size)))
    strip = (size[0] * 1.006, size[1] * 0.16, size[2] * 1.006)
    parts.mesh(chamfered_box(strip, 0.001), _TAPE)
    parts.solid_box((0, 0, 0), size)


def _carton(parts: Parts, size: Size) -> None:
    hx, hy, hz = (v / 2.0 for v in size)
    shoulder = 0.42 * hz
    body = chamfered_box((size[0], size[1], hz + shoulder), 0.04 * hx)
    parts.mesh(body.moved(np.array([0.0, 0.0, (shoulder - hz) / 2.0])))
    ridge, fin = 0.86 * hz, 0.08 * hx
    roof = np.array(
        [
            [-hx, -hy, shoulder],
            [hx, -hy, shoulder],
            [hx, hy, shoulder],
            [-hx, hy, shoulder],
            [-0.9 * hx, 0.0, ridge],
            [0.9 * hx, 0.0, ridge],
        ]
    )
    parts.mesh(_flat(roof, [[0, 1, 5], [0, 5, 4], [2, 3, 4], [2, 4, 5], [1, 2, 5], [3, 0, 4]]))
    crest = chamfered_box((1.9 * hx, 2.0 * fin, 0.24 * hz), 0.004)
    parts.mesh(crest.moved(np.array([0.0, 0.0, 0.88 * hz])), Look((0.93, 0.93, 0.91)))
    label = _printed(parts, 96, 128)
    width, height = 0.82, 0.74 * (hz + shoulder)
    for turns, reach, side in ((0, hx, hy), (1, hy, hx), (2, hx, hy), (3, hy, hx)):
        patch = _patch(2.0 * side * width, height)
        patch = patch.moved(np.array([reach * 1.006, 0.0, (shoulder - hz) / 2.0]))
        parts.mesh(quarter_turned(patch, turns), label)
    parts.solid_box((0, 0, (shoulder - hz) / 2.0), (size[0], size[1], hz + shoulder))
    parts.solid_box((0, 0, (shoulder + hz) / 2.0), (1.8 * hx, 0.7 * hy, hz - shoulder))


def _flat(points: np.ndarray, faces: list[list[int]]) -> Mesh:
    """Return a mesh with one normal per triangle."""
    corners = points[np.asarray(faces)]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    count = len(faces)
    return Mesh(
        corners.reshape(-1, 3),
        np.repeat(normals, 3, axis=0),
        np.zeros((3 * count, 2)),
        np.arange(3 * count).reshape(-1, 3),
    )


def _bottle(parts: Parts, size: Size) -> None:
    r, h = size[0] / 2.0, size[2] / 2.0
    outline = [
        (0.0, -1.0),
        (0.88, -1.0),
        (1.0, -0.94),
        (1.0, 0.10),
        (0.93, 0.26),
        (0.7, 0.44),
        (0.44, 0.56),
        (0.38, 0.64),
        (0.38, 0.80),
    ]
    parts.mesh(lathe([(x * r, z * h) for x, z in outline], 24))
    cap = [(0.44, 0.78), (0.46, 0.80), (0.46, 0.98), (0.42, 1.0), (0.0, 1.0)]
    parts.mesh(lathe([(x * r, z * h) for x, z in cap], 16), Look((0.93, 0.93, 0.92)))
    band = lathe([(1.006 * r, -0.62 * h), (1.006 * r, -0.02 * h)], 24)
    parts.mesh(band, _printed(parts, 192, 64))
    parts.solid_cylinder((0, 0, -0.4 * h), r, 1.2 * h)
    parts.solid_cylinder((0, 0, 0.35 * h), 0.7 * r, 0.3 * h)
    parts.solid_cylinder((0, 0, 0.75 * h), 0.46 * r, 0.5 * h)


def _jar(parts: Parts, size: Size) -> None:
    r, h = size[0] / 2.0, size[2] / 2.0
    outline = [
        (0.0, -1.0),
        (0.9, -1.0),
        (1.0, -0.9),
        (1.0, 0.42),
        (0.92, 0.56),
        (0.84, 0.60),
        (0.84, 0.66),
    ]
    parts.mesh(lathe([(x * r, z * h) for x, z in outline], 24), PAINT)
    lid = [(0.9, 0.62), (0.93, 0.65), (0.93, 0.95), (0.88, 1.0), (0.0, 1.0)]
    parts.mesh(lathe([(x * r, z * h) for x, z in lid], 24), STEEL)
    band = lathe([(1.006 * r, -0.6 * h), (1.006 * r, 0.2 * h)], 24)
    parts.mesh(band, _printed(parts, 192, 64))
    parts.solid_cylinder((0, 0, 0), r, size[2])


KINDS = (
    Kind(
        name="can",
        nouns=("can", "tin", "tin can"),
        build=_can,
        small_m=(0.046, 0.046, 0.062),
        large_m=(0.062, 0.062, 0.108),
        mass_kg=0.12,
        materials=("metal", "glossy plastic"),
        categories=("food", "drink"),
        grasp_width_m=narrow_side,
        holds_on_top=True,
        weight=1.5,
    ),
    Kind(
        name="box",
        nouns=("box", "package"),
        build=_box,
        small_m=(0.062, 0.038, 0.034),
        large_m=(0.100, 0.058, 0.056),
        mass_kg=0.09,
        materials=("cardboard", "paper", "wood"),
        grasp_width_m=narrow_side,
        holds_on_top=True,
        weight=1.5,
    ),
    Kind(
        name="carton",
        nouns=("carton", "milk carton", "juice carton"),
        build=_carton,
        small_m=(0.042, 0.042, 0.080),
        large_m=(0.062, 0.062, 0.120),
        mass_kg=0.12,
        materials=("paper", "glossy plastic"),
        categories=("food", "drink"),
        grasp_width_m=narrow_side,
    ),
    Kind(
        name="bottle",
        nouns=("bottle",),
        build=_bottle,
        small_m=(0.042, 0.042, 0.105),
        large_m=(0.060, 0.060, 0.150),
        mass_kg=0.12,
        materials=("glossy plastic",),
        categories=("drink",),
        grasp_width_m=narrow_side,
    ),
    Kind(
        name="jar",
        nouns=("jar",),
        build=_jar,
        small_m=(0.046, 0.046, 0.056),
        large_m=(0.064, 0.064, 0.088),
        mass_kg=0.12,
        materials=("glossy plastic",),
        categories=("food",),
        grasp_width_m=narrow_side,
        holds_on_top=True,
    ),
)
