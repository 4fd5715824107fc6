"""The simulator as a robot's driver: time that never goes back, and controllers in front of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vla_ros.errors import ConfigError
from vla_ros.params import RobotParams
from vla_ros.sim.controllers import GripperController, TrajectoryController, Waypoints
from vla_ros.sim.mujoco_environment import MujocoEnvironment, StateSnapshot
from vla_ros.sim.scenes import SceneOptions, sample_scene
from vla_ros.types import CameraFrame, RobotState

_NEVER_NS = -1
_RESTART_NS = 100_000_000


@dataclass(frozen=True, slots=True)
class Exposure:
    """A moment to take pictures of."""

    snapshot: StateSnapshot
    stamp_ns: int


class SimulatedDriver:
    """A simulated arm with ros2_control's controllers; safe to use from any thread.

    Attributes:
        arm: The arm's controller, another one after a reset; use it under `lock`.
        gripper: The gripper's controller, likewise.
        lock: Held while time advances; notified after each step.
        ended: Whether no more time will pass.
        seed: Seed of the present scene.
    """

    def __init__(
        self, environment: MujocoEnvironment, robot: RobotParams, control_period_s: float
    ) -> None:
        """Drive an environment in which a scene was built.

        Raises:
            ConfigError: The robot's joints are not those of the simulated arm.
        """
        state = environment.robot_state()
        if state.joint_names != robot.joint_names:
            raise ConfigError(
                f"the simulator's arm has the joints {list(state.joint_names)}, not "
                f"{list(robot.joint_names)}: use robot:=default, or a simulator of your robot"
            )
        self._environment = environment
        self._robot = robot
        self._control_period_s = control_period_s
        self._offset_ns = 0
        self._was_reset = False
        self.lock = threading.Condition()
        self.ended = False
        self.seed = environment.scene.seed
        self._take_over()

    def _take_over(self) -> None:
        state = self._environment.robot_state()
        self.arm = TrajectoryController(state.joint_names, state.joint_positions_rad)
        self.gripper = GripperController(
            self._robot.gripper_joint_closed, self._robot.gripper_joint_open
        )
        self._streamed_ns = self._led_until_ns = _NEVER_NS

    @property
    def now_ns(self) -> int:
        """Simulated time [ns]; goes on across resets."""
        return self._offset_ns + self._environment.time_ns

    @property
    def is_new(self) -> bool:
        """Whether the scene was built so lately that what comes was sent to the arm before it."""
        return self._was_reset and self._environment.time_ns < _RESTART_NS

    def stream(self, waypoints: Waypoints) -> None:
        """Follow a trajectory that another one is expected to replace before its first point.

        Raises:
            Refused: With the code and the reason; the present trajectory goes on.
        """
        with self.lock:
            now_ns = self.now_ns
            self.arm.accept(waypoints, now_ns)
            self._streamed_ns = now_ns
            self._led_until_ns = (waypoints.start_ns or now_ns) + waypoints.times_ns[0]
            self.lock.notify_all()

    def await_stream(self, ahead_s: float, patience_s: float) -> None:
        """Wait until the arm is led for some time from now, or nobody streams.

        Where the machine is too busy for who commands the arm, time goes slower instead of letting
        the arm run into the end of what it was sent.

        Args:
            ahead_s: For how long it is to be led [simulated s].
            patience_s: After this it is taken to be led no more [s].
        """

        def led() -> bool:
            now_ns = self.now_ns
            nobody = self._led_until_ns == _NEVER_NS
            # What came at this very moment is all that can come before time goes on.
            enough = now_ns + round(ahead_s * 1e9) <= self._led_until_ns
            return nobody or enough or self._streamed_ns == now_ns

        with self.lock:
            if not self.lock.wait_for(led, patience_s):
                self._led_until_ns = _NEVER_NS

    def advance(self, duration_s: float) -> RobotState:
        """Let the controllers and the physics run; return the measured state after it.

        Raises:
            SimulationError: The physics diverged.
        """
        with self.lock:
            for _ in range(max(1, round(duration_s / self._control_period_s))):
                self._environment.set_joint_targets(self.arm.desired(self.now_ns)[0])
                self._environment.set_gripper_target(self.gripper.opening)
                self._environment.step(self._control_period_s)
            self.lock.notify_all()
            return self.state()

    def end(self) -> None:
        """Tell those who wait for time to pass that no more will."""
        with self.lock:
            self.ended = True
            self.lock.notify_all()

    def jump(self, duration_ns: int) -> None:
        """Set the clock ahead [ns], or back, as somebody who sets a robot's clock would."""
        with self.lock:
            self._offset_ns = max(0, self._offset_ns + duration_ns)

    def reset(self, seed: int, required: Sequence[tuple[str, str]] = ()) -> None:
        """Build another scene, the arm at home; trajectories and grips end.

        Raises:
            SimulationError: No such scene can be built; the present one stays.
        """
        scene = sample_scene(seed, replace(SceneOptions(), required=tuple(required)))
        with self.lock:
            before_ns = self.now_ns
            self._environment.load(scene)
            self._offset_ns = before_ns
            self.seed = seed
            self._was_reset = True
            self._take_over()
            self.lock.notify_all()

    def state(self) -> RobotState:
        """Return the arm's measured state now."""
        with self.lock:
            return replace(self._environment.robot_state(), stamp_ns=self.now_ns)

    def expose(self) -> Exposure:
        """Return this moment, to take pictures of on another thread."""
        with self.lock:
            return Exposure(self._environment.snapshot(), self.now_ns)

    def picture(self, camera: str, exposure: Exposure) -> CameraFrame:
        """Return what a camera saw; always call this from the same thread."""
        frame = self._environment.render(camera, exposure.snapshot)
        return replace(frame, stamp_ns=exposure.stamp_ns)
