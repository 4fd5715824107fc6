"""Takes RGB-D pictures of a MuJoCo world, on the thread and with the GL context that it owns."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

import mujoco
import numpy as np

from vla_ros.errors import SimulationError
from vla_ros.sim.gl import make_gl_context
from vla_ros.sim.parts import SOLID_GROUP
from vla_ros.sim.shadows import lit_fraction, mixed

LAMP = "key"
"""The light that casts shadows, and the camera that stands where it hangs."""

_LAMP_PICTURE_PX = 320
_OPTICAL_FROM_MUJOCO = np.diag([1.0, -1.0, -1.0])
_CHEAP = {
    mujoco.mjtRndFlag.mjRND_SEGMENT: 1,
    mujoco.mjtRndFlag.mjRND_IDCOLOR: 1,
}


def intrinsics_px(fovy_rad: float, width: int, height: int) -> np.ndarray:
    """Return the (3, 3) intrinsics [px] of a camera with square pixels and a centred axis.

    Pixel (0, 0) is the middle of the upper left pixel, as in CameraInfo.
    """
    focal = 0.5 * height / np.tan(0.5 * fovy_rad)
    return np.array(
        [[focal, 0.0, 0.5 * (width - 1)], [0.0, focal, 0.5 * (height - 1)], [0.0, 0.0, 1.0]]
    )


def camera_intrinsics_px(model: mujoco.MjModel, camera: str, width: int, height: int) -> np.ndarray:
    """Return the (3, 3) intrinsics [px] of a model's camera."""
    return intrinsics_px(np.deg2rad(float(model.camera(camera).fovy[0])), width, height)


def optical_pose(data: mujoco.MjData, camera: str) -> np.ndarray:
    """Return T_base_camera (4, 4) of a camera's optical frame: x right, y down, z forward."""
    seen = data.camera(camera)
    pose = np.eye(4)
    pose[:3, :3] = seen.xmat.reshape(3, 3) @ _OPTICAL_FROM_MUJOCO
    pose[:3, 3] = seen.xpos
    return pose


