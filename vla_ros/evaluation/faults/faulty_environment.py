"""A world whose camera, joints, controller, clock or network break when told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from vla_ros.evaluation.faults.link import Link
from vla_ros.evaluation.faults.table import fault_named
from vla_ros.sim.environment import Environment, ObjectTruth
from vla_ros.types import CameraFrame, RobotState

_LAG_NS = 1_000_000_000
_JUMP_NS = 3_000_000_000
# Time starts late enough that no jump takes it below zero, which no ROS clock can show.
_EPOCH_NS = 100_000_000_000


class FaultyEnvironment:
    """Implements Environment by another one, with one fault at a time.

    Attributes:
        real: The other one; what is true.
    """

    def __init__(self, real: Environment, network: Link | None = None) -> None:
        """Wrap an environment, with nothing broken; `network` leads to the model's server."""
        self.real = real
        self._network = network
        self._fault = ""
        self._offset_ns = _EPOCH_NS
        self._struck_ns = 0
        self._last_state: RobotState | None = None

    def strike(self, fault: str) -> None:
        """Break something: a name of FAULTS that can happen in process."""
        self._struck_ns = self.time_ns
        self._last_state = self.robot_state()
        self._fault = fault
        if fault == "clock_jumps_ahead":
            self._offset_ns += _JUMP_NS
        if fault == "clock_jumps_back":
            self._offset_ns -= _JUMP_NS
        way = fault_named(fault).cut
        if way is not None and self._network is not None:
            self._network.cut(way)

    def mend(self) -> None:
        """Repair it; a clock that has jumped goes on from where it is."""
        self._fault = ""
        if self._network is not None:
            self._network.restore()

    @property
    def time_ns(self) -> int:
        """What the clock says [ns]."""
        return self.real.time_ns + self._offset_ns

    @property
    def camera_names(self) -> tuple[str, ...]:
        """Names of the cameras."""
        return self.real.camera_names

    def reset(self, seed: int) -> None:
        """Build the scene of a seed."""
        self.real.reset(seed)

    def set_joint_targets(self, positions_rad: np.ndarray) -> None:
        """Aim the arm, unless its controller has stopped."""
        if self._fault != "controller_stops":
            self.real.set_joint_targets(positions_rad)

    def set_gripper_target(self, opening: float) -> None:
        """Aim the gripper."""
        self.real.set_gripper_target(opening)

    def step(self, duration_s: float) -> None:
        """Advance the physics."""
        self.real.step(duration_s)

    def robot_state(self) -> RobotState:
        """Return what the joint states say."""
        if self._fault == "joint_states_stop" and self._last_state is not None:
            return self._last_state
        state = self.real.robot_state()
        state = replace(state, stamp_ns=state.stamp_ns + self._offset_ns)
        positions_rad = state.joint_positions_rad
        if self._fault == "joint_states_nan":
            return replace(state, joint_positions_rad=np.full_like(positions_rad, np.nan))
        if self._fault == "joint_states_wrong_shape":
            return replace(state, joint_positions_rad=positions_rad[:-1])
        return state

    def render(self, camera: str) -> CameraFrame:
        """Return what the camera sends."""
        frame = self.real.render(camera)
        return self._broken(replace(frame, stamp_ns=frame.stamp_ns + self._offset_ns))

    def T_base_camera(self, camera: str) -> np.ndarray:
        """Return the (4, 4) pose that tf has of the camera."""
        return self.real.T_base_camera(camera)

    def truth(self) -> Mapping[str, ObjectTruth]:
        """Return the ground truth of every object by name."""
        return self.real.truth()

    def _broken(self, frame: CameraFrame) -> CameraFrame:
        rgb, depth_m = frame.rgb, frame.depth_m
        if self._fault == "camera_stops":
            return replace(frame, stamp_ns=min(frame.stamp_ns, self._struck_ns))
        if self._fault == "camera_lags":
            return replace(frame, stamp_ns=frame.stamp_ns - _LAG_NS)
        if self._fault == "camera_black":
            return replace(frame, rgb=np.zeros_like(rgb))
        if self._fault == "picture_wrong_shape":
            return replace(frame, rgb=rgb[::2, ::2])
        if depth_m is None:
            return frame
        if self._fault == "camera_upside_down":
            return replace(frame, rgb=rgb[::-1, ::-1], depth_m=depth_m[::-1, ::-1])
        if self._fault == "depth_wrong_unit":
            return replace(frame, depth_m=depth_m * np.float32(1000.0))
        if self._fault == "depth_nan":
            return replace(frame, depth_m=np.full_like(depth_m, np.nan))
        return frame
