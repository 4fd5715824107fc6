"""Colours and materials: what a colour word looks like and how a material takes the light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import mujoco
import numpy as np

from vla_ros.errors import SimulationError
from vla_ros.sim import textures
from vla_ros.sim.textures import Rgb

COLORS: dict[str, Rgb] = {
    "red": (0.80, 0.07, 0.07),
    "orange": (0.98, 0.46, 0.04),
    "yellow": (0.97, 0.84, 0.08),
    "green": (0.10, 0.55, 0.16),
    "blue": (0.07, 0.20, 0.76),
    "cyan": (0.16, 0.74, 0.84),
    "purple": (0.42, 0.12, 0.58),
    "pink": (0.98, 0.52, 0.70),
    "brown": (0.36, 0.19, 0.09),
    "black": (0.07, 0.07, 0.08),
    "gray": (0.42, 0.43, 0.44),
    "white": (0.95, 0.95, 0.94),
}
"""Every colour word that an object may have, with its mean as sRGB 0..1."""

COLOR_SYNONYMS: dict[str, tuple[str, ...]] = {
    "gray": ("gray", "grey"),
    "cyan": ("cyan", "turquoise", "light blue"),
    "purple": ("purple", "violet"),
}


def color_words(color: str) -> tuple[str, ...]:
    """Return every word for a colour, the plainest first."""
    return COLOR_SYNONYMS.get(color, (color,))


def shade(color: str, rng: np.random.Generator, strength: float = 1.0) -> Rgb:
    """Return one shade of a colour word that still is that colour.

    Args:
        color: A key of COLORS.
        rng: Decides the shade.
        strength: 0 gives the mean, 1 the widest spread.

    Raises:
        SimulationError: The colour is unknown.
    """
    if color not in COLORS:
        raise SimulationError(f"no colour '{color}'; there are {sorted(COLORS)}")
    base = np.asarray(COLORS[color])
    brightness = 1.0 + strength * rng.uniform(-0.14, 0.08)
    shift = strength * rng.uniform(-0.035, 0.035, 3) * (1.0 if base.max() > 0.2 else 0.3)
    if color in ("gray", "white", "black"):
        shift = np.full(3, shift[0]) + 0.2 * (shift - shift[0])
    r, g, b = np.clip(base * brightness + shift, 0.02, 1.0)
    return float(r), float(g), float(b)


@dataclass(frozen=True, slots=True)
class Material:
    """How a surface takes the light.

    Attributes:
        specular: Strength of highlights, 0..1.
        shininess: Sharpness of highlights, 0..1.
        grain: Makes the grey picture that the colour is multiplied with, or None.
        words: Adjectives that name it, empty where people would not say it.
    """

    specular: float
    shininess: float
    grain: Callable[[np.random.Generator], np.ndarray] | None = None
    words: tuple[str, ...] = ()


def _wood_grain(rng: np.random.Generator) -> np.ndarray:
    return textures.wood(rng, (1.0, 1.0, 1.0), 64)


def _weave(rng: np.random.Generator) -> np.ndarray:
    return textures.weave()


def _cardboard(rng: np.random.Generator) -> np.ndarray:
    return textures.speckle(rng, depth=0.12)


def _foam(rng: np.random.Generator) -> np.ndarray:
    return textures.speckle(rng, depth=0.35)


MATERIALS: dict[str, Material] = {
    "plastic": Material(0.35, 0.5),
    "glossy plastic": Material(0.7, 0.85),
    "wood": Material(0.12, 0.2, _wood_grain, ("wooden",)),
    "metal": Material(0.9, 0.7, None, ("metal",)),
    "ceramic": Material(0.6, 0.8),
    "rubber": Material(0.08, 0.1),
    "cardboard": Material(0.03, 0.05, _cardboard),
    "paper": Material(0.05, 0.1),
    "wicker": Material(0.05, 0.1, _weave),
    "foam": Material(0.0, 0.0, _foam),
    "skin": Material(0.3, 0.4, _cardboard),
}
"""Every material by name."""


def add_material(spec: mujoco.MjSpec, name: str, seed: int) -> str:
    """Add a catalogue material to a spec, once per name and grain, and return its name there.

    Raises:
        SimulationError: The material is unknown.
    """
    if name not in MATERIALS:
        raise SimulationError(f"no material '{name}'; there are {sorted(MATERIALS)}")
    material = MATERIALS[name]
    variant = seed % 3 if material.grain else 0
    full_name = f"{name}.{variant}"
    if any(known.name == full_name for known in spec.materials):
        return full_name
    picture = material.grain(np.random.default_rng(variant)) if material.grain else None
    if picture is not None:
        picture = np.concatenate([picture] * 6)
    add_textured_material(
        spec, full_name, picture, material.specular, material.shininess, cube=True
    )
    return full_name


def add_textured_material(
    spec: mujoco.MjSpec,
    name: str,
    picture: np.ndarray | None,
    specular: float,
    shininess: float,
    *,
    cube: bool = False,
    repeat: float = 1.0,
) -> None:
    """Add a material with a picture on it.

    Args:
        spec: Where to add it.
        name: Name of the material and of its texture.
        picture: (H, W, 3) uint8, for a cube six square pictures above each other; None: no picture.
        specular: Strength of highlights, 0..1.
        shininess: Sharpness of highlights, 0..1.
        cube: Wrap the picture around each side instead of laying it flat.
        repeat: How many times a flat picture is repeated.
    """
    added = spec.add_material(
        name=name, specular=specular, shininess=shininess, texrepeat=(repeat, repeat)
    )
    if picture is None:
        return
    kind = mujoco.mjtTexture.mjTEXTURE_CUBE if cube else mujoco.mjtTexture.mjTEXTURE_2D
    height, width = picture.shape[:2]
    texture = spec.add_texture(name=name, type=kind, height=height, width=width, nchannel=3)
    texture.data = np.ascontiguousarray(picture).tobytes()
    roles = list(added.textures)
    roles[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name
    added.textures = roles
