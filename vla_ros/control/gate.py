"""The safety gate: the only way to a controller. It decides at each tick what may be sent, and why.

Modes: DISARMED until `arm`; STOPPED after `stop` until armed again; ESTOPPED after `estop` until
`reset_estop`, which leaves it disarmed. While armed it holds, and goes on by itself once the cause
is gone, when: no request is fresh, the newest request was refused, joint states are late or wrong,
or the arm does not follow (then the held position yields to where the arm really is, as it does in
each stop of an arm that rests elsewhere).
"""

from __future__ import annotations

from enum import Enum

from vla_ros.control.arm_kinematics import arm_kinematics
from vla_ros.control.filter import Decision, SafetyFilter
from vla_ros.control.giving_way import GivingWay
from vla_ros.control.kinematics import ArmKinematics
from vla_ros.control.lateness import share_out
from vla_ros.control.limits import JointEnvelope
from vla_ros.control.motion import ArmMotion
from vla_ros.control.watch import ArmWatch
from vla_ros.control.workspace import Workspace
from vla_ros.errors import ConfigError, SafetyError
from vla_ros.params import RobotParams, SafetyParams
from vla_ros.types import GateStatus, RobotState, SafeCommand, ToolCommand

_SHORTEST_STEP_S = 5e-4
_CLOCK_JITTER_S = 1e-3
_ENDED = "requests ended while the arm moved"


class _Mode(Enum):
    DISARMED = GateStatus.DISARMED
    ARMED = GateStatus.OK
    STOPPED = GateStatus.STOPPED
    ESTOPPED = GateStatus.ESTOPPED


