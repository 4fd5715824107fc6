"""Puts the shapes of one object on its MuJoCo body: what is seen, and what is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from vla_ros.sim.materials import add_material, add_textured_material
from vla_ros.sim.meshes import Mesh
from vla_ros.sim.textures import Rgb

Vector = Sequence[float] | np.ndarray

SEEN_GROUP = 2
SOLID_GROUP = 3
PAINT_MARK = "/paint"
"""Geoms with this in their name take the object's own colour."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a surface looks like.

    Attributes:
        rgb: Its colour 0..1, None for the object's own colour.
        material: Name of its material, None for the object's own.
        picture: (H, W, 3) uint8 printed on it, or None.
    """

    rgb: Rgb | None = None
    material: str | None = None
    picture: np.ndarray | None = None


PAINT = Look()
STEEL = Look((0.66, 0.67, 0.70), "metal")
DARK_STEEL = Look((0.34, 0.35, 0.37), "metal")
TIMBER = Look((0.72, 0.52, 0.32), "wood")


@dataclass(frozen=True, slots=True)
class Contact:
    """How an object's surfaces behave when touched.

    Attributes:
        sliding: Coulomb friction coefficient.
        rolling_m: Rolling friction [m]; 0 for things that can't roll.
    """

    sliding: float = 1.1
    rolling_m: float = 0.0

    def apply(self, geom: mujoco.MjsGeom) -> None:
        """Set a geom's contact parameters: stiff, without bounce, with torsional friction."""
        geom.friction = [self.sliding, 0.02, self.rolling_m]
        geom.condim = 6 if self.rolling_m > 0.0 else 4
        geom.solref = [0.004, 1.0]
        geom.solimp = [0.95, 0.99, 0.001, 0.5, 2.0]


def add_mesh(spec: mujoco.MjSpec, name: str, mesh: Mesh, *, flat_picture: bool) -> None:
    """Add a mesh to a spec; without a flat picture a grain is wrapped around it instead."""
    added = spec.add_mesh(
        name=name,
        uservert=mesh.vertices_m.astype(np.float32).ravel(),
        usernormal=mesh.normals.astype(np.float32).ravel(),
        userface=mesh.faces.astype(np.int32).ravel(),
        inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
    )
    if flat_picture:
        added.usertexcoord = mesh.texcoords.astype(np.float32).ravel()


