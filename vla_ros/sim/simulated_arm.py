"""The arm in a compiled MuJoCo model: its targets, its measured state, and what it holds."""

from __future__ import annotations

import mujoco
import numpy as np

from vla_ros.errors import SimulationError
from vla_ros.geometry import pose
from vla_ros.sim.arm import FINGER_JOINTS, FINGERS, GRIPPER_ACTUATOR, TOOL_SITE, simulated_robot
from vla_ros.types import RobotState


class SimulatedArm:
    """Reads and drives the arm that `attach_arm` put into a model."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Find the arm's joints and actuators in a model; the state is read from its MjData."""
        self._robot = simulated_robot()
        self._model = model
        self._state = data
        names = self._robot.joint_names
        self._qpos = np.array([model.joint(name).qposadr[0] for name in names])
        self._dof = np.array([model.joint(name).dofadr[0] for name in names])
        self._motors = np.array([model.actuator(name).id for name in names])
        self._gripper = model.actuator(GRIPPER_ACTUATOR).id
        self._fingers = np.array([model.joint(name).qposadr[0] for name in FINGER_JOINTS])
        self._finger_bodies = tuple(model.body(name).id for name in FINGERS)
        self._tool = model.site(TOOL_SITE).id
        self._goal = np.array(self._robot.home_rad)

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Arm joints from base to tool."""
        return self._robot.joint_names

    def move_home(self) -> None:
        """Put the arm into its home posture at once, the gripper open, and hold it there."""
        home = np.array(self._robot.home_rad)
        self._state.qpos[self._qpos] = home
        self._state.qvel[self._dof] = 0.0
        self._state.qpos[self._fingers] = self._robot.gripper_joint_open
        self.set_joint_targets(home)
        self._state.ctrl[self._motors] = home
        self.set_gripper_target(1.0)

    def set_joint_targets(self, positions_rad: np.ndarray) -> None:
        """Aim the arm at (J,) positions; beyond a joint's limit it stops at the limit.

        Raises:
            SimulationError: The number of joints is wrong or a position is not finite.
        """
        targets = np.asarray(positions_rad, dtype=float)
        if targets.shape != self._motors.shape or not np.all(np.isfinite(targets)):
            raise SimulationError(
                f"joint targets must be {len(self._motors)} finite positions, not {targets}"
            )
        self._goal = targets.copy()

    def approach_targets(self, steps_left: int) -> None:
        """Move the servos' set points so that they meet the targets after so many steps.

        A set point that jumps saturates the motors, and what the gripper holds slips a little at
        every jump; real controllers interpolate too.
        """
        set_points = self._state.ctrl[self._motors]
        self._state.ctrl[self._motors] = set_points + (self._goal - set_points) / steps_left

    def set_gripper_target(self, opening: float) -> None:
        """Aim the gripper at an opening 0 (closed) to 1 (open); values outside are clipped.

        Raises:
            SimulationError: The opening is not finite.
        """
        if not np.isfinite(opening):
            raise SimulationError(f"the gripper's opening must be a number, not {opening}")
        closed, opened = self._robot.gripper_joint_closed, self._robot.gripper_joint_open
        fraction = float(np.clip(opening, 0.0, 1.0))
        self._state.ctrl[self._gripper] = closed + fraction * (opened - closed)

    def state(self, stamp_ns: int) -> RobotState:
        """Return the measured state."""
        closed, opened = self._robot.gripper_joint_closed, self._robot.gripper_joint_open
        finger = float(self._state.qpos[self._fingers].mean())
        return RobotState(
            joint_names=self._robot.joint_names,
            joint_positions_rad=self._state.qpos[self._qpos].copy(),
            joint_velocities_rad_s=self._state.qvel[self._dof].copy(),
            T_base_tool=self._T_base_tool(),
            gripper_opening=float(np.clip((finger - closed) / (opened - closed), 0.0, 1.0)),
            stamp_ns=stamp_ns,
        )

    def holds(self, body: int) -> bool:
        """Whether both fingers touch a body (of any part of its tree)."""
        touching = set()
        for contact in self._state.contact[: self._state.ncon]:
            pair = [int(self._model.geom_bodyid[geom]) for geom in contact.geom]
            roots = [int(self._model.body_rootid[b]) for b in pair]
            for finger, other_root in ((pair[0], roots[1]), (pair[1], roots[0])):
                if finger in self._finger_bodies and other_root == self._model.body_rootid[body]:
                    touching.add(finger)
        return len(touching) == len(self._finger_bodies)

    def _T_base_tool(self) -> np.ndarray:
        """Return the tool's pose by forward kinematics of the present joint positions."""
        mujoco.mj_kinematics(self._model, self._state)
        T = pose(self._state.site_xpos[self._tool])
        T[:3, :3] = self._state.site_xmat[self._tool].reshape(3, 3)
        return T
