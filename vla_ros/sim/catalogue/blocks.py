"""Plain shapes: what children build with."""

from __future__ import annotations

import numpy as np

from vla_ros.sim.kinds import Kind, Size, narrow_side
from vla_ros.sim.meshes import ball, chamfered_box, lathe
from vla_ros.sim.parts import Parts


def _block(parts: Parts, size: Size) -> None:
    parts.mesh(chamfered_box(size, 0.06 * min(size)))
    parts.solid_box((0.0, 0.0, 0.0), size)


def _cylinder(parts: Parts, size: Size) -> None:
    radius, half = size[0] / 2.0, size[2] / 2.0
    edge = 0.06 * size[0]
    outline = [
        (0.0, -half),
        (radius - edge, -half),
        (radius, -half + edge),
        (radius, half - edge),
        (radius - edge, half),
        (0.0, half),
    ]
    parts.mesh(lathe(outline, 24))
    parts.solid_cylinder((0.0, 0.0, 0.0), radius, size[2])


def _ball(parts: Parts, size: Size) -> None:
    parts.mesh(ball(size[0] / 2.0))
    parts.solid_ellipsoid((0.0, 0.0, 0.0), size)


def _brick(parts: Parts, size: Size) -> None:
    stud_height = 0.14 * size[2]
    body = (size[0], size[1], size[2] - stud_height)
    parts.mesh(chamfered_box(body, 0.03 * size[2]).moved(np.array([0.0, 0.0, -stud_height / 2.0])))
    radius = size[1] * 0.15
    top = size[2] / 2.0
    stud = lathe([(radius, top - stud_height), (radius, top), (0.0, top)], 8)
    for x in (-0.375, -0.125, 0.125, 0.375):
        for y in (-0.25, 0.25):
            parts.mesh(stud.moved(np.array([x * size[0], y * size[1], 0.0])))
    parts.solid_box((0.0, 0.0, 0.0), size)


KINDS = (
    Kind(
        name="cube",
        nouns=("cube", "block"),
        build=_block,
        small_m=(0.036, 0.036, 0.036),
        large_m=(0.058, 0.058, 0.058),
        mass_kg=0.06,
        materials=("plastic", "wood", "glossy plastic", "rubber"),
        categories=("toy",),
        grasp_width_m=narrow_side,
        holds_on_top=True,
        weight=2.0,
    ),
    Kind(
        name="cylinder",
        nouns=("cylinder",),
        build=_cylinder,
        small_m=(0.034, 0.034, 0.045),
        large_m=(0.050, 0.050, 0.075),
        mass_kg=0.07,
        materials=("plastic", "wood", "glossy plastic"),
        categories=("toy",),
        grasp_width_m=narrow_side,
        holds_on_top=True,
    ),
    Kind(
        name="ball",
        nouns=("ball", "sphere"),
        build=_ball,
        small_m=(0.038, 0.038, 0.038),
        large_m=(0.060, 0.060, 0.060),
        mass_kg=0.05,
        materials=("rubber", "plastic", "glossy plastic"),
        categories=("toy",),
        grasp_width_m=narrow_side,
        rolls=True,
    ),
    Kind(
        name="brick",
        nouns=("brick", "toy brick"),
        build=_brick,
        small_m=(0.056, 0.028, 0.026),
        large_m=(0.084, 0.042, 0.038),
        mass_kg=0.04,
        materials=("glossy plastic",),
        categories=("toy",),
        grasp_width_m=narrow_side,
        holds_on_top=True,
    ),
)
