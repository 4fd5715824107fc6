"""The visible surface as a grid of points in the base frame, and what hangs together in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from vla_ros.geometry import deproject_image, inverse, transform_points


@dataclass(frozen=True, slots=True)
class Surface:
    """A depth picture, or a window of it, seen in the base frame.

    Attributes:
        points_m: (h, w, 3) points in the base frame [m], NaN where there is no depth.
        normals: (h, w, 3) unit normals towards the camera, NaN where unknown.
        pixel_m: (h, w) side of a pixel at its depth [m].
        origin_px: (column, row) of the window's first pixel in the picture.
        T_base_camera: (4, 4) pose of the optical frame.
        k_px: (3, 3) intrinsics of the window: its own first pixel is (0, 0) [px].
    """

    points_m: np.ndarray
    normals: np.ndarray
    pixel_m: np.ndarray
    origin_px: tuple[int, int]
    T_base_camera: np.ndarray
    k_px: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the window."""
        rows, columns = self.points_m.shape[:2]
        return rows, columns

    @property
    def measured(self) -> np.ndarray:
        """(h, w) whether a pixel has a point."""
        return np.asarray(np.isfinite(self.points_m[..., 2]))

    def window(self, box_px: tuple[int, int, int, int]) -> Surface:
        """Return the part within x0, y0, x1, y1 of the picture, x1 and y1 exclusive [px]."""
        x0, y0 = self.origin_px
        part = slice(box_px[1] - y0, box_px[3] - y0), slice(box_px[0] - x0, box_px[2] - x0)
        shifted = np.array(self.k_px, dtype=float)
        shifted[:2, 2] -= (box_px[0] - x0, box_px[1] - y0)
        return Surface(
            self.points_m[part],
            self.normals[part],
            self.pixel_m[part],
            (box_px[0], box_px[1]),
            self.T_base_camera,
            shifted,
        )


def surface_from_depth(
    depth_m: np.ndarray,
    k_px: np.ndarray,
    T_base_camera: np.ndarray,
    origin_px: tuple[int, int] = (0, 0),
) -> Surface:
    """Lift a depth picture, or a window of it, into the base frame.

    Pixel centres are at whole numbers, as in CameraInfo.

    Args:
        depth_m: (h, w) distance along the optical axis [m], NaN where missing.
        k_px: (3, 3) intrinsics of the whole picture [px].
        T_base_camera: (4, 4) pose of the optical frame.
        origin_px: (column, row) of the window's first pixel.
    """
    k_px = np.array(k_px, dtype=float)
    k_px[:2, 2] -= origin_px
    in_camera = deproject_image(depth_m, k_px)
    points = transform_points(T_base_camera, in_camera.reshape(-1, 3)).reshape(in_camera.shape)
    pixel_m = depth_m / k_px[0, 0]
    normals = _normals(points, 4.0 * pixel_m)
    return Surface(points, normals, pixel_m, origin_px, np.asarray(T_base_camera), k_px)