class Parts:
    """Builds one object. All places are in its body's frame: its bounding box's centre, z up."""

    def __init__(
        self,
        spec: mujoco.MjSpec,
        body: mujoco.MjsBody,
        *,
        rgb: Rgb,
        material: str,
        seed: int,
        contact: Contact,
    ) -> None:
        """Start with an empty body; rgb and material are the object's own."""
        self._spec, self._body, self._contact = spec, body, contact
        self._rgb, self._material, self._seed = rgb, material, seed
        self._owner = body
        self._count = 0
        self._prints: dict[int, str] = {}

    @property
    def rng(self) -> np.random.Generator:
        """A generator that depends on the object only."""
        return np.random.default_rng(self._seed)

    @property
    def body(self) -> mujoco.MjsBody:
        """The body that shapes are added to now."""
        return self._body

    def continue_on(self, body: mujoco.MjsBody) -> None:
        """Add what follows to another body of the same object, as a drawer to its cabinet."""
        self._body = body

    def solid_box(self, center_m: Vector, size_m: Vector, quat_wxyz: Vector = (1, 0, 0, 0)) -> None:
        """Add a box (full side lengths) that is touched but not seen."""
        half = [v / 2.0 for v in size_m]
        self._solid(
            type=mujoco.mjtGeom.mjGEOM_BOX, pos=list(center_m), size=half, quat=list(quat_wxyz)
        )

    def solid_cylinder(
        self, center_m: Vector, radius_m: float, height_m: float, axis: Vector = (0, 0, 1)
    ) -> None:
        """Add a cylinder that is touched but not seen."""
        self._solid(
            type=mujoco.mjtGeom.mjGEOM_CYLINDER,
            pos=list(center_m),
            size=[radius_m, height_m / 2.0, 0.0],
            zaxis=list(axis),
        )

    def solid_ellipsoid(self, center_m: Vector, size_m: Vector) -> None:
        """Add an ellipsoid (full side lengths) that is touched but not seen."""
        kind = mujoco.mjtGeom.mjGEOM_ELLIPSOID
        if max(size_m) - min(size_m) < 1e-6:
            kind = mujoco.mjtGeom.mjGEOM_SPHERE
        self._solid(type=kind, pos=list(center_m), size=[v / 2.0 for v in size_m])

    def solid_capsule(self, start_m: Vector, end_m: Vector, radius_m: float) -> None:
        """Add a capsule that is touched but not seen."""
        self._solid(
            type=mujoco.mjtGeom.mjGEOM_CAPSULE,
            fromto=[*start_m, *end_m],
            size=[radius_m, 0.0, 0.0],
        )

    def solid_wall(
        self,
        bottom: tuple[float, float],
        top: tuple[float, float],
        thickness_m: float,
        *,
        center_m: tuple[float, float] = (0.0, 0.0),
        count: int = 12,
    ) -> None:
        """Add a round wall of slanted boxes that is touched but not seen.

        Args:
            bottom: Outer radius and z of its lower edge [m].
            top: Outer radius and z of its upper edge [m].
            thickness_m: Thickness, measured inwards.
            center_m: (x, y) of its axis.
            count: Number of boxes around.
        """
        (r0, z0), (r1, z1) = bottom, top
        lean = np.arctan2(r1 - r0, z1 - z0)
        length = float(np.hypot(r1 - r0, z1 - z0))
        middle = (r0 + r1) / 2.0 - thickness_m / 2.0 * np.cos(lean)
        z_middle = (z0 + z1) / 2.0 + thickness_m / 2.0 * np.sin(lean)
        width = 2.0 * max(r0, r1) * np.tan(np.pi / count)
        for angle in 2.0 * np.pi * np.arange(count) / count:
            turn = np.array([np.cos(angle / 2.0), 0.0, 0.0, np.sin(angle / 2.0)])
            tilt = np.array([np.cos(lean / 2.0), 0.0, np.sin(lean / 2.0), 0.0])
            quat = np.zeros(4)
            mujoco.mju_mulQuat(quat, turn, tilt)
            center = (
                center_m[0] + middle * np.cos(angle),
                center_m[1] + middle * np.sin(angle),
                z_middle,
            )
            self.solid_box(center, (thickness_m, width, length), quat)

    def mesh(self, mesh: Mesh, look: Look = PAINT) -> None:
        """Add a mesh that is seen but not touched."""
        name = f"{self._owner.name}/mesh{self._count}"
        add_mesh(self._spec, name, mesh, flat_picture=look.picture is not None)
        self._seen(look, type=mujoco.mjtGeom.mjGEOM_MESH, meshname=name)

    def _solid(self, **shape: object) -> None:
        geom = self._body.add_geom(**shape)
        geom.group = SOLID_GROUP
        geom.rgba = [*self._rgb, 1.0]
        geom.mass = 0.0
        self._contact.apply(geom)

    def _seen(self, look: Look, **shape: object) -> None:
        geom = self._body.add_geom(**shape)
        mark = PAINT_MARK if look.rgb is None else "/fixed"
        geom.name = f"{self._owner.name}{mark}{self._count}"
        self._count += 1
        geom.group = SEEN_GROUP
        geom.contype = geom.conaffinity = 0
        geom.mass = 0.0
        geom.rgba = [*(look.rgb or self._rgb), 1.0]
        if look.picture is None:
            geom.material = add_material(self._spec, look.material or self._material, self._seed)
        else:
            geom.material = self._printed(look.picture)

    def _printed(self, picture: np.ndarray) -> str:
        """Return the name of the material that shows a picture, added once."""
        if id(picture) not in self._prints:
            name = f"{self._owner.name}/print{len(self._prints)}"
            add_textured_material(self._spec, name, picture, 0.1, 0.3)
            self._prints[id(picture)] = name
        return self._prints[id(picture)]
