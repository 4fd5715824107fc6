"""A small chest with a drawer that slides out towards the chest's +x, by an upright handle."""

from __future__ import annotations

import mujoco
import numpy as np

from vla_ros.sim.kinds import Kind, Size
from vla_ros.sim.meshes import chamfered_box, joined, tube
from vla_ros.sim.parts import STEEL, Look, Parts

DRAWER_JOINT = "drawer"
"""The slide joint of a chest called c is c/drawer."""

DRAWER_TRAVEL_M = 0.11
HANDLE_THICKNESS_M = 0.012
HANDLE_REACH_M = 0.034
_WALL = 0.008
_INSIDE = Look((0.55, 0.42, 0.28), "wood")

Board = tuple[tuple[float, float, float], tuple[float, float, float]]


def _boards(parts: Parts, boards: list[Board], look: Look) -> None:
    for center, size in boards:
        parts.solid_box(center, size)
    seen = [chamfered_box(size, 0.0015).moved(np.asarray(center)) for center, size in boards]
    parts.mesh(joined(*seen), look)


def _chest(parts: Parts, size: Size) -> None:
    hx, hy, hz = (v / 2.0 for v in size)
    depth = size[0]
    carcass: list[Board] = [
        ((0, hy - _WALL / 2, 0), (depth, _WALL, size[2])),
        ((0, -hy + _WALL / 2, 0), (depth, _WALL, size[2])),
        ((0, 0, hz - _WALL / 2), (depth, size[1] - 2 * _WALL, _WALL)),
        ((0, 0, -hz + _WALL / 2), (depth, size[1] - 2 * _WALL, _WALL)),
        ((-hx + _WALL / 2, 0, 0), (_WALL, size[1] - 2 * _WALL, size[2] - 2 * _WALL)),
    ]
    _boards(parts, carcass, Look())
    owner = parts.body
    drawer = owner.add_body(name=f"{owner.name}/{DRAWER_JOINT}")
    joint = drawer.add_joint(
        name=drawer.name, type=mujoco.mjtJoint.mjJNT_SLIDE, axis=[1.0, 0.0, 0.0]
    )
    joint.range = [0.0, DRAWER_TRAVEL_M]
    joint.limited = mujoco.mjtLimited.mjLIMITED_TRUE
    joint.damping = [3.0, 0.0, 0.0]
    joint.frictionloss = 0.6
    drawer.mass, drawer.inertia, drawer.explicitinertial = 0.25, [4e-4, 4e-4, 4e-4], True
    parts.continue_on(drawer)
    _drawer(parts, size)


def _drawer(parts: Parts, size: Size) -> None:
    hx, hy, hz = (v / 2.0 for v in size)
    gap, front = 0.003, 0.010
    inner_y, inner_z = hy - _WALL - gap, hz - _WALL - gap
    low = -inner_z
    height = 1.5 * inner_z
    back = -hx + _WALL + gap
    length = hx - back
    middle = back + length / 2.0
    z = low + height / 2.0
    _boards(
        parts,
        [
            ((middle, 0, low + 0.003), (length, 2 * inner_y, 0.006)),
            ((middle, inner_y - 0.003, z), (length, 0.006, height)),
            ((middle, -inner_y + 0.003, z), (length, 0.006, height)),
            ((back + 0.003, 0, z), (0.006, 2 * inner_y, height)),
        ],
        _INSIDE,
    )
    panel: Board = ((hx + front / 2.0, 0, 0), (front, 2 * hy - 0.004, 2 * hz - 0.004))
    _boards(parts, [panel], Look())
    face = hx + front
    bend = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 7)
    loop = np.stack(
        [
            face + (HANDLE_REACH_M - HANDLE_THICKNESS_M / 2) * np.cos(bend),
            np.zeros(7),
            0.55 * hz * np.sin(bend),
        ],
        axis=-1,
    )
    parts.mesh(tube(loop, np.full(7, HANDLE_THICKNESS_M / 2.0), 8), STEEL)
    parts.solid_box(
        (face + HANDLE_REACH_M / 2.0, 0, 0), (HANDLE_REACH_M, HANDLE_THICKNESS_M, 1.2 * hz)
    )


KINDS = (
    Kind(
        name="drawer",
        nouns=("drawer", "drawer unit", "cabinet"),
        build=_chest,
        small_m=(0.130, 0.150, 0.090),
        large_m=(0.150, 0.180, 0.110),
        mass_kg=1.5,
        colors=("white", "brown", "gray", "blue", "green", "red", "yellow", "black"),
        materials=("wood", "plastic"),
        categories=("furniture",),
        fixed=True,
        holds_on_top=True,
        weight=0.0,
    ),
)
