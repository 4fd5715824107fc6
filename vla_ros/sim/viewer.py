"""A window to watch the simulator in."""

from __future__ import annotations

import os
from typing import Any

import mujoco

from vla_ros.errors import SimulationError
from vla_ros.sim.mujoco_environment import StateSnapshot
from vla_ros.sim.parts import SOLID_GROUP


class LiveView:
    """MuJoCo's interactive viewer, fed with snapshots; a person may turn the view or close it."""

    def __init__(self) -> None:
        """Prepare to open the window with the first snapshot.

        Raises:
            SimulationError: There is no display.
        """
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            raise SimulationError(
                "there is no display to open a window on (DISPLAY is not set): leave --view out, "
                "a film is saved either way"
            )
        self._window: Any = None
        self._data: mujoco.MjData | None = None

    def show(self, snapshot: StateSnapshot) -> None:
        """Draw a state; opens the window anew where the scene is another one."""
        if self._window is None or self._data is None or self._data.model is not snapshot.model:
            self._open(snapshot.model)
        if self._data is None or not self._window.is_running():
            return
        with self._window.lock():
            self._data.qpos[:] = snapshot.qpos
            self._data.time = snapshot.time_ns * 1e-9
            mujoco.mj_kinematics(snapshot.model, self._data)
            mujoco.mj_camlight(snapshot.model, self._data)
        self._window.sync()

    def close(self) -> None:
        """Close the window."""
        if self._window is not None:
            self._window.close()
            self._window = None

    def _open(self, model: mujoco.MjModel) -> None:
        import mujoco.viewer

        self.close()
        self._data = mujoco.MjData(model)
        self._window = mujoco.viewer.launch_passive(
            model, self._data, show_left_ui=False, show_right_ui=False
        )
        with self._window.lock():
            self._window.opt.geomgroup[SOLID_GROUP] = 0
            self._window.cam.lookat[:] = (0.4, 0.0, 0.1)
            self._window.cam.distance, self._window.cam.azimuth = 1.7, 205.0
            self._window.cam.elevation = -28.0
