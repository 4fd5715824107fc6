"""Depth pictures of boxes, cylinders and balls by ray casting: the oracle of perception's tests.

Nothing here comes from the code under test. The camera's optical frame is x right, y down,
z forward; pixel (column, row) looks along ((column - cx) / f, (row - cy) / f, 1).
"""

from __future__ import annotations

import numpy as np

WIDTH, HEIGHT = 320, 240
FOCAL = 290.0
K = np.array([[FOCAL, 0.0, (WIDTH - 1) / 2], [0.0, FOCAL, (HEIGHT - 1) / 2], [0.0, 0.0, 1.0]])


def look_at(eye, target):
    """Pose (4, 4) of an optical frame at `eye` that looks at `target`, upright."""
    eye, target = np.asarray(eye, float), np.asarray(target, float)
    z = (target - eye) / np.linalg.norm(target - eye)
    x = np.cross(z, [0.0, 0.0, 1.0])
    x /= np.linalg.norm(x)
    T = np.eye(4)
    T[:3, 0], T[:3, 1], T[:3, 2], T[:3, 3] = x, np.cross(z, x), z, eye
    return T


T_BASE_CAMERA = look_at([1.25, 0.0, 0.75], [0.48, 0.0, 0.02])


def pose_z(position, yaw=0.0):
    T = np.eye(4)
    c, s = np.cos(yaw), np.sin(yaw)
    T[:2, :2] = [[c, -s], [s, c]]
    T[:3, 3] = position
    return T


def lying(position, yaw):
    """Pose of a cylinder whose axis (its z) lies in the horizontal plane along the yaw."""
    T = np.eye(4)
    c, s = np.cos(yaw), np.sin(yaw)
    T[:3, 2] = [c, s, 0.0]
    T[:3, 0] = [-s, c, 0.0]
    T[:3, 1] = np.cross(T[:3, 2], T[:3, 0])
    T[:3, 3] = position
    return T


class Box:
    def __init__(self, T, extent):
        self.T, self.extent = T, np.asarray(extent, float)

    def hit(self, origin, rays):
        o, d = _local(self.T, origin, rays)
        with np.errstate(divide="ignore", invalid="ignore"):
            a, b = (-self.extent / 2 - o) / d, (self.extent / 2 - o) / d
        near = np.nanmax(np.minimum(a, b), axis=-1)
        far = np.nanmin(np.maximum(a, b), axis=-1)
        return np.where((near <= far) & (near > 0), near, np.inf)


class Ball:
    def __init__(self, center, radius):
        self.center, self.radius = np.asarray(center, float), radius

    def hit(self, origin, rays):
        o = origin - self.center
        a = np.sum(rays**2, -1)
        b = 2 * rays @ o
        c = o @ o - self.radius**2
        return _nearer_root(a, b, c)


class Bowl:
    """The lower part of a thin sphere, up to a rim."""

    def __init__(self, center, radius, rim):
        self.center, self.radius, self.rim = np.asarray(center, float), radius, rim

    def hit(self, origin, rays):
        o = origin - self.center
        a, b, c = np.sum(rays**2, -1), 2 * rays @ o, o @ o - self.radius**2
        best = np.full(a.shape, np.inf)
        with np.errstate(invalid="ignore"):
            root = np.sqrt(b * b - 4 * a * c)
            for t in ((-b + root) / (2 * a), (-b - root) / (2 * a)):
                best = np.where(origin[2] + t * rays[..., 2] <= self.rim, t, best)
        return best


class Cylinder:
    """About its own z axis, with flat ends."""

    def __init__(self, T, radius, length):
        self.T, self.radius, self.length = T, radius, length

    def hit(self, origin, rays):
        o, d = _local(self.T, origin, rays)
        a = np.sum(d[..., :2] ** 2, -1)
        b = 2 * (d[..., :2] @ o[:2])
        c = o[:2] @ o[:2] - self.radius**2
        t = _nearer_root(a, b, c)
        with np.errstate(invalid="ignore"):
            z = np.where(np.isfinite(t), o[2] + np.where(np.isfinite(t), t, 0) * d[..., 2], np.inf)
        best = np.where(np.abs(z) <= self.length / 2, t, np.inf)
        for end in (-self.length / 2, self.length / 2):
            with np.errstate(divide="ignore", invalid="ignore"):
                t = (end - o[2]) / d[..., 2]
                flat = np.linalg.norm(o[:2] + t[..., None] * d[..., :2], axis=-1)
            t = np.where((flat <= self.radius) & (t > 0), t, np.inf)
            best = np.minimum(best, t)
        return best


class Floor:
    def __init__(self, height=0.0):
        self.height = height

    def hit(self, origin, rays):
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (self.height - origin[2]) / rays[..., 2]
        return np.where(t > 0, t, np.inf)


def _local(T, origin, rays):
    return T[:3, :3].T @ (origin - T[:3, 3]), rays @ T[:3, :3]


def _nearer_root(a, b, c):
    square = b * b - 4 * a * c
    with np.errstate(invalid="ignore", divide="ignore"):
        t = (-b - np.sqrt(np.where(square >= 0, square, np.nan))) / (2 * a)
    return np.where(np.isfinite(t) & (t > 0), t, np.inf)


def cast(shapes, T_base_camera=T_BASE_CAMERA, k=K, size=(WIDTH, HEIGHT)):
    """Depth picture (H, W) [m], NaN where nothing is hit, and the index of the shape hit."""
    width, height = size
    u, v = np.meshgrid(np.arange(width), np.arange(height))
    rays = np.stack([(u - k[0, 2]) / k[0, 0], (v - k[1, 2]) / k[1, 1], np.ones_like(u, float)], -1)
    rays = rays @ T_base_camera[:3, :3].T
    hits = np.stack([shape.hit(T_base_camera[:3, 3], rays) for shape in shapes])
    index = np.argmin(hits, axis=0)
    depth = np.min(hits, axis=0)
    missed = ~np.isfinite(depth)
    depth[missed] = np.nan
    index[missed] = -1
    return depth.astype(np.float32), index


def box_of(mask):
    """Tight box x0, y0, x1, y1 of a mask, x1 and y1 exclusive."""
    rows, columns = np.nonzero(mask)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], float)
