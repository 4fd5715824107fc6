"""The simulated robot as a RobotPort: the same core as over ROS, stepped in one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vla_ros.action.robot_port import look_failure
from vla_ros.control.gate import SafetyGate
from vla_ros.errors import GroundingError, SafetyError, TaskFailed, TerminationReason, VlaRosError
from vla_ros.perception.perceiver import Perceiver
from vla_ros.sim.environment import Environment
from vla_ros.types import CameraFrame, GateStatus, Look, Observation, SafeCommand, ToolCommand

OnTick = Callable[[Environment], None]

_LONGEST_REST_S = 1.0
_CAMERA_PERIOD_S = 0.1


class InProcessRobot:
    """Implements RobotPort on an environment and a safety gate, without ROS and without clocks.

    Each tick is one control period: the gate is shown the arm's state, decides, its command goes to
    the joints, and the physics advances. Looking takes as long as a model would.

    Attributes:
        decisions: How many requests the gate took, clipped and refused.
    """

    def __init__(
        self,
        environment: Environment,
        perceiver: Perceiver,
        gate: SafetyGate,
        *,
        look_s: float = 0.1,
        picture_timeout_s: float = 3.0,
        horizon_s: float = float("inf"),
        on_tick: OnTick | None = None,
    ) -> None:
        """Connect them.

        Args:
            environment: The world, already reset.
            perceiver: Finds phrases in its pictures.
            gate: Decides what may be sent; a fresh one for each reset.
            look_s: Simulated time that a look takes [s].
            picture_timeout_s: Simulated time that a look waits for a picture that is not older
                than the look itself [s].
            horizon_s: Simulated time after which what is going on is ended [s].
            on_tick: Called after each tick, to film or to count.
        """
        self._environment = environment
        self._perceiver = perceiver
        self._gate = gate
        self._look_s = look_s
        self._picture_timeout_s = picture_timeout_s
        self._ends_s = environment.time_ns * 1e-9 + horizon_s
        self._on_tick = on_tick
        self._period_s = 1.0 / gate.params.control_rate_hz
        self._report: SafeCommand | None = None
        self._state_fault = ""
        self._ending: TerminationReason | None = None
        self.decisions: dict[GateStatus, int] = dict.fromkeys(GateStatus, 0)

    def observe(self) -> Observation:
        """Return the arm's state now, without pictures.

        Raises:
            TaskFailed: JOINT_STATES_STALE, where the gate could not use it.
        """
        if self._state_fault:
            raise TaskFailed(TerminationReason.JOINT_STATES_STALE, self._state_fault)
        return Observation({}, {}, self._environment.robot_state())

    def look(self, phrases: Sequence[str]) -> Look:
        """Return what the phrases mean in a picture taken now.

        Raises:
            TaskFailed: CAMERA_STALE, NO_DEPTH, MODEL_ERROR.
        """
        camera = self._perceiver.params.camera
        try:
            observation = Observation(
                frames={camera: self._picture(camera)},
                T_base_camera={camera: self._environment.T_base_camera(camera)},
                robot=self._environment.robot_state(),
            )
            look = self._perceiver.look(observation, phrases)
        except VlaRosError as error:
            raise look_failure(error) from error
        for _ in range(round(self._look_s / self._period_s)):
            self.tick()
        return look

    def _picture(self, camera: str) -> CameraFrame:
        """Return a picture that isn't older than now; waits for one.

        Raises:
            GroundingError: None comes.
        """
        asked_ns = self.now_ns()
        while True:
            frame = self._environment.render(camera)
            if frame.stamp_ns >= asked_ns:
                return frame
            waited_s = (self.now_ns() - asked_ns) * 1e-9
            if waited_s > self._picture_timeout_s or self.canceled() is not None:
                age_s = (self.now_ns() - frame.stamp_ns) * 1e-9
                raise GroundingError(
                    f"no usable picture of camera '{camera}' within {waited_s:.1f} s: the newest "
                    f"is {age_s:.1f} s old"
                )
            for _ in range(max(1, round(_CAMERA_PERIOD_S / self._period_s))):
                self.tick()

    def send(self, command: ToolCommand) -> None:
        """Give the gate a request."""
        self.decisions[self._gate.accept(command, self.now_ns()).status] += 1

    def gate(self) -> SafeCommand | None:
        """Return what the gate said at the last tick."""
        return self._report

    def arm(self) -> None:
        """Let the gate accept requests, once the arm is at rest.

        Raises:
            TaskFailed: SAFETY_REFUSED or ESTOPPED, with the gate's reason.
        """
        for _ in range(max(1, round(_LONGEST_REST_S / self._period_s))):
            self.tick()
            if self._gate.at_rest:
                break
        try:
            self._gate.arm()
        except SafetyError as error:
            stopped = self._report is not None and self._report.status is GateStatus.ESTOPPED
            reason = TerminationReason.ESTOPPED if stopped else TerminationReason.SAFETY_REFUSED
            raise TaskFailed(reason, str(error)) from error
        self.tick()

    def tick(self) -> None:
        """Advance the gate and the physics by one control period."""
        now_ns = self.now_ns()
        self._state_fault = self._gate.update_state(self._environment.robot_state(), now_ns).reason
        self._report = self._gate.tick(now_ns)
        if self._report.joint_positions_rad is not None:
            self._environment.set_joint_targets(np.asarray(self._report.joint_positions_rad))
        if self._report.gripper_opening is not None:
            self._environment.set_gripper_target(self._report.gripper_opening)
        self._environment.step(self._period_s)
        if self._on_tick is not None:
            self._on_tick(self._environment)

    def now_ns(self) -> int:
        """Return the simulated time [ns]."""
        return self._environment.time_ns

    def canceled(self) -> TerminationReason | None:
        """Return why the instruction is to end: somebody asked for it, or the horizon is past."""
        if self._ending is None and self.now_ns() * 1e-9 > self._ends_s:
            self.cancel(TerminationReason.TIMED_OUT)
        return self._ending

    def cancel(self, reason: TerminationReason = TerminationReason.CANCELED) -> None:
        """Ask for the instruction to end; the gate brings the arm to rest."""
        self._ending = reason
        self._gate.stop(reason.name.lower())
