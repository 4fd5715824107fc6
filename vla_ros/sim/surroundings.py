"""What is around the objects: the table, the room, the lights and where the front camera stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.sim import textures
from vla_ros.sim.textures import Rgb

Vector3 = tuple[float, float, float]

_WOODS: tuple[Rgb, ...] = (
    (0.72, 0.52, 0.34),
    (0.58, 0.40, 0.25),
    (0.80, 0.66, 0.48),
    (0.42, 0.29, 0.20),
    (0.66, 0.58, 0.50),
)
_STONES: tuple[Rgb, ...] = ((0.86, 0.85, 0.83), (0.62, 0.62, 0.63), (0.44, 0.45, 0.47))
_BOARDS: tuple[Rgb, ...] = (
    (0.80, 0.80, 0.78),
    (0.60, 0.62, 0.64),
    (0.30, 0.31, 0.33),
    (0.72, 0.70, 0.62),
    (0.50, 0.58, 0.62),
    (0.62, 0.55, 0.50),
)
_CLOTHS: tuple[Rgb, ...] = (
    (0.78, 0.74, 0.66),
    (0.48, 0.56, 0.64),
    (0.62, 0.66, 0.56),
    (0.70, 0.56, 0.52),
    (0.34, 0.36, 0.42),
)
_KINDS: dict[str, tuple[Rgb, ...]] = {
    "wood": _WOODS,
    "planks": _WOODS,
    "marble": _STONES,
    "plain": _BOARDS,
    "cloth": _CLOTHS,
}


@dataclass(frozen=True, slots=True)
class TableLook:
    """What the table's top looks like: its kind, its mean colour and the seed of its pattern."""

    kind: str
    rgb: Rgb
    seed: int

    def picture(self) -> np.ndarray:
        """Return its (H, W, 3) uint8 picture."""
        rng = np.random.default_rng(self.seed)
        if self.kind == "planks":
            return textures.wood(rng, self.rgb, planks=int(rng.integers(4, 9)))
        makers = {
            "wood": textures.wood,
            "marble": textures.marble,
            "plain": textures.plain,
            "cloth": textures.cloth,
        }
        return makers[self.kind](rng, self.rgb)


@dataclass(frozen=True, slots=True)
class Lighting:
    """Two lamps and the light that comes from everywhere.

    Attributes:
        key_position_m: Where the lamp that casts shadows hangs, base frame.
        key_rgb: Its strength per colour.
        fill_position_m: Where the other hangs.
        fill_rgb: Its strength per colour.
        ambient_rgb: Strength of the light from everywhere.
    """

    key_position_m: Vector3
    key_rgb: Rgb
    fill_position_m: Vector3
    fill_rgb: Rgb
    ambient_rgb: Rgb


@dataclass(frozen=True, slots=True)
class CameraPlace:
    """Where a camera stands and what it looks at, in the base frame.

    Attributes:
        position_m: Its optical centre.
        target_m: A point on its optical axis.
        roll_rad: Turn about that axis.
        fovy_rad: Vertical field of view.
    """

    position_m: Vector3
    target_m: Vector3
    roll_rad: float
    fovy_rad: float


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything but the objects and the robot."""

    table: TableLook
    wall_rgb: Rgb
    floor_rgb: Rgb
    lighting: Lighting
    camera: CameraPlace


def _vector(values: np.ndarray) -> Vector3:
    x, y, z = (float(v) for v in values)
    return x, y, z


def sample_table(rng: np.random.Generator) -> TableLook:
    """Return a random table top."""
    kind = str(rng.choice(list(_KINDS)))
    choices = _KINDS[kind]
    base = np.asarray(choices[int(rng.integers(len(choices)))])
    rgb = np.clip(base * rng.uniform(0.85, 1.12) + rng.uniform(-0.03, 0.03, 3), 0.1, 0.95)
    return TableLook(kind, _vector(rgb), int(rng.integers(2**31)))


def sample_lighting(rng: np.random.Generator, strength: float) -> Lighting:
    """Return random lamps; strength 0 gives the mean."""
    angle = np.deg2rad(-50.0) + strength * rng.uniform(-1.0, 1.0) * np.pi
    reach = 0.9 + strength * rng.uniform(-0.3, 0.3)
    key = np.array([0.47 + reach * np.cos(angle), reach * np.sin(angle), 1.9])
    key[2] += strength * rng.uniform(-0.35, 0.35)
    fill = np.array([0.47 - 1.1 * np.cos(angle), -1.1 * np.sin(angle), 1.7])
    warmth = strength * rng.uniform(-0.07, 0.07)
    tint = np.array([1.0 + warmth, 1.0, 1.0 - warmth])
    gain = 1.0 + strength * rng.uniform(-0.15, 0.12)
    balance = strength * rng.uniform(-0.12, 0.12)
    return Lighting(
        key_position_m=_vector(key),
        key_rgb=_vector((0.44 - balance) * gain * tint),
        fill_position_m=_vector(fill),
        fill_rgb=_vector(0.17 * gain * tint[::-1]),
        ambient_rgb=_vector((0.35 + balance) * gain * np.ones(3)),
    )


def sample_camera(rng: np.random.Generator, strength: float) -> CameraPlace:
    """Return the front camera's place, across the table; strength 0 gives the mean."""
    jitter = strength * rng.uniform(-1.0, 1.0, 7)
    position = np.array([1.17, 0.0, 0.78]) + jitter[:3] * [0.05, 0.07, 0.06]
    target = np.array([0.468, 0.0, 0.02]) + np.array([0.015 * jitter[3], 0.02 * jitter[4], 0.0])
    return CameraPlace(
        _vector(position),
        _vector(target),
        float(0.03 * jitter[5]),
        float(np.deg2rad(34.0 + 1.2 * jitter[6])),
    )


def sample_surroundings(rng: np.random.Generator, strength: float) -> Surroundings:
    """Return random surroundings; strength 0 keeps lights and camera where they mostly are."""
    wall = 0.72 + 0.12 * rng.uniform(-1.0, 1.0, 3) * [1.0, 0.6, 1.0]
    floor = 0.38 + 0.10 * rng.uniform(-1.0, 1.0) + 0.03 * rng.uniform(-1.0, 1.0, 3)
    return Surroundings(
        table=sample_table(rng),
        wall_rgb=_vector(wall),
        floor_rgb=_vector(floor),
        lighting=sample_lighting(rng, strength),
        camera=sample_camera(rng, strength),
    )
