"""Small generated meshes: turned shapes, bent tubes and extruded outlines, with normals and UV."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import ConvexHull

_CREASE_COS = float(np.cos(np.deg2rad(35.0)))


@dataclass(frozen=True, slots=True)
class Mesh:
    """A triangle mesh.

    Attributes:
        vertices_m: (V, 3) points.
        normals: (V, 3) unit normals.
        texcoords: (V, 2) picture coordinates 0..1.
        faces: (F, 3) vertex numbers, counter-clockwise seen from outside.
    """

    vertices_m: np.ndarray
    normals: np.ndarray
    texcoords: np.ndarray
    faces: np.ndarray

    def moved(self, offset_m: np.ndarray) -> Mesh:
        """Return it shifted by (3,) metres."""
        return Mesh(self.vertices_m + offset_m, self.normals, self.texcoords, self.faces)

    @property
    def bounds_m(self) -> np.ndarray:
        """(2, 3) lowest and highest corner."""
        return np.stack([self.vertices_m.min(axis=0), self.vertices_m.max(axis=0)])


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 1e-12, lengths, 1.0))


def _segment_normals(profile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (S, 2) normals at the start and the end of each segment, smooth except at creases."""
    along = np.diff(profile, axis=0)
    flat = _unit(np.stack([along[:, 1], -along[:, 0]], axis=-1))
    start, end = flat.copy(), flat.copy()
    for k in range(1, len(flat)):
        if flat[k - 1] @ flat[k] > _CREASE_COS:
            end[k - 1] = start[k] = _unit(flat[k - 1] + flat[k])
    return start, end


def lathe(profile: list[tuple[float, float]], slices: int = 20) -> Mesh:
    """Return the mesh of an outline turned about the z axis.

    Args:
        profile: (radius, z) [m] from the middle of the bottom, up the outside, and, for something
            hollow, down the inside again to the middle of its floor.
        slices: Number of sides around.
    """
    outline = np.asarray(profile, dtype=float)
    start, end = _segment_normals(outline)
    angles = np.linspace(0.0, 2.0 * np.pi, slices + 1)
    turn = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    lengths = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(outline, axis=0), axis=1))]
    vertices: list[np.ndarray] = []
    normals: list[np.ndarray] = []
    texcoords: list[np.ndarray] = []
    faces: list[np.ndarray] = []
    for k in range(len(outline) - 1):
        first = len(vertices) * (slices + 1)
        for (radius, z), normal, length in (
            (outline[k], start[k], lengths[k]),
            (outline[k + 1], end[k], lengths[k + 1]),
        ):
            ring_z = np.full((slices + 1, 1), z)
            vertices.append(np.hstack([radius * turn, ring_z]))
            normals.append(np.hstack([normal[0] * turn, np.full((slices + 1, 1), normal[1])]))
            v = np.full(slices + 1, 1.0 - length / lengths[-1])
            texcoords.append(np.stack([angles / (2.0 * np.pi), v], axis=-1))
        low = first + np.arange(slices)
        high = low + slices + 1
        if outline[k, 0] > 0.0:
            faces.append(np.stack([low, low + 1, high + 1], axis=-1))
        if outline[k + 1, 0] > 0.0:
            faces.append(np.stack([low, high + 1, high], axis=-1))
    return Mesh(*(np.concatenate(parts) for parts in (vertices, normals, texcoords, faces)))


def tube(centers_m: np.ndarray, radii_m: np.ndarray, sides: int = 8, closed: bool = False) -> Mesh:
    """Return a round tube along a path.

    Args:
        centers_m: (N, 3) points of the path.
        radii_m: (N,) or () radius at each point.
        sides: Number of sides around.
        closed: Whether the path's end joins its start.
    """
    count = len(centers_m)
    radii = np.broadcast_to(radii_m, count)
    if closed:
        along = np.roll(centers_m, -1, axis=0) - np.roll(centers_m, 1, axis=0)
    else:
        along = np.gradient(centers_m, axis=0)
    along = _unit(along)
    spread = np.abs(centers_m - centers_m.mean(axis=0)).max(axis=0)
    side = np.broadcast_to(np.eye(3)[int(np.argmin(spread))], along.shape)
    side = _unit(side - np.sum(side * along, axis=1, keepdims=True) * along)
    other = np.cross(along, side)
    angles = np.arange(sides) * 2.0 * np.pi / sides
    cos, sin = np.cos(angles)[None, :, None], np.sin(angles)[None, :, None]
    normals = cos * side[:, None] + sin * other[:, None]
    vertices = centers_m[:, None] + radii[:, None, None] * normals
    faces = []
    for k in range(count if closed else count - 1):
        a = k * sides + np.arange(sides)
        b = k * sides + (np.arange(sides) + 1) % sides
        c, d = (a + sides) % (count * sides), (b + sides) % (count * sides)
        faces += [np.stack([a, b, d], -1), np.stack([a, d, c], -1)]
    if not closed:
        fan = np.arange(1, sides - 1)
        last = (count - 1) * sides
        faces.append(np.stack([np.zeros_like(fan), fan + 1, fan], -1))
        faces.append(last + np.stack([np.zeros_like(fan), fan, fan + 1], -1))
    u, v = np.meshgrid(np.arange(sides) / sides, np.linspace(0.0, 1.0, count))
    texcoords = np.stack([u, v], axis=-1).reshape(-1, 2)
    return Mesh(vertices.reshape(-1, 3), normals.reshape(-1, 3), texcoords, np.concatenate(faces))


