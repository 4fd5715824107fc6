"""What stands on a laid table and what things are kept in."""

from __future__ import annotations

import numpy as np

from vla_ros.sim.kinds import Cavity, Kind, Size, narrow_side
from vla_ros.sim.meshes import Mesh, chamfered_box, fitted, joined, lathe, tube
from vla_ros.sim.parts import Look, Parts

_MUG_BODY = 0.74
_INSIDE_SHADE = Look((0.93, 0.92, 0.88), "ceramic")


def _scaled(outline: list[tuple[float, float]], r: float, h: float) -> list[tuple[float, float]]:
    return [(x * r, z * h) for x, z in outline]


def _bowl(parts: Parts, size: Size) -> None:
    r, h = size[0] / 2.0, size[2] / 2.0
    outside = [
        (0.0, -1.0),
        (0.50, -1.0),
        (0.52, -0.86),
        (0.72, -0.55),
        (0.9, 0.1),
        (1.0, 0.96),
        (0.985, 1.0),
        (0.95, 0.96),
    ]
    inside = [(0.95, 0.96), (0.85, 0.1), (0.66, -0.46), (0.44, -0.72), (0.0, -0.76)]
    parts.mesh(joined(lathe(_scaled(outside, r, h), 28), lathe(_scaled(inside, r, h), 28)))
    parts.solid_cylinder((0, 0, -0.88 * h), 0.52 * r, 0.24 * h)
    parts.solid_wall((0.56 * r, -0.95 * h), (0.86 * r, 0.0), 0.004, count=12)
    parts.solid_wall((0.87 * r, -0.1 * h), (r, h), 0.004, count=12)


def _bowl_cavity(size: Size) -> Cavity:
    return Cavity((0.0, 0.0), 0.30 * size[0], -0.38 * size[2], 0.5 * size[2])


def _plate(parts: Parts, size: Size) -> None:
    r, h = size[0] / 2.0, size[2] / 2.0
    outline = [
        (0.0, -1.0),
        (0.6, -1.0),
        (0.66, -0.6),
        (1.0, 0.8),
        (0.99, 1.0),
        (0.94, 0.95),
        (0.70, -0.05),
        (0.62, -0.35),
        (0.0, -0.35),
    ]
    parts.mesh(lathe(_scaled(outline, r, h), 28))
    parts.solid_cylinder((0, 0, -0.675 * h), 0.66 * r, 0.65 * h)
    parts.solid_wall((0.68 * r, -0.7 * h), (r, h), 0.003, count=14)


def _handle(radius: float, height: float, thickness: float) -> Mesh:
    turn = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 9)
    path = np.stack([radius * np.cos(turn), np.zeros(9), 0.5 * height * np.sin(turn)], axis=-1)
    return tube(path, np.full(9, thickness), 8)


def _mug(parts: Parts, size: Size) -> None:
    r, h = size[1] / 2.0, size[2] / 2.0
    center = -size[0] / 2.0 + r
    outside = [
        (0.0, -1.0),
        (0.86, -1.0),
        (0.97, -0.9),
        (1.0, -0.7),
        (1.0, 0.97),
        (0.97, 1.0),
        (0.90, 0.98),
    ]
    inside = [(0.90, 0.98), (0.90, -0.75), (0.75, -0.86), (0.0, -0.86)]
    shift = np.array([center, 0.0, 0.0])
    parts.mesh(lathe(_scaled(outside, r, h), 24).moved(shift))
    light_inside = parts.rng.random() < 0.5
    inner = lathe(_scaled(inside, r, h), 24).moved(shift)
    parts.mesh(inner, _INSIDE_SHADE) if light_inside else parts.mesh(inner)
    thick = 0.075 * size[2]
    reach = size[0] - 2.0 * r - thick
    loop = _handle(reach, 0.56 * size[2], thick)
    parts.mesh(loop.moved(np.array([center + 0.98 * r, 0.0, 0.02 * h])))
    parts.solid_cylinder((center, 0, -0.93 * h), r, 0.14 * h)
    parts.solid_wall((r, -h), (r, h), 0.005, center_m=(center, 0.0), count=12)
    parts.solid_box((size[0] / 2.0 - thick, 0, 0.02 * h), (1.6 * thick, 2.0 * thick, 0.4 * size[2]))


