"""Forward and inverse kinematics of an arm, by mink, from the joints of its URDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import mink
import mujoco
import numpy as np

from vla_ros.control.urdf import Chain, ChainJoint, read_chain
from vla_ros.errors import KinematicsError
from vla_ros.geometry import quaternion_xyzw, rotation_distance_rad, wxyz_from_xyzw

_TOOL = "tool"
_SOLVER = "daqp"
_DAMPING = 1e-6
_POSTURE_COST = 1e-2


@dataclass(frozen=True, slots=True)
class JointLimits:
    """Limits of every joint, base to tool.

    Attributes:
        lower_rad: (J,) lowest positions, -inf where there is no limit.
        upper_rad: (J,) highest positions, inf where there is no limit.
        speed_rad_s: (J,) highest speeds, inf where there is no limit.
    """

    lower_rad: np.ndarray
    upper_rad: np.ndarray
    speed_rad_s: np.ndarray


class _StepBounds(mink.limits.Limit):
    """Bounds of the next step of each joint, set before each solve."""

    def __init__(self, joints: int) -> None:
        self._G = np.vstack([np.eye(joints), -np.eye(joints)])
        self.low = np.full(joints, -np.inf)
        self.high = np.full(joints, np.inf)

    def compute_qp_inequalities(
        self, configuration: mink.Configuration, dt: float
    ) -> mink.limits.limit.Constraint:
        """Return G, h with G dq <= h, without the rows that bound nothing."""
        del configuration, dt
        h = np.concatenate([self.high, -self.low])
        rows = np.isfinite(h)
        return mink.limits.limit.Constraint(self._G[rows], h[rows])


class ArmKinematics:
    """Where the tool is, how it moves with the joints, and which joints bring it somewhere.

    Only the joints between the two frames are taken from the URDF; meshes, inertias, gripper and
    sensors are not looked at, so that any robot's description loads without its other files.
    """

    def __init__(
        self,
        urdf: str,
        joint_names: Sequence[str],
        tool_frame: str,
        *,
        base_frame: str,
        home_rad: Sequence[float] | None = None,
        orientation_weight: float = 0.5,
        posture_time_s: float = 2.0,
    ) -> None:
        """Read the chain and build the model.

        Args:
            urdf: The description's text.
            joint_names: The arm's joints from base to tool.
            tool_frame: The frame that is moved (a link of the URDF).
            base_frame: The frame that poses are written in (a link of the URDF).
            home_rad: (J,) posture that joints which the tool leaves free return to; zeros if None,
                moved into the limits.
            orientation_weight: Cost of the orientation [1/rad] beside the position's 1/m.
            posture_time_s: Time constant of that return [s].

        Raises:
            KinematicsError: The URDF has no such joints or frames, or home has another length.
        """
        chain = read_chain(urdf, base_frame, tool_frame, joint_names)
        self.joint_names = tuple(joint_names)
        self.limits = JointLimits(
            np.array([joint.lower for joint in chain.joints]),
            np.array([joint.upper for joint in chain.joints]),
            np.array([joint.max_speed for joint in chain.joints]),
        )
        count = len(chain.joints)
        home = np.zeros(count) if home_rad is None else np.asarray(home_rad, dtype=float)
        if home.shape != (count,):
            raise KinematicsError(f"home_rad has {home.size} values for {count} joints")
        self.home_rad = np.clip(home, self.limits.lower_rad, self.limits.upper_rad)
        self.posture_time_s = posture_time_s
        self._model = _model_of(chain)
        self._configuration = mink.Configuration(self._model)
        self._bounds = _StepBounds(count)
        self._frame = mink.FrameTask(_TOOL, "site", 1.0, orientation_weight)
        self._posture = mink.PostureTask(self._model, _POSTURE_COST)
        self._posture.set_target(self.home_rad)

    def set_weights(self, orientation_weight: float, posture_time_s: float) -> None:
        """Change the weights given at construction; they hold from the next solve on."""
        self._frame.set_orientation_cost(orientation_weight)
        self.posture_time_s = posture_time_s

    def tool_pose(self, q: np.ndarray) -> np.ndarray:
        """Return T_base_tool (4, 4) at joint positions (J,) [rad]."""
        self._configuration.update(q)
        result = np.eye(4)
        result[:3, :3] = self._configuration.data.site_xmat[0].reshape(3, 3)
        result[:3, 3] = self._configuration.data.site_xpos[0]
        return result

    def joint_points(self, q: np.ndarray) -> np.ndarray:
        """Return the (J, 3) places of the joints in the base frame [m] at positions (J,)."""
        self._configuration.update(q)
        points: np.ndarray = self._configuration.data.xpos[1:].copy()
        return points

    def jacobian(self, q: np.ndarray) -> np.ndarray:
        """Return the (6, J) Jacobian in the base frame: the tool's velocity over its turning."""
        self._configuration.update(q)
        linear, angular = np.zeros((3, self._model.nv)), np.zeros((3, self._model.nv))
        mujoco.mj_jacSite(self._model, self._configuration.data, linear, angular, 0)
        return np.vstack([linear, angular])

    def solve(
        self,
        T_base_tool: np.ndarray,
        q_now: np.ndarray,
        dt_s: float,
        step_low: np.ndarray | None = None,
        step_high: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return the joint positions (J,) one step nearer to a pose (differential kinematics).

        Args:
            T_base_tool: (4, 4) pose to go to.
            q_now: (J,) present positions [rad].
            dt_s: Length of the step [s].
            step_low: (J,) lowest change of each joint [rad]; from position and speed limits if
                None.
            step_high: (J,) highest change of each joint [rad].

        Raises:
            KinematicsError: The bounds contradict each other.
        """
        limits = self.limits
        reach = limits.speed_rad_s * dt_s
        if step_low is None:
            step_low = np.clip(limits.lower_rad - q_now, -reach, 0.0)
        if step_high is None:
            step_high = np.clip(limits.upper_rad - q_now, 0.0, reach)
        self._bounds.low, self._bounds.high = step_low, step_high
        self._configuration.update(q_now)
        self._frame.set_target(
            mink.SE3(
                wxyz_xyz=np.concatenate(
                    [wxyz_from_xyzw(quaternion_xyzw(T_base_tool)), T_base_tool[:3, 3]]
                )
            )
        )
        self._posture.gain = min(1.0, dt_s / self.posture_time_s)
        try:
            speed = mink.solve_ik(
                self._configuration,
                [self._frame, self._posture],
                dt_s,
                _SOLVER,
                damping=_DAMPING,
                limits=[self._bounds],
            )
        except mink.NoSolutionFound as error:
            raise KinematicsError(
                f"no step within {step_low.tolist()} and {step_high.tolist()}"
            ) from error
        return np.asarray(q_now + np.clip(speed * dt_s, step_low, step_high))

    def reach(
        self,
        T_base_tool: np.ndarray,
        q_start: np.ndarray,
        *,
        position_tolerance_m: float = 1e-3,
        rotation_tolerance_rad: float = 1e-2,
        max_steps: int = 300,
    ) -> np.ndarray:
        """Return joint positions (J,) within the limits at which the tool is at a pose.

        Raises:
            KinematicsError: No such positions were found from this start.
        """
        q: np.ndarray = np.clip(q_start, self.limits.lower_rad, self.limits.upper_rad)
        distance, angle = np.inf, np.inf
        for _ in range(max_steps):
            T_now = self.tool_pose(q)
            distance = float(np.linalg.norm(T_now[:3, 3] - T_base_tool[:3, 3]))
            angle = rotation_distance_rad(T_now, T_base_tool)
            if distance <= position_tolerance_m and angle <= rotation_tolerance_rad:
                return q
            q = self.solve(T_base_tool, q, 0.1)
        raise KinematicsError(
            f"the tool can't reach {np.round(T_base_tool[:3, 3], 3).tolist()} m: it stays "
            f"{distance * 1e3:.0f} mm and {np.degrees(angle):.0f} degrees away"
        )


def _model_of(chain: Chain) -> mujoco.MjModel:
    """Return a MuJoCo model of the chain: a body per joint, a site at the tool."""
    spec = mujoco.MjSpec()
    body = spec.worldbody
    for joint in chain.joints:
        body = _add_body(body, joint)
    site = body.add_site(name=_TOOL)
    _place(site, chain.T_last_tool)
    model: mujoco.MjModel = spec.compile()
    return model


def _add_body(parent: mujoco.MjsBody, joint: ChainJoint) -> mujoco.MjsBody:
    body = parent.add_body(name=joint.name, mass=1.0, inertia=[1.0, 1.0, 1.0])
    body.explicitinertial = True
    _place(body, joint.T_parent_joint)
    kind = mujoco.mjtJoint.mjJNT_SLIDE if joint.sliding else mujoco.mjtJoint.mjJNT_HINGE
    body.add_joint(name=joint.name, type=kind, axis=joint.axis)
    return body


def _place(element: mujoco.MjsBody | mujoco.MjsSite, T_parent: np.ndarray) -> None:
    element.pos = T_parent[:3, 3]
    element.quat = wxyz_from_xyzw(quaternion_xyzw(T_parent))