def prism(outline_m: np.ndarray, height_m: float) -> Mesh:
    """Return a convex or star-shaped outline extruded upwards from z = 0.

    Args:
        outline_m: (N, 2) corners, counter-clockwise, each visible from their mean.
        height_m: Height [m].
    """
    count = len(outline_m)
    nxt = np.roll(outline_m, -1, axis=0)
    edge = _unit(nxt - outline_m)
    side_normals = np.stack([edge[:, 1], -edge[:, 0], np.zeros(count)], axis=-1)
    corners = [(outline_m, 0.0), (nxt, 0.0), (nxt, height_m), (outline_m, height_m)]
    quads = np.stack([np.column_stack([p, np.full(count, z)]) for p, z in corners], axis=1)
    first = 4 * np.arange(count)
    sides = np.concatenate([first[:, None] + [0, 1, 2], first[:, None] + [0, 2, 3]])
    vertices, normals = [quads.reshape(-1, 3)], [np.repeat(side_normals, 4, axis=0)]
    faces, total = [sides], 4 * count
    middle = outline_m.mean(axis=0)
    for z, up in ((height_m, 1.0), (0.0, -1.0)):
        ring = np.column_stack([np.vstack([outline_m, middle]), np.full(count + 1, z)])
        a, b = np.arange(count), (np.arange(count) + 1) % count
        fan = np.stack([a, b, np.full(count, count)], -1)
        vertices.append(ring)
        normals.append(np.tile([0.0, 0.0, up], (count + 1, 1)))
        faces.append(total + (fan if up > 0.0 else fan[:, [1, 0, 2]]))
        total += count + 1
    points = np.concatenate(vertices)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return Mesh(
        points, np.concatenate(normals), (points[:, :2] - low) / (high - low), np.concatenate(faces)
    )


def joined(*meshes: Mesh) -> Mesh:
    """Return several meshes as one."""
    counts = np.cumsum([0, *(len(mesh.vertices_m) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.vertices_m for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.texcoords for mesh in meshes]),
        np.concatenate([mesh.faces + n for mesh, n in zip(meshes, counts, strict=False)]),
    )


def stretched(mesh: Mesh, factors: tuple[float, float, float]) -> Mesh:
    """Return it scaled along each axis, with its normals made right again."""
    scale = np.asarray(factors)
    return Mesh(mesh.vertices_m * scale, _unit(mesh.normals / scale), mesh.texcoords, mesh.faces)


def chamfered_box(size_m: tuple[float, float, float], bevel_m: float) -> Mesh:
    """Return a box about the origin whose edges are bevelled and shaded as if rounded."""
    half = np.asarray(size_m) / 2.0
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    vertices, normals, texcoords = [], [], []
    for axis in range(3):
        inner = half - bevel_m
        inner[axis] = half[axis]
        vertices.append(signs * inner)
        normals.append(signs * np.eye(3)[axis])
        across = [k for k in range(3) if k != axis]
        texcoords.append((signs[:, across] + 1.0) / 2.0)
    points = np.concatenate(vertices)
    return Mesh(points, np.concatenate(normals), np.concatenate(texcoords), _hull_faces(points))


def _hull_faces(points: np.ndarray) -> np.ndarray:
    """Return (F, 3) outward triangles of the convex hull of (V, 3) points about the origin."""
    faces = ConvexHull(points).simplices
    a, b, c = (points[faces[:, k]] for k in range(3))
    inward = np.sum(np.cross(b - a, c - a) * (a + b + c), axis=1) < 0.0
    faces[inward] = faces[inward][:, [0, 2, 1]]
    return np.asarray(faces)


def ball(radius_m: float, slices: int = 20, stacks: int = 12) -> Mesh:
    """Return a sphere about the origin."""
    turn = np.linspace(-np.pi / 2.0, np.pi / 2.0, stacks + 1)
    outline = np.stack([np.cos(turn), np.sin(turn)], axis=-1) * radius_m
    outline[[0, -1], 0] = 0.0
    return lathe([(float(r), float(z)) for r, z in outline], slices)


def _turned(mesh: Mesh, rotation: np.ndarray) -> Mesh:
    return Mesh(mesh.vertices_m @ rotation.T, mesh.normals @ rotation.T, mesh.texcoords, mesh.faces)


def lying(mesh: Mesh) -> Mesh:
    """Return it laid down so that its z axis points along x."""
    return _turned(mesh, np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]))


def along_y(mesh: Mesh) -> Mesh:
    """Return it laid down so that its z axis points along y."""
    return _turned(mesh, np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]))


def quarter_turned(mesh: Mesh, count: int) -> Mesh:
    """Return it turned about z by quarter turns, counter-clockwise seen from above."""
    c, s = np.round([np.cos(count * np.pi / 2.0), np.sin(count * np.pi / 2.0)])
    return _turned(mesh, np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]))


def fitted(mesh: Mesh, size_m: tuple[float, float, float]) -> Mesh:
    """Return it stretched and moved so that its bounding box has this size about the origin."""
    low, high = mesh.bounds_m
    factors = np.asarray(size_m) / (high - low)
    return stretched(
        mesh.moved(-(low + high) / 2.0), (float(factors[0]), float(factors[1]), float(factors[2]))
    )


def grid(size_m: tuple[float, float], cells: int) -> Mesh:
    """Return a flat square grid about the origin that looks up; fine cells take light evenly."""
    u, v = np.meshgrid(np.linspace(0.0, 1.0, cells + 1), np.linspace(0.0, 1.0, cells + 1))
    texcoords = np.stack([u.ravel(), v.ravel()], axis=-1)
    points = np.column_stack([(texcoords - 0.5) * size_m, np.zeros(len(texcoords))])
    corner = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)[None, :]).ravel()
    right, up = corner + 1, corner + cells + 1
    faces = np.concatenate(
        [np.stack([corner, right, up + 1], -1), np.stack([corner, up + 1, up], -1)]
    )
    return Mesh(points, np.tile([0.0, 0.0, 1.0], (len(points), 1)), texcoords, faces)