class SafetyGate:
    """Takes requests and joint states as they come and gives one safe command per tick.

    Not thread-safe: call it from one thread. Every time is of the same clock [ns].
    """

    def __init__(self, params: SafetyParams, robot: RobotParams, kinematics: ArmKinematics) -> None:
        """Start disarmed.

        Raises:
            ConfigError: The parameters' lists don't fit the arm's joints.
        """
        if kinematics.joint_names != robot.joint_names:
            raise ConfigError(
                f"the kinematics moves {list(kinematics.joint_names)}, but the robot's joints are "
                f"{list(robot.joint_names)}"
            )
        JointEnvelope.combine(kinematics.limits, params)
        self._robot, self._kinematics, self._params = robot, kinematics, params
        self._filter = SafetyFilter(params, robot)
        self._watch = ArmWatch(params, kinematics)
        self._giving_way = GivingWay(self._watch)
        self._workspace: Workspace | None = None
        self._mode, self._mode_reason = _Mode.DISARMED, "not armed yet"
        self._motion: ArmMotion | None = None
        self._state: RobotState | None = None
        self._state_refusal = ""
        self._gripper: float | None = None
        self._ticked_ns: int | None = None
        self._jump = self._waiting = self._fault = ""
        self._last = self._command(0, GateStatus.DISARMED, self._mode_reason)

    @classmethod
    def from_urdf(cls, params: SafetyParams, robot: RobotParams, urdf: str) -> SafetyGate:
        """Return the gate of the arm that a URDF's text describes.

        Raises:
            KinematicsError: The URDF doesn't have the robot's joints or frames.
            ConfigError: The parameters' lists don't fit the arm's joints.
        """
        return cls(params, robot, arm_kinematics(params, robot, urdf))

    @property
    def params(self) -> SafetyParams:
        """The parameters in force."""
        return self._params

    @property
    def armed(self) -> bool:
        """Whether requests are carried out."""
        return self._mode is _Mode.ARMED

    @property
    def at_rest(self) -> bool:
        """Whether what is sent does not move."""
        return self._motion is None or self._motion.at_rest

    @property
    def fault(self) -> str:
        """What keeps an armed gate from obeying, in words; '' where nothing does.

        To have no request is none, unless they ended while the arm moved: then their sender died.
        """
        return self._fault

    def change_params(self, params: SafetyParams) -> None:
        """Take new parameters from the next tick on; all of them or none.

        A change of dry_run disarms, since the arm may be elsewhere than what was computed.

        Raises:
            ConfigError: The lists don't fit the arm's joints.
            SafetyError: The gate is armed and the new workspace is not a box.
        """
        JointEnvelope.combine(self._kinematics.limits, params)
        if self.armed:
            self._workspace = Workspace(params, self._robot)
        if params.dry_run != self._params.dry_run:
            self.disarm("dry_run was changed: arm again")
        self._params = self._filter.params = self._watch.params = params
        if self._motion is not None:
            self._motion.configure(params, self._workspace)

    def arm(self) -> None:
        """Allow motion, from where the arm is measured to be; requests from now on count.

        Raises:
            SafetyError: The gate is e-stopped, has no workspace box or no joint state, or the arm
                moves or is outside its joint limits.
        """
        if self._mode is _Mode.ESTOPPED:
            raise SafetyError(f"e-stopped ({self._mode_reason}): reset the e-stop first")
        if self._mode is _Mode.ARMED:
            return
        workspace = Workspace(self._params, self._robot)
        reason = self._unfit()
        if reason:
            raise SafetyError(f"can't arm: {reason}")
        self._workspace = workspace
        self._watch.start()
        if self._motion is not None:
            self._motion.configure(self._params, workspace)
        self._mode, self._mode_reason = _Mode.ARMED, ""
        self._filter.clear()

    def disarm(self, reason: str = "disarmed on request") -> None:
        """Come to rest, then send nothing."""
        if self._mode is not _Mode.ESTOPPED:
            self._leave(_Mode.DISARMED, reason)

    def stop(self, reason: str) -> None:
        """Come to rest as fast as the stop limits allow and hold there until armed again."""
        if self._mode is _Mode.ARMED:
            self._leave(_Mode.STOPPED, reason)

    def estop(self, reason: str = "e-stop") -> None:
        """Come to rest, then send nothing, until `reset_estop` and `arm`."""
        self._leave(_Mode.ESTOPPED, reason)

    def reset_estop(self) -> None:
        """Release the latch; the gate stays disarmed."""
        if self._mode is _Mode.ESTOPPED:
            self._leave(_Mode.DISARMED, "the e-stop was reset: arm again")

    def accept(self, command: ToolCommand, now_ns: int) -> Decision:
        """Take a request, or say why not. Only the newest counts."""
        if self._mode is not _Mode.ARMED:
            return Decision(self._mode.value, self._mode_reason)
        if self._workspace is None:
            return Decision(GateStatus.REFUSED, "there is no workspace box")
        return self._filter.accept(command, self._workspace, now_ns)

    def update_state(self, state: RobotState, now_ns: int | None = None) -> Decision:
        """Take a joint state, or say why not; the last good one is kept.

        Args:
            state: What the robot says, joints in the order of joint_names.
            now_ns: The present time, to refuse what is late; not checked if None.
        """
        reason = self._filter.refuses_state(state, now_ns)
        if not reason and self._state is not None and state.stamp_ns < self._state.stamp_ns:
            late_s = (self._state.stamp_ns - state.stamp_ns) * 1e-9
            reason = f"the joint state is {late_s:.3f} s older than the newest one"
        self._state_refusal = reason
        if reason:
            return Decision(GateStatus.REFUSED, reason)
        self._state = state
        return Decision(GateStatus.OK)

    def tick(self, now_ns: int) -> SafeCommand:
        """Return what may be sent now. Call it control_rate_hz times a second.

        A late tick makes up for the ticks that were missed while the arm was still on its way to
        where it was sent (trajectory_lead_s); after that the arm is on the stop that was sent with
        the last command. One that comes at once after another gives the same command again. When
        the clock goes back (a simulation was reset) nothing is sent until the arm has said where it
        is now.
        """
        period = 1.0 / self._params.control_rate_hz
        elapsed = period if self._ticked_ns is None else (now_ns - self._ticked_ns) * 1e-9
        if elapsed < -_CLOCK_JITTER_S:
            self._forget(-elapsed)
        elif not elapsed >= _SHORTEST_STEP_S:
            return self._last
        self._ticked_ns = now_ns
        if self._motion is None:
            self._begin(now_ns)
            waiting = self._mode in (_Mode.ARMED, _Mode.STOPPED)
            status = GateStatus.HOLDING if waiting else self._mode.value
            reason = self._waiting if waiting else self._mode_reason
            self._fault = self._waiting if waiting and self._motion is None else ""
        else:
            late = share_out(elapsed, period, self._params.trajectory_lead_s)
            self._motion.coast(late.coasted_s)
            for _ in range(late.steps):
                status, reason = self._move(self._motion, now_ns, late.step_s)
        self._last = self._command(now_ns, status, reason)
        if self.at_rest and self._mode in (_Mode.DISARMED, _Mode.ESTOPPED):
            self._motion = None
        return self._last

    def _move(self, motion: ArmMotion, now_ns: int, dt_s: float) -> tuple[GateStatus, str]:
        """Step the motion; return what was done and why."""
        ended, self._fault = self._fault, ""
        late = self._watch.late(self._state, now_ns, self._state_refusal)
        state = None if late else self._state
        if self._mode is not _Mode.ARMED:
            self._giving_way.hold(motion, state if self._mode is _Mode.STOPPED else None, dt_s)
            return self._mode.value, self._mode_reason
        if state is None:
            motion.brake(dt_s)
            self._fault = late
            return GateStatus.HOLDING, late
        blocked = self._watch.not_following(state, motion.q, motion.at_rest)
        if blocked:
            motion.relax(state.joint_positions_rad, dt_s)
            self._fault = blocked
            return GateStatus.HOLDING, blocked
        beyond = self._watch.beyond_limits(state)
        goal = Decision(GateStatus.HOLDING, beyond) if beyond else self._filter.current(now_ns)
        if isinstance(goal, Decision):
            if beyond or goal.status is GateStatus.REFUSED:
                self._fault = goal.reason
            elif ended.startswith(_ENDED) or motion.under_way:
                self._fault = f"{_ENDED}: {goal.reason}"
            self._giving_way.hold(motion, state, dt_s)
            return goal.status, goal.reason
        self._giving_way.start()
        hindered = motion.follow(goal.T_base_tool, dt_s)
        self._move_gripper(goal.gripper_opening, state.gripper_opening, dt_s)
        reasons = "; ".join(part for part in (goal.clipped, hindered) if part)
        return (GateStatus.CLIPPED if reasons else GateStatus.OK), reasons

    def _move_gripper(self, opening: float, measured: float, dt_s: float) -> None:
        """Step the gripper; it keeps its last command in stops, so that it drops nothing."""
        now = measured if self._gripper is None else self._gripper
        step = self._params.max_gripper_speed_1_s * dt_s
        self._gripper = min(1.0, max(0.0, now + min(step, max(-step, opening - now))))

    def _unfit(self) -> str:
        """Return why motion can't begin from the measured state, in words; '' if it can."""
        state, now_ns = self._state, self._ticked_ns
        if state is None or now_ns is not None:
            late = self._watch.late(state, now_ns or 0, self._state_refusal)
            if late or state is None:
                return late
        if not self.at_rest:
            return "the arm is still coming to rest"
        return self._watch.moving(state) or self._watch.beyond_limits(state)

    def _begin(self, now_ns: int) -> None:
        """Start from the measured state, where a mode needs a position and the arm is at rest."""
        if self._mode not in (_Mode.ARMED, _Mode.STOPPED):
            return
        reason = self._unfit()
        if reason or self._state is None:
            self._waiting = f"{self._jump}waiting for the arm: {reason}"
            return
        self._jump, self._waiting = "", "starting from where the arm is measured to be"
        self._motion = ArmMotion(self._kinematics, self._params, self._state.joint_positions_rad)
        self._motion.configure(self._params, self._workspace)

    def _forget(self, back_s: float) -> None:
        """Forget everything that has a time, since the clock went back."""
        self._jump = f"the clock went back by {back_s:.3f} s; "
        self._motion = self._state = self._gripper = None
        self._state_refusal = ""
        self._filter.restart()
        self._watch.start()

    def _leave(self, mode: _Mode, reason: str) -> None:
        self._mode, self._mode_reason = mode, reason
        self._filter.clear()

    def _command(self, now_ns: int, status: GateStatus, reason: str) -> SafeCommand:
        motion = self._motion
        if motion is None:
            return SafeCommand(None, None, None, now_ns, status, reason)
        return SafeCommand(
            motion.T_base_tool,
            motion.q,
            self._gripper,
            now_ns,
            status,
            reason,
            motion.brake_path(1.0 / self._params.control_rate_hz),
        )