def _mug_cavity(size: Size) -> Cavity:
    r = size[1] / 2.0
    return Cavity((-size[0] / 2.0 + r, 0.0), 0.86 * r, -0.43 * size[2], 0.5 * size[2])


def _cup(parts: Parts, size: Size) -> None:
    r, h = size[0] / 2.0, size[2] / 2.0
    outside = [
        (0.0, -1.0),
        (0.70, -1.0),
        (0.74, -0.94),
        (0.98, 0.92),
        (1.0, 0.97),
        (0.97, 1.0),
        (0.92, 0.97),
    ]
    inside = [(0.92, 0.97), (0.68, -0.9), (0.0, -0.9)]
    parts.mesh(joined(lathe(_scaled(outside, r, h), 24), lathe(_scaled(inside, r, h), 24)))
    parts.solid_cylinder((0, 0, -0.95 * h), 0.72 * r, 0.1 * h)
    parts.solid_wall((0.74 * r, -h), (r, h), 0.004, count=12)


def _cup_cavity(size: Size) -> Cavity:
    return Cavity((0.0, 0.0), 0.38 * size[0], -0.45 * size[2], 0.5 * size[2])


def _rectangular(parts: Parts, size: Size, wall: float, floor: float) -> None:
    """Add an open box: a floor and four walls, seen and touched."""
    hx, hy, hz = (v / 2.0 for v in size)
    boards = (
        ((0.0, 0.0, -hz + floor / 2.0), (size[0], size[1], floor)),
        ((hx - wall / 2.0, 0.0, 0.0), (wall, size[1], size[2])),
        ((-hx + wall / 2.0, 0.0, 0.0), (wall, size[1], size[2])),
        ((0.0, hy - wall / 2.0, 0.0), (size[0] - 2.0 * wall, wall, size[2])),
        ((0.0, -hy + wall / 2.0, 0.0), (size[0] - 2.0 * wall, wall, size[2])),
    )
    seen = []
    for center, board in boards:
        parts.solid_box(center, board)
        seen.append(chamfered_box(board, 0.2 * min(board)).moved(np.asarray(center)))
    parts.mesh(joined(*seen))


def _tray(parts: Parts, size: Size) -> None:
    _rectangular(parts, size, 0.006, 0.005)


def _tray_cavity(size: Size) -> Cavity:
    return Cavity((0.0, 0.0), 0.5 * size[1] - 0.008, -0.5 * size[2] + 0.005, 0.5 * size[2])


def _basket(parts: Parts, size: Size) -> None:
    _rectangular(parts, size, 0.007, 0.006)
    hx, hy, hz = (v / 2.0 for v in size)
    bars = []
    for center, board in (
        ((hx, 0.0), (0.008, size[1])),
        ((-hx, 0.0), (0.008, size[1])),
        ((0.0, hy), (size[0], 0.008)),
        ((0.0, -hy), (size[0], 0.008)),
    ):
        inward = np.array([*np.sign(center), 0.0]) * -0.003
        place = np.array([*center, hz - 0.006]) + inward
        bars.append(chamfered_box((*board, 0.012), 0.003).moved(place))
    parts.mesh(joined(*bars), Look((0.45, 0.30, 0.16), "wood"))


def _basket_cavity(size: Size) -> Cavity:
    return Cavity((0.0, 0.0), 0.5 * size[1] - 0.010, -0.5 * size[2] + 0.006, 0.5 * size[2])


