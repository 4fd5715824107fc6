"""One scene's physics: its model, its state, and what is true of its objects."""

from __future__ import annotations

import mujoco
import numpy as np

from vla_ros.errors import SimulationError
from vla_ros.geometry import pose, quaternion_xyzw, wxyz_from_xyzw
from vla_ros.sim.arm import attach_arm
from vla_ros.sim.catalogue.furniture import DRAWER_JOINT, DRAWER_TRAVEL_M
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.scene_description import Scene, SceneObject
from vla_ros.sim.simulated_arm import SimulatedArm
from vla_ros.sim.world import build_world

_SETTLE_S = 0.3
_RAMP_STEPS = 10  # joint targets are reached by interpolation over at most 20 ms
_DIVERGED = (
    mujoco.mjtWarning.mjWARN_BADQPOS,
    mujoco.mjtWarning.mjWARN_BADQVEL,
    mujoco.mjtWarning.mjWARN_BADQACC,
)


class World:
    """One scene's model and state, with the arm in it.

    Attributes:
        model: The model.
        state: Its state.
        scene: What it was built from.
        arm: The arm.
    """

    def __init__(self, scene: Scene) -> None:
        """Build it, the arm at home.

        Raises:
            SimulationError: It cannot be built.
        """
        spec = build_world(scene)
        attach_arm(spec)
        try:
            self.model = spec.compile()
        except ValueError as error:
            raise SimulationError(f"the scene of seed {scene.seed} is invalid: {error}") from error
        self.scene = scene
        self.state = mujoco.MjData(self.model)
        self.arm = SimulatedArm(self.model, self.state)
        self.arm.move_home()

    @property
    def time_ns(self) -> int:
        """Simulated time [ns]."""
        return round(float(self.state.time) * 1e9)

    def settle(self) -> None:
        """Let the objects come to rest, then start the clock."""
        self.step(round(_SETTLE_S / self.model.opt.timestep))
        self.state.qvel[:] = 0.0
        self.state.time = 0.0
        mujoco.mj_forward(self.model, self.state)

    def step(self, steps: int) -> None:
        """Advance by steps, the joint targets in ramps.

        Raises:
            SimulationError: The physics diverged.
        """
        ramp = min(steps, _RAMP_STEPS)
        for left in range(ramp, 0, -1):
            self.arm.approach_targets(left)
            mujoco.mj_step(self.model, self.state)
        if steps > ramp:
            mujoco.mj_step(self.model, self.state, steps - ramp)
        for warning in _DIVERGED:
            if self.state.warning[warning].number:
                raise SimulationError(
                    f"the physics of seed {self.scene.seed} diverged ({warning.name}): reset"
                )

    def move(self, name: str, T_base_object: np.ndarray) -> None:
        """Put an object somewhere at once, at rest."""
        if mujoco.mj_name2id(self.model, mujoco.mjtObj.mjOBJ_JOINT, name) < 0:
            raise SimulationError(f"'{name}' is not there, or is fixed to the table")
        joint = self.state.joint(name)
        turn = wxyz_from_xyzw(quaternion_xyzw(T_base_object))
        joint.qpos[:] = np.r_[T_base_object[:3, 3], turn]
        joint.qvel[:] = 0.0
        mujoco.mj_forward(self.model, self.state)

    def truth_of(self, thing: SceneObject) -> ObjectTruth:
        """Return the truth of an object; its body's frame is its bounding box's centre."""
        body = self.state.body(thing.name)
        T_base_object = pose(body.xpos)
        T_base_object[:3, :3] = body.xmat.reshape(3, 3)
        return ObjectTruth(
            name=thing.name,
            kind=thing.kind,
            color=thing.color,
            phrases=thing.phrases,
            T_base_object=T_base_object,
            extent_m=np.array(thing.size_m),
            opening=self._opening(thing),
        )

    def _opening(self, thing: SceneObject) -> float | None:
        joint = f"{thing.name}/{DRAWER_JOINT}"
        if mujoco.mj_name2id(self.model, mujoco.mjtObj.mjOBJ_JOINT, joint) < 0:
            return None
        return float(np.clip(self.state.joint(joint).qpos[0] / DRAWER_TRAVEL_M, 0.0, 1.0))
