"""Procedural pictures that are put on surfaces: wood, marble, cloth, weave and printed labels."""

from __future__ import annotations

import cv2
import numpy as np

Rgb = tuple[float, float, float]


def noise(rng: np.random.Generator, size_px: int, cells: int) -> np.ndarray:
    """Return (size, size) smooth noise in 0..1 that wraps around at its edges."""
    lattice = rng.random((cells, cells), dtype=np.float32)
    wrapped = np.pad(lattice, ((2, 2), (2, 2)), mode="wrap")
    scale = size_px / cells
    full = cv2.resize(wrapped, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    margin = (full.shape[0] - size_px) // 2
    cut = full[margin : margin + size_px, margin : margin + size_px]
    return np.asarray(np.clip(cut, 0.0, 1.0))


def fractal(rng: np.random.Generator, size_px: int, cells: int, octaves: int = 4) -> np.ndarray:
    """Return (size, size) noise in 0..1 summed over octaves, each twice as fine, half as strong."""
    total = sum(0.5**k * noise(rng, size_px, cells * 2**k) for k in range(octaves))
    return np.asarray(total / sum(0.5**k for k in range(octaves)), np.float32)


def _tinted(value: np.ndarray, rgb: Rgb) -> np.ndarray:
    """Return (H, W, 3) uint8 of a brightness (H, W), where 1 is the colour itself."""
    scaled = np.clip(value[..., None] * np.asarray(rgb) * 255.0, 0, 255)
    return np.asarray(scaled, np.uint8)


def wood(rng: np.random.Generator, rgb: Rgb, size_px: int = 512, planks: int = 0) -> np.ndarray:
    """Return (size, size, 3) uint8 wood with its grain along the rows, in planks where asked."""
    rows = np.linspace(0.0, 1.0, size_px)[:, None]
    bend = 0.05 * fractal(rng, size_px, 2, 3)
    rings = np.abs(np.sin(np.pi * (rows + bend) * rng.uniform(14.0, 30.0)))
    specks = rng.random((size_px, size_px))
    fibres = cv2.GaussianBlur(specks, (0, 0), sigmaX=size_px / 14, sigmaY=0.7)
    fibres = (fibres - fibres.mean()) / fibres.std()
    value = 0.84 + 0.12 * rings + 0.035 * fibres + 0.10 * (fractal(rng, size_px, 3) - 0.5)
    if planks:
        which = (np.arange(size_px) * planks) // size_px
        value = value + rng.uniform(-0.08, 0.08, planks)[which][:, None]
        value[np.diff(which, prepend=which[0]) > 0] *= 0.6
    return _tinted(value, rgb)


def marble(rng: np.random.Generator, rgb: Rgb, size_px: int = 512) -> np.ndarray:
    """Return (size, size, 3) uint8 stone with veins."""
    rows, columns = np.mgrid[0:size_px, 0:size_px] / size_px
    warp = fractal(rng, size_px, 4, 5)
    phase = rows * rng.uniform(1.0, 3.0) + columns * rng.uniform(1.0, 3.0) + 2.2 * warp
    veins = np.abs(np.sin(np.pi * phase)) ** 0.35
    value = 0.86 + 0.12 * veins + 0.05 * (fractal(rng, size_px, 16) - 0.5)
    return _tinted(value, rgb)


def plain(rng: np.random.Generator, rgb: Rgb, size_px: int = 256) -> np.ndarray:
    """Return (size, size, 3) uint8 of a painted or laminated board: faint blotches and specks."""
    value = 0.94 + 0.08 * fractal(rng, size_px, 4) + rng.normal(0.0, 0.012, (size_px, size_px))
    return _tinted(value, rgb)


def cloth(rng: np.random.Generator, rgb: Rgb, size_px: int = 512) -> np.ndarray:
    """Return (size, size, 3) uint8 of a woven cloth, sometimes checked in a second colour."""
    threads = np.arange(size_px) * (2.0 * np.pi * 64 / size_px)
    weave = 0.5 + 0.25 * np.sin(threads)[:, None] + 0.25 * np.sin(threads)[None, :]
    value = 0.84 + 0.12 * weave + 0.10 * (fractal(rng, size_px, 6) - 0.5)
    if rng.random() < 0.5:
        stripe = ((np.arange(size_px) * 8) // size_px) % 2
        depth = rng.uniform(0.05, 0.16)
        value = value * (1.0 - depth * stripe[:, None]) * (1.0 - depth * stripe[None, :])
    return _tinted(value, rgb)


def weave(size_px: int = 128, strands: int = 8) -> np.ndarray:
    """Return (size, size, 3) uint8 grey basketwork: strands that go over and under each other."""
    t = np.arange(size_px) * strands / size_px
    across, along = np.sin(np.pi * (t % 1.0)), (t.astype(int) % 2)
    over = (along[:, None] + along[None, :]) % 2
    value = np.where(over == 0, across[:, None], across[None, :])
    return _tinted(0.62 + 0.38 * value, (1.0, 1.0, 1.0))


def speckle(rng: np.random.Generator, size_px: int = 64, depth: float = 0.2) -> np.ndarray:
    """Return (size, size, 3) uint8 grey specks, for cardboard, sponge and fruit skin."""
    specks = rng.random((size_px, size_px))
    value = 1.0 - depth * (0.5 * noise(rng, size_px, 8) + 0.5 * specks)
    return _tinted(value, (1.0, 1.0, 1.0))


_FACES = (cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_SIMPLEX)
_LETTERS = "ABCDEFGHIKLMNOPRSTUVZ"


def label(
    rng: np.random.Generator, paper: Rgb, ink: Rgb, width_px: int = 128, height_px: int = 128
) -> np.ndarray:
    """Return (height, width, 3) uint8 of a printed label: a brand, a band, a drawing, small print.

    Args:
        rng: Decides the words and the drawing.
        paper: Colour of the paper.
        ink: Colour of the print.
        width_px: Width [px].
        height_px: Height [px].
    """
    back, front = (tuple(255.0 * v for v in rgb) for rgb in (paper, ink))
    picture = np.full((height_px, width_px, 3), back, np.uint8)
    band = int(height_px * rng.uniform(0.10, 0.2))
    cv2.rectangle(picture, (0, height_px - band), (width_px, height_px), front, -1)
    centre = (int(width_px * rng.uniform(0.35, 0.65)), int(height_px * 0.6))
    radius = int(0.16 * min(width_px, height_px))
    if rng.random() < 0.5:
        cv2.circle(picture, centre, radius, front, -1, cv2.LINE_AA)
    else:
        turn = rng.uniform(0.0, np.pi) + np.arange(5) * 4.0 * np.pi / 5.0
        star = np.stack([np.cos(turn), np.sin(turn)], -1) * radius * 1.2 + centre
        cv2.fillPoly(picture, [star.astype(np.int32)], front, cv2.LINE_AA)
    brand = "".join(rng.choice(list(_LETTERS), int(rng.integers(3, 6))))
    face = int(rng.choice(_FACES))
    (text_width, text_height), _ = cv2.getTextSize(brand, face, 1.0, 2)
    scale = min(0.8 * width_px / text_width, 0.22 * height_px / text_height)
    place = (int((width_px - scale * text_width) / 2), int(height_px * 0.32))
    cv2.putText(picture, brand, place, face, scale, front, 2, cv2.LINE_AA)
    for row in np.linspace(0.78, 0.84, 2) * height_px:
        end = int(width_px * rng.uniform(0.5, 0.9))
        cv2.line(picture, (int(0.1 * width_px), int(row)), (end, int(row)), front, 1)
    return picture