def _spoon(parts: Parts, size: Size) -> None:
    length, width, height = size
    scoop = fitted(
        lathe([(0.0, -1.0), (0.6, -0.8), (1.0, 0.0), (0.85, 0.0), (0.5, -0.6), (0.0, -0.75)], 16),
        (0.34 * length, width, 0.55 * height),
    )
    scoop = scoop.moved(np.array([0.33 * length, 0.0, -0.225 * height]))
    x = np.linspace(-0.49, 0.20, 8) * length
    z = height * (-0.05 + 0.42 * np.sin(np.linspace(0.1, np.pi * 0.9, 8)))
    path = np.stack([x, np.zeros(8), z - 0.06 * height], axis=-1)
    thick = 0.12 * height + 0.05 * width * np.linspace(1.4, 0.6, 8)
    parts.mesh(joined(scoop, tube(path, thick, 8)))
    parts.solid_ellipsoid((0.33 * length, 0, -0.1 * height), (0.34 * length, width, 0.8 * height))
    parts.solid_capsule(
        (-0.45 * length, 0, -0.1 * height), (0.2 * length, 0, -0.1 * height), 0.4 * height
    )


def _handle_width(size: Size) -> float:
    return 0.5 * size[1]


KINDS = (
    Kind(
        name="bowl",
        nouns=("bowl",),
        build=_bowl,
        small_m=(0.115, 0.115, 0.045),
        large_m=(0.165, 0.165, 0.065),
        mass_kg=0.2,
        materials=("ceramic", "glossy plastic", "wood", "metal"),
        categories=("container", "dish"),
        cavity=_bowl_cavity,
        weight=1.6,
    ),
    Kind(
        name="plate",
        nouns=("plate",),
        build=_plate,
        small_m=(0.130, 0.130, 0.016),
        large_m=(0.190, 0.190, 0.022),
        mass_kg=0.25,
        materials=("ceramic", "glossy plastic"),
        categories=("dish",),
        holds_on_top=True,
        weight=1.3,
    ),
    Kind(
        name="mug",
        nouns=("mug", "coffee mug"),
        build=_mug,
        small_m=(0.082, 0.058, 0.066),
        large_m=(0.096, 0.068, 0.090),
        mass_kg=0.18,
        materials=("ceramic",),
        categories=("container", "dish"),
        grasp_width_m=narrow_side,
        cavity=_mug_cavity,
        weight=1.3,
    ),
    Kind(
        name="cup",
        nouns=("cup", "tumbler"),
        build=_cup,
        small_m=(0.054, 0.054, 0.062),
        large_m=(0.068, 0.068, 0.092),
        mass_kg=0.06,
        materials=("glossy plastic", "plastic", "paper", "metal"),
        categories=("container", "dish"),
        grasp_width_m=narrow_side,
        cavity=_cup_cavity,
    ),
    Kind(
        name="tray",
        nouns=("tray",),
        build=_tray,
        small_m=(0.170, 0.125, 0.020),
        large_m=(0.230, 0.165, 0.028),
        mass_kg=0.3,
        materials=("plastic", "wood", "metal"),
        categories=("container",),
        cavity=_tray_cavity,
        holds_on_top=True,
        weight=0.8,
    ),
    Kind(
        name="basket",
        nouns=("basket",),
        build=_basket,
        small_m=(0.140, 0.115, 0.060),
        large_m=(0.185, 0.150, 0.085),
        mass_kg=0.2,
        materials=("wicker",),
        categories=("container",),
        cavity=_basket_cavity,
        weight=0.9,
    ),
    Kind(
        name="spoon",
        nouns=("spoon",),
        build=_spoon,
        small_m=(0.120, 0.030, 0.016),
        large_m=(0.165, 0.038, 0.020),
        mass_kg=0.04,
        materials=("plastic", "wood", "metal"),
        categories=("cutlery",),
        grasp_width_m=_handle_width,
        weight=0.8,
    ),
)
