"""The simulator's threads: paced physics, pictures that physics never waits for, a window."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from vla_ros.params import SimParams
from vla_ros.ros.camera_publisher import CameraPublisher
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.sim_publisher import SimPublisher
from vla_ros.sim.driver import Exposure, SimulatedDriver
from vla_ros.sim.mujoco_environment import MujocoEnvironment
from vla_ros.sim.viewer import LiveView
from vla_ros.types import RobotState

_MOST_DEBT_S = 0.1
_STREAM_PATIENCE_S = 0.3
_VIEW_PERIOD_S = 1.0 / 30.0


class PictureThread:
    """Takes and publishes pictures of the newest moment it was given."""

    def __init__(
        self,
        environment: MujocoEnvironment,
        driver: SimulatedDriver,
        cameras: Mapping[str, CameraPublisher],
        params: Callable[[], SimParams],
        diagnostics: Diagnostics,
    ) -> None:
        """Start the thread."""
        self._environment, self._driver, self._cameras = environment, driver, cameras
        self._params, self._diagnostics = params, diagnostics
        self._due = threading.Condition()
        self._exposure: Exposure | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)
        self._thread.start()

    def give(self, exposure: Exposure) -> None:
        """Leave a moment to take pictures of; one that it didn't get to is dropped."""
        with self._due:
            self._exposure = exposure
            self._due.notify_all()

    def close(self) -> None:
        """End the thread."""
        with self._due:
            self._ended = True
            self._due.notify_all()
        self._thread.join(5.0)

    def _run(self) -> None:
        while True:
            with self._due:
                self._due.wait_for(lambda: self._exposure is not None or self._ended)
                exposure, self._exposure = self._exposure, None
                if self._ended or exposure is None:
                    break
            params = self._params()
            for name, camera in self._cameras.items():
                if camera.watched:
                    frame = self._driver.picture(name, exposure)
                    camera.publish(frame, params.depth_encoding, params.jpeg_quality)
                    self._diagnostics.count(f"{name}_camera")
        self._environment.close()  # a GL context is freed on the thread that made it


class PhysicsThread:
    """Advances the simulator at its pace, and publishes what is due."""

    def __init__(
        self,
        environment: MujocoEnvironment,
        driver: SimulatedDriver,
        publisher: SimPublisher,
        pictures: PictureThread,
        params: Callable[[], SimParams],
    ) -> None:
        """Start the thread."""
        self._environment, self._driver = environment, driver
        self._publisher, self._pictures, self._params = publisher, pictures, params
        self._slice_s = 1.0 / params().state_rate_hz
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="physics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        params = self._params()
        tf, camera, truth = (
            max(1, round(params.state_rate_hz / rate_hz))
            for rate_hz in (params.tf_rate_hz, params.camera_rate_hz, params.truth_rate_hz)
        )
        count, due_s = 0, time.monotonic()
        while not self._ended.is_set():
            self._driver.await_stream(self._slice_s, _STREAM_PATIENCE_S)
            state = self._driver.advance(self._slice_s)
            self._publish(state, count % tf == 0, count % camera == 0, count % truth == 0)
            count += 1
            due_s = self._pace(due_s)

    def _publish(self, state: RobotState, tf: bool, camera: bool, truth: bool) -> None:
        self._publisher.state(state)
        if tf or camera:
            self._publisher.frames(state)
        if camera:
            self._pictures.give(self._driver.expose())
        if truth:
            self._publisher.truth(self._environment, self._driver)

    def _pace(self, due_s: float) -> float:
        """Wait for the end of the slice; return when the next one is due. Forgets old debt."""
        factor = self._params().real_time_factor
        due_s += self._slice_s / factor if factor > 0.0 else 0.0
        left_s = due_s - time.monotonic()
        if left_s > 0.0:
            self._ended.wait(left_s)
        return max(due_s, time.monotonic() - _MOST_DEBT_S)


class ViewerThread:
    """Shows the simulator in a window."""

    def __init__(self, driver: SimulatedDriver) -> None:
        """Open the window.

        Raises:
            SimulationError: There is no display.
        """
        self._driver, self._view = driver, LiveView()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="viewer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close the window."""
        self._ended.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        while not self._ended.wait(_VIEW_PERIOD_S):
            self._view.show(self._driver.expose().snapshot)
        self._view.close()