def _normals(points: np.ndarray, gap_m: np.ndarray) -> np.ndarray:
    """Return unit normals (h, w, 3) towards the camera from the steps to the neighbouring pixels.

    What is seen from one point always turns the same way: the step downwards cross the step to the
    right points to the camera.
    """
    ax, ay, az = np.moveaxis(_tangent(points, 1, gap_m), -1, 0)
    dx, dy, dz = np.moveaxis(_tangent(points, 0, gap_m), -1, 0)
    normals = np.stack([dy * az - dz * ay, dz * ax - dx * az, dx * ay - dy * ax], axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        normals /= _length(normals)[..., None]
    return normals


def _tangent(points: np.ndarray, axis: int, gap_m: np.ndarray) -> np.ndarray:
    """Return the steps to the next pixels on both sides, added; those that jump are left out.

    Its direction is that of the surface; it is 0 where both sides jump or are missing.
    """
    step = np.diff(points, axis=axis)
    length = _length(step)
    whole = (slice(None), slice(None))
    before, after = list(whole), list(whole)
    before[axis], after[axis] = slice(0, -1), slice(1, None)
    tangent = np.zeros_like(points)
    for here in (tuple(before), tuple(after)):
        with np.errstate(invalid="ignore"):
            near = length < gap_m[here]
        tangent[here] += np.where(near[..., None], step, 0.0)
    return tangent


def _length(vectors: np.ndarray) -> np.ndarray:
    """Return the lengths (...) of vectors (..., 3)."""
    return np.asarray(np.sqrt(np.einsum("...i,...i->...", vectors, vectors)))


def connected(surface: Surface, keep: np.ndarray, gap_px: float, least_gap_m: float) -> np.ndarray:
    """Label what hangs together in space.

    Neighbouring pixels are joined when their points are closer than a gap that grows with the
    size of a pixel there, so that an object is cut off from what it hides.

    Args:
        surface: The points.
        keep: (h, w) bool of the pixels to label.
        gap_px: Largest gap in pixels' sides at that depth.
        least_gap_m: Gaps smaller than this never cut [m].

    Returns:
        (h, w) int, -1 where not kept.
    """
    labels = np.full(keep.shape, -1)
    rows, columns = np.flatnonzero(keep.any(axis=1)), np.flatnonzero(keep.any(axis=0))
    if not len(rows):
        return labels
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    points, kept = surface.points_m[part], keep[part]
    gap_m = np.maximum(gap_px * surface.pixel_m[part], least_gap_m)
    index = np.cumsum(kept).reshape(kept.shape) - 1
    count = int(index[-1, -1]) + 1
    links = [
        _links(points, kept, gap_m, index, here, there)
        for here, there in (
            ((slice(None), slice(0, -1)), (slice(None), slice(1, None))),
            ((slice(0, -1), slice(None)), (slice(1, None), slice(None))),
            ((slice(0, -1), slice(0, -1)), (slice(1, None), slice(1, None))),
            ((slice(0, -1), slice(1, None)), (slice(1, None), slice(0, -1))),
        )
    ]
    pairs = np.concatenate(links, axis=1)
    graph = coo_matrix((np.ones(pairs.shape[1], bool), pairs), shape=(count, count))
    labels[keep] = connected_components(graph, directed=False)[1]
    return labels


def _links(
    points: np.ndarray,
    keep: np.ndarray,
    gap_m: np.ndarray,
    index: np.ndarray,
    here: tuple[slice, slice],
    there: tuple[slice, slice],
) -> np.ndarray:
    """Return (2, L) indices of the kept neighbour pairs that are close enough."""
    distance = _length(points[here] - points[there])
    with np.errstate(invalid="ignore"):
        close = keep[here] & keep[there] & (distance < np.maximum(gap_m[here], gap_m[there]))
    return np.stack([index[here][close], index[there][close]])


def _outline(surface: Surface, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where a mask really ends to the left, the right and upwards, each (h, w) bool.

    Where something nearer covers what follows, or the window ends, the end is not known.
    """
    eye = surface.T_base_camera[:3, 3]
    distance = _length(surface.points_m - eye)
    ends = []
    for shift, axis in ((-1, 1), (1, 1), (-1, 0)):
        beside = np.roll(distance, -shift, axis=axis)
        in_mask = np.roll(mask, -shift, axis=axis)
        inner = np.ones(mask.shape, dtype=bool)
        rim = 0 if shift < 0 else -1
        inner[(slice(None), rim) if axis == 1 else (rim, slice(None))] = False
        with np.errstate(invalid="ignore"):
            covered = beside < distance - 2.0 * surface.pixel_m
        ends.append(mask & inner & ~in_mask & ~covered)
    return ends[0], ends[1], ends[2]


def outline_points(surface: Surface, mask: np.ndarray) -> np.ndarray:
    """Return (N, 3) points on the true outline of a mask: half a pixel outside its last pixels.

    The ray through the pixel's edge is met with the horizontal plane through the pixel's point,
    which is exact for the rear edge of a flat top and for upright sides. The lower outline is
    left out: there the front side's own points already lie on the object.
    """
    left, right, top = _outline(surface, mask)
    eye = surface.T_base_camera[:3, 3]
    k_inverse = np.linalg.inv(surface.k_px)
    found = []
    for edge, shift in ((left, (-0.5, 0.0)), (right, (0.5, 0.0)), (top, (0.0, -0.5))):
        rows, columns = np.nonzero(edge)
        pixels = np.stack([columns + shift[0], rows + shift[1], np.ones(len(rows))], axis=1)
        rays = pixels @ k_inverse.T @ surface.T_base_camera[:3, :3].T
        own = surface.points_m[rows, columns]
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = (own[:, 2] - eye[2]) / rays[:, 2]
            points = eye + reach[:, None] * rays
            near = np.linalg.norm(points - own, axis=1) < 2.0 * surface.pixel_m[rows, columns]
        # Near the horizon the plane is met far away; there the pixel's own point is used.
        found.append(np.where(near[:, None], points, own))
    return np.concatenate(found)


def seen_past(surface: Surface, mask: np.ndarray, points_m: np.ndarray) -> np.ndarray:
    """Return (N,) whether the camera looks past points at something behind them.

    Args:
        surface: A window.
        mask: (h, w) bool of an object's pixels; what is seen there never counts.
        points_m: (N, 3) points in the base frame [m].
    """
    in_camera = transform_points(inverse(surface.T_base_camera), points_m)
    depth = in_camera[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        pixels = np.rint((in_camera @ surface.k_px.T)[:, :2] / depth[:, None])
    size = surface.shape[::-1]
    inside = (depth > 0.0) & np.all((pixels >= 0) & (pixels < size), axis=1)
    column, row = np.where(inside[:, None], pixels, 0.0).astype(int).T
    seen_m = surface.pixel_m[row, column] * surface.k_px[0, 0]
    with np.errstate(invalid="ignore"):
        behind = seen_m > depth + 0.01
    return np.asarray(inside & ~mask[row, column] & behind)
