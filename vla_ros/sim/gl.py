"""Chooses how pictures are drawn without a screen."""

from __future__ import annotations

import os
import sys
from typing import Any

import mujoco

from vla_ros.errors import SimulationError

_REMEDY = (
    "install libegl1, libgl1-mesa-dri and libopengl0 and set MUJOCO_GL=egl, or libosmesa6 and "
    "MUJOCO_GL=osmesa"
)


def make_gl_context(width_px: int, height_px: int) -> Any:
    """Return a GL context for off-screen pictures, current on this thread.

    MUJOCO_GL decides (egl, osmesa, glfw). Without it Linux uses EGL, which needs no screen and
    works on any thread, and other systems use MuJoCo's own choice.

    Raises:
        SimulationError: That kind of context can't be made here.
    """
    wish = os.environ.get("MUJOCO_GL", "").strip().lower()
    if not wish and sys.platform.startswith("linux"):
        wish = "egl"
    try:
        if wish == "egl":
            from mujoco.egl import GLContext
        elif wish == "osmesa":
            from mujoco.osmesa import GLContext
        else:
            GLContext = mujoco.GLContext
        context = GLContext(width_px, height_px)
        context.make_current()
    except (ImportError, AttributeError, RuntimeError, OSError) as error:
        raise SimulationError(f"no off-screen rendering by '{wish}': {error}; {_REMEDY}") from error
    return context
