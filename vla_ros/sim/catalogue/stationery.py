"""What lies about on a desk."""

from __future__ import annotations

import numpy as np

from vla_ros.sim.kinds import Kind, Size, narrow_side
from vla_ros.sim.meshes import chamfered_box, fitted, joined, lathe, lying
from vla_ros.sim.parts import Look, Parts

_PAGES = Look((0.93, 0.91, 0.84), "paper")
_BARREL = Look((0.90, 0.90, 0.89), "plastic")
_CORE = Look((0.66, 0.50, 0.33), "cardboard")
_SCRUBBER = Look((0.13, 0.30, 0.17), "foam")


def _marker(parts: Parts, size: Size) -> None:
    length, width, height = size
    barrel = lying(lathe([(0, -1), (0.8, -1), (0.88, -0.9), (0.88, 1.0), (0, 1)], 14))
    parts.mesh(
        fitted(barrel, (0.55 * length, 0.88 * width, 0.88 * height)).moved(
            np.array([-0.06 * length, 0.0, -0.06 * height])
        ),
        _BARREL,
    )
    cap = lying(lathe([(0, -1), (1.0, -1), (1.0, 0.85), (0.85, 1.0), (0, 1)], 14))
    cap = fitted(cap, (0.32 * length, width, height)).moved(np.array([0.34 * length, 0.0, 0.0]))
    end = lying(lathe([(0, -1), (0.8, -1), (1.0, -0.6), (1.0, 1.0), (0, 1)], 14))
    end = fitted(end, (0.18 * length, 0.92 * width, 0.92 * height))
    parts.mesh(joined(cap, end.moved(np.array([-0.41 * length, 0.0, -0.04 * height]))))
    parts.solid_cylinder((0, 0, 0), 0.5 * height, length, axis=(1, 0, 0))


def _sponge(parts: Parts, size: Size) -> None:
    soft = (size[0], size[1], 0.72 * size[2])
    parts.mesh(chamfered_box(soft, 0.003).moved(np.array([0.0, 0.0, 0.14 * size[2]])))
    rough = (size[0], size[1], 0.28 * size[2])
    parts.mesh(chamfered_box(rough, 0.001).moved(np.array([0.0, 0.0, -0.36 * size[2]])), _SCRUBBER)
    parts.solid_box((0, 0, 0), size)


def _book(parts: Parts, size: Size) -> None:
    length, width, height = size
    board = 0.12 * height
    covers = [
        chamfered_box((length, width, board), 0.3 * board).moved(
            np.array([0.0, 0.0, side * (height - board) / 2.0])
        )
        for side in (-1.0, 1.0)
    ]
    spine = chamfered_box((length, board, height), 0.3 * board)
    covers.append(spine.moved(np.array([0.0, -(width - board) / 2.0, 0.0])))
    parts.mesh(joined(*covers))
    pages = chamfered_box((0.96 * length, 0.95 * width, height - 2.0 * board), 0.0005)
    parts.mesh(pages, _PAGES)
    plate = chamfered_box((0.5 * length, 0.4 * width, 0.0016), 0.0005)
    parts.mesh(plate.moved(np.array([0.0, 0.08 * width, height / 2.0])), _PAGES)
    parts.solid_box((0, 0, 0), size)


def _tape(parts: Parts, size: Size) -> None:
    r, h = size[0] / 2.0, size[2] / 2.0
    parts.mesh(
        lathe(
            [
                (0.62 * r, -h),
                (0.97 * r, -h),
                (r, -0.9 * h),
                (r, 0.9 * h),
                (0.97 * r, h),
                (0.62 * r, h),
            ],
            28,
        )
    )
    core = [(0.62 * r, h), (0.56 * r, h), (0.56 * r, -h), (0.62 * r, -h)]
    parts.mesh(lathe(core, 24), _CORE)
    parts.solid_wall((r, -h), (r, h), 0.4 * r, count=12)


KINDS = (
    Kind(
        name="marker",
        nouns=("marker", "pen"),
        build=_marker,
        small_m=(0.110, 0.017, 0.017),
        large_m=(0.140, 0.023, 0.023),
        mass_kg=0.025,
        materials=("glossy plastic",),
        categories=("stationery",),
        grasp_width_m=narrow_side,
        rolls=True,
        weight=0.9,
    ),
    Kind(
        name="sponge",
        nouns=("sponge",),
        build=_sponge,
        small_m=(0.080, 0.050, 0.026),
        large_m=(0.105, 0.066, 0.036),
        mass_kg=0.02,
        colors=("yellow", "pink", "blue", "orange", "cyan", "purple", "green", "white"),
        materials=("foam",),
        categories=("cleaning",),
        grasp_width_m=narrow_side,
        holds_on_top=True,
        weight=0.9,
    ),
    Kind(
        name="book",
        nouns=("book", "notebook"),
        build=_book,
        small_m=(0.090, 0.056, 0.018),
        large_m=(0.115, 0.068, 0.030),
        mass_kg=0.12,
        materials=("cardboard", "paper"),
        categories=("stationery",),
        grasp_width_m=narrow_side,
        holds_on_top=True,
        weight=0.9,
    ),
    Kind(
        name="tape",
        nouns=("tape", "roll of tape", "tape roll"),
        build=_tape,
        small_m=(0.052, 0.052, 0.020),
        large_m=(0.068, 0.068, 0.028),
        mass_kg=0.05,
        materials=("glossy plastic", "plastic"),
        categories=("stationery",),
        grasp_width_m=narrow_side,
        weight=0.8,
    ),
)