class CameraRenderer:
    """Renders one model's cameras. Make it, use it and close it on the same thread."""

    def __init__(
        self,
        model: mujoco.MjModel,
        width: int = 320,
        height: int = 240,
        max_depth_m: float = 4.0,
        gl: Any = None,
    ) -> None:
        """Prepare to draw a model.

        Args:
            model: What to render; colours, poses and lights in it may change later.
            width: Width of the pictures [px].
            height: Height of the pictures [px].
            max_depth_m: Depth further than this is reported as NaN.
            gl: A GL context to draw in, which whoever made it frees; None for one of its own. The
                first picture of a context costs as much as a dozen: its shaders are compiled.

        Raises:
            SimulationError: No GL context can be made.
        """
        self._model = model
        self._width, self._height, self._max_depth_m = width, height, max_depth_m
        self._rect = mujoco.MjrRect(0, 0, width, height)
        self._lamp_rect = mujoco.MjrRect(0, 0, _LAMP_PICTURE_PX, _LAMP_PICTURE_PX)
        self._lamp = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_CAMERA, LAMP)
        side = max(width, height, _LAMP_PICTURE_PX)
        model.vis.global_.offwidth = max(model.vis.global_.offwidth, side)
        model.vis.global_.offheight = max(model.vis.global_.offheight, side)
        self._owns_gl = gl is None
        self._gl = make_gl_context(width, height) if gl is None else gl
        self._gl.make_current()
        self._context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_50)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        self._context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._scene = mujoco.MjvScene(model, maxgeom=2000)
        self._option = mujoco.MjvOption()
        self._option.geomgroup[SOLID_GROUP] = 0
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        self._lamp_saw: tuple[bytes, np.ndarray] | None = None

    def __enter__(self) -> CameraRenderer:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures [px]."""
        return self._width, self._height

    def close(self) -> None:
        """Free what was made for the model; closing twice is fine."""
        if self._context is not None:
            self._gl.make_current()
            self._context.free()
            if self._owns_gl:
                self._gl.free()
            self._context = None

    def render(self, data: mujoco.MjData, camera: str) -> tuple[np.ndarray, np.ndarray]:
        """Return what a camera sees.

        Args:
            data: State of the world, after mj_forward.
            camera: Name of the camera.

        Returns:
            (H, W, 3) uint8 picture, and (H, W) float32 depth along the optical axis [m], NaN where
            nothing is within range.
        """
        self._draw(data, camera, {})
        rgb, depth = self._read(self._rect)
        metric = self._metric_depth(depth)
        if self._lamp >= 0:
            rgb = self._shadowed(data, camera, rgb, metric)
        return rgb, np.where(metric < self._max_depth_m, metric, np.nan).astype(np.float32)

    def segment(self, data: mujoco.MjData, camera: str, names: Sequence[str]) -> np.ndarray:
        """Return which object each pixel shows.

        Args:
            data: State of the world, after mj_forward.
            camera: Name of the camera.
            names: Bodies of interest.

        Returns:
            (H, W) int32 position in names of the body (or of the body it is part of), -1 elsewhere.
        """
        self._draw(data, camera, _CHEAP)
        wide = self._read(self._rect)[0].astype(np.int32)
        drawn = wide[..., 0] + 256 * wide[..., 1] + 65536 * wide[..., 2]
        return np.asarray(self._owners(names)[drawn])

    def _shadowed(
        self, data: mujoco.MjData, camera: str, lit_rgb: np.ndarray, depth_m: np.ndarray
    ) -> np.ndarray:
        """Return a picture with the lamp's shadows, given the one that was just drawn without."""
        for light in self._scene.lights[: self._scene.nlight]:
            if light.id == self._model.light(LAMP).id:
                light.diffuse[:] = 0.0
                light.specular[:] = 0.0
        self._redraw(self._rect, {})
        dark_rgb, _ = self._read(self._rect)
        lit = lit_fraction(
            depth_m,
            camera_intrinsics_px(self._model, camera, self._width, self._height),
            optical_pose(data, camera),
            self._lamp_depth_m(data),
            camera_intrinsics_px(self._model, LAMP, _LAMP_PICTURE_PX, _LAMP_PICTURE_PX),
            optical_pose(data, LAMP),
        )
        return mixed(lit_rgb, dark_rgb, lit)

    def _lamp_depth_m(self, data: mujoco.MjData) -> np.ndarray:
        """Return the (L, L) depth that the lamp sees [m]; drawn once for all cameras' pictures."""
        model, placed = self._model, (data.geom_xpos, data.geom_xmat, data.cam_xpos, data.cam_xmat)
        shaped = (model.geom_size, model.geom_rgba, model.cam_fovy)
        moment = b"".join(values.tobytes() for values in (*placed, *shaped))
        if self._lamp_saw is None or self._lamp_saw[0] != moment:
            self._draw(data, LAMP, _CHEAP, self._lamp_rect)
            _, stored = self._read(self._lamp_rect)
            self._lamp_saw = moment, self._metric_depth(stored)
        return self._lamp_saw[1]

    def _draw(
        self,
        data: mujoco.MjData,
        camera: str,
        flags: dict[mujoco.mjtRndFlag, int],
        rect: mujoco.MjrRect | None = None,
    ) -> None:
        """Draw what a camera sees, from the world's present state."""
        if self._context is None:
            raise SimulationError("this renderer is closed: make a new one")
        self._gl.make_current()
        self._camera.fixedcamid = self._model.camera(camera).id
        mujoco.mjv_updateScene(
            self._model,
            data,
            self._option,
            None,
            self._camera,
            mujoco.mjtCatBit.mjCAT_ALL.value,
            self._scene,
        )
        self._redraw(rect or self._rect, flags)

    def _redraw(self, rect: mujoco.MjrRect, flags: dict[mujoco.mjtRndFlag, int]) -> None:
        """Draw the scene as it is, with some flags of the renderer changed."""
        before = self._scene.flags.copy()
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0
        for flag, value in flags.items():
            self._scene.flags[flag] = value
        mujoco.mjr_render(rect, self._scene, self._context)
        self._scene.flags[:] = before

    def _read(self, rect: mujoco.MjrRect) -> tuple[np.ndarray, np.ndarray]:
        """Return what was drawn: (H, W, 3) uint8 and the depth buffer (H, W) float32."""
        rgb = np.empty((rect.height, rect.width, 3), np.uint8)
        depth = np.empty((rect.height, rect.width), np.float32)
        mujoco.mjr_readPixels(rgb, depth, rect, self._context)
        return np.ascontiguousarray(rgb[::-1]), np.ascontiguousarray(depth[::-1])

    def _metric_depth(self, stored: np.ndarray) -> np.ndarray:
        """Turn the depth buffer (1 near, 0 far) into metres; what is empty is at the far plane."""
        extent = self._model.stat.extent
        near = self._model.vis.map.znear * extent
        far = self._model.vis.map.zfar * extent
        return np.asarray(near * far / (near + stored * (far - near)), np.float32)

    def _owners(self, names: Sequence[str]) -> np.ndarray:
        """Return the position in names by segment number as drawn; entry 0 is the background."""
        by_body = np.full(self._model.nbody, -1, np.int32)
        for position, name in enumerate(names):
            by_body[self._model.body(name).id] = position
        for body in range(1, self._model.nbody):
            if by_body[body] < 0:
                by_body[body] = by_body[self._model.body_parentid[body]]
        owners = np.full(self._scene.ngeom + 1, -1, np.int32)
        for geom in self._scene.geoms[: self._scene.ngeom]:
            is_geom = geom.objtype == mujoco.mjtObj.mjOBJ_GEOM and geom.segid >= 0
            if is_geom and geom.segid + 1 < len(owners):
                owners[geom.segid + 1] = by_body[self._model.geom_bodyid[geom.objid]]
        return owners
