"""Hand tools, lying down, with their heads towards +x; the colour is that of the grip."""

from __future__ import annotations

import numpy as np

from vla_ros.sim.kinds import Kind, Size
from vla_ros.sim.meshes import (
    along_y,
    chamfered_box,
    fitted,
    joined,
    lathe,
    lying,
    prism,
    stretched,
    tube,
)
from vla_ros.sim.parts import DARK_STEEL, STEEL, TIMBER, Parts


def _hammer(parts: Parts, size: Size) -> None:
    length, width, height = size
    head_x = 0.5 * length - 0.5 * height
    outline = [(0, -1), (0.9, -0.98), (1.0, -0.8), (0.8, -0.2), (0.95, 0.3), (0.95, 1.0), (0, 1.0)]
    grip_length = 0.45 * length
    grip = fitted(lying(lathe(outline, 12)), (grip_length, 0.84 * height, 0.84 * height))
    shaft = np.array([[-0.06 * length, 0.0, 0.0], [head_x, 0.0, 0.0]])
    parts.mesh(grip.moved(np.array([-0.5 * length + grip_length / 2.0, 0.0, 0.0])))
    parts.mesh(tube(shaft, np.full(2, 0.28 * height), 10), TIMBER)
    block = chamfered_box((height, 0.5 * width, height), 0.1 * height)
    face = lathe(
        [
            (0.0, 0.0),
            (0.5 * height, 0.0),
            (0.5 * height, 0.2 * width),
            (0.36 * height, 0.3 * width),
            (0.36 * height, 0.45 * width),
        ],
        14,
    )
    face = along_y(face)
    wedge = prism(
        np.array([[-0.5, 0.0], [0.5, 0.0], [0.4, 0.3], [-0.4, 0.3]]) * [height, width], 0.3 * height
    )
    head = joined(
        block,
        face.moved(np.array([0.0, 0.1 * width, 0.0])),
        wedge.moved(np.array([0.0, 0.2 * width, -0.15 * height])),
    )
    parts.mesh(fitted(head, (height, width, height)).moved(np.array([head_x, 0, 0])), DARK_STEEL)
    parts.solid_box((head_x, 0, 0), (height, width, height))
    z = -0.1 * height
    parts.solid_capsule((-0.44 * length, 0, z), (head_x, 0, z), 0.38 * height)


def _screwdriver(parts: Parts, size: Size) -> None:
    length, width, height = size
    outline = [
        (0, -1),
        (0.7, -0.98),
        (1.0, -0.85),
        (1.0, 0.3),
        (0.72, 0.62),
        (0.8, 0.9),
        (0.5, 1),
        (0, 1),
    ]
    grip = fitted(lying(lathe(outline, 8)), (0.52 * length, width, height))
    parts.mesh(grip.moved(np.array([-0.24 * length, 0.0, 0.0])))
    shaft = np.array([[x * length, 0.0, 0.0] for x in (0.0, 0.46, 0.48, 0.5)])
    thick = np.array([0.11, 0.11, 0.16, 0.08]) * width
    parts.mesh(tube(shaft, thick, 8), STEEL)
    parts.solid_capsule((-0.42 * length, 0, 0), (-0.08 * length, 0, 0), 0.5 * height)
    parts.solid_capsule((0.0, 0, -0.2 * height), (0.48 * length, 0, -0.35 * height), 0.12 * height)


def _wrench(parts: Parts, size: Size) -> None:
    length, width, height = size
    jaw_r, ring_r = 0.5 * width, 0.38 * width
    x_jaw, x_ring = 0.5 * length - jaw_r, -0.5 * length + ring_r
    bar = chamfered_box((x_jaw - x_ring - ring_r, 0.38 * width, 0.7 * height), 0.15 * height)
    bar = bar.moved(np.array([(x_jaw - jaw_r + x_ring + ring_r) / 2.0 + 0.1 * jaw_r, 0.0, 0.0]))
    turn = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
    thick = 0.13 * width
    ring_path = np.stack([np.cos(turn), np.sin(turn), np.zeros(16)], -1) * (ring_r - thick)
    ring = tube(ring_path, np.full(16, thick), 6, closed=True)
    opening = np.linspace(0.6, 2.0 * np.pi - 0.6, 14)
    jaw_path = np.stack([np.cos(opening), np.sin(opening), np.zeros(14)], -1) * 0.72 * jaw_r
    jaw = tube(jaw_path, np.full(14, 0.28 * jaw_r), 6)
    ring = stretched(ring, (1.0, 1.0, height / (2.0 * thick)))
    jaw = stretched(jaw, (1.0, 1.0, height / (0.56 * jaw_r)))
    ends = ring.moved(np.array([x_ring, 0.0, 0.0])), jaw.moved(np.array([x_jaw, 0.0, 0.0]))
    parts.mesh(fitted(joined(bar, *ends), size))
    parts.solid_box((0, 0, 0), (length - 2.2 * jaw_r, 0.38 * width, 0.8 * height))
    parts.solid_cylinder((x_ring, 0, 0), ring_r, height)
    parts.solid_cylinder((x_jaw, 0, 0), 0.95 * jaw_r, height)


def _hammer_grip(size: Size) -> float:
    return 0.84 * size[2]


def _screwdriver_grip(size: Size) -> float:
    return size[1]


def _wrench_bar(size: Size) -> float:
    return 0.38 * size[1]


KINDS = (
    Kind(
        name="hammer",
        nouns=("hammer",),
        build=_hammer,
        small_m=(0.150, 0.066, 0.024),
        large_m=(0.190, 0.085, 0.030),
        mass_kg=0.16,
        materials=("rubber", "plastic"),
        categories=("tool",),
        grasp_width_m=_hammer_grip,
        weight=0.9,
    ),
    Kind(
        name="screwdriver",
        nouns=("screwdriver",),
        build=_screwdriver,
        small_m=(0.140, 0.024, 0.024),
        large_m=(0.185, 0.032, 0.032),
        mass_kg=0.07,
        materials=("glossy plastic", "rubber"),
        categories=("tool",),
        grasp_width_m=_screwdriver_grip,
        rolls=True,
        weight=0.9,
    ),
    Kind(
        name="wrench",
        nouns=("wrench", "spanner"),
        build=_wrench,
        small_m=(0.130, 0.038, 0.012),
        large_m=(0.175, 0.048, 0.015),
        mass_kg=0.12,
        materials=("metal", "plastic"),
        categories=("tool",),
        grasp_width_m=_wrench_bar,
        weight=0.9,
    ),
)
