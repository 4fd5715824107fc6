"""The arm's servos, gripper and contacts in a world that holds one cube."""

import mujoco
import numpy as np
import pytest

from vla_ros.control.kinematics import ArmKinematics
from vla_ros.errors import SimulationError
from vla_ros.geometry import tool_down
from vla_ros.sim.arm import attach_arm, simulated_robot, urdf_path
from vla_ros.sim.simulated_arm import SimulatedArm

HOME = np.array(simulated_robot().home_rad)
STEP_S = 0.002


class Bench:
    """A table, a 40 mm cube of 100 g at (0.5, 0), and the arm."""

    def __init__(self):
        spec = mujoco.MjSpec()
        spec.option.timestep = STEP_S
        spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
        spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[1, 1, 0.1], pos=[0, 0, -0.1])
        cube = spec.worldbody.add_body(name="cube", pos=[0.5, 0.0, 0.02])
        cube.add_freejoint()
        cube.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.02] * 3, mass=0.1)
        attach_arm(spec)
        self.model = spec.compile()
        self.state = mujoco.MjData(self.model)
        self.arm = SimulatedArm(self.model, self.state)
        self.arm.move_home()
        mujoco.mj_forward(self.model, self.state)

    def step(self, seconds):
        steps = max(1, round(seconds / STEP_S))
        for left in range(steps, 0, -1):
            self.arm.approach_targets(min(left, 5))
            mujoco.mj_step(self.model, self.state)

    def measured(self):
        return self.arm.state(0)


def test_the_arm_holds_its_posture_against_gravity():
    bench = Bench()
    bench.step(1.0)
    np.testing.assert_allclose(bench.measured().joint_positions_rad, HOME, atol=1e-4)


@pytest.mark.parametrize("joint", range(7))
def test_at_rest_40_ms_after_the_target_stops(joint):
    bench = Bench()
    speed = 0.8
    target = HOME.copy()
    for _ in range(40):
        target[joint] += speed * 0.01
        bench.arm.set_joint_targets(target)
        bench.step(0.01)
    lag = target - bench.measured().joint_positions_rad
    assert abs(lag[joint]) < speed * 0.03
    bench.step(0.04)
    measured = bench.measured()
    assert np.abs(measured.joint_velocities_rad_s).max() < 0.12 * speed
    np.testing.assert_allclose(measured.joint_positions_rad, target, atol=2e-3)
    bench.step(0.04)
    assert np.abs(bench.measured().joint_velocities_rad_s).max() < 0.02 * speed


def test_the_gripper_closes_and_opens_evenly_within_half_a_second():
    bench = Bench()
    bench.arm.set_gripper_target(0.0)
    bench.step(0.5)
    assert bench.measured().gripper_opening < 0.02
    bench.arm.set_gripper_target(1.0)
    bench.step(0.5)
    assert bench.measured().gripper_opening > 0.98
    fingers = [bench.state.joint(f"finger_joint_{side}").qpos[0] for side in ("left", "right")]
    assert fingers[0] == pytest.approx(fingers[1], abs=1e-4)


def test_a_cube_is_gripped_lifted_and_does_not_slip():
    bench = Bench()
    robot = simulated_robot()
    kinematics = ArmKinematics(
        urdf_path().read_text(encoding="utf-8"),
        robot.joint_names,
        robot.tool_frame,
        base_frame=robot.base_frame,
        home_rad=robot.home_rad,
    )
    q = kinematics.reach(tool_down(np.array([0.5, 0.0, 0.12]), 0.0), HOME)
    bench.arm.set_joint_targets(q)
    bench.step(0.8)
    for height in np.linspace(0.12, 0.02, 60):
        q = kinematics.solve(tool_down(np.array([0.5, 0.0, height]), 0.0), q, 0.01)
        bench.arm.set_joint_targets(q)
        bench.step(0.01)
    cube = bench.model.body("cube").id
    assert not bench.arm.holds(cube)
    bench.arm.set_gripper_target(0.0)
    bench.step(0.4)
    assert bench.arm.holds(cube)
    assert bench.measured().gripper_opening == pytest.approx(0.5, abs=0.03)
    held_at = bench.measured().T_base_tool[:3, 3] - bench.state.xpos[cube]
    for height in np.linspace(0.02, 0.25, 80):
        q = kinematics.solve(tool_down(np.array([0.5, 0.0, height]), 0.0), q, 0.01)
        bench.arm.set_joint_targets(q)
        bench.step(0.01)
    assert bench.state.xpos[cube][2] > 0.2
    slipped = bench.measured().T_base_tool[:3, 3] - bench.state.xpos[cube] - held_at
    assert np.linalg.norm(slipped) < 2e-3


def test_no_posture_of_the_work_area_makes_the_arm_touch_itself():
    bench = Bench()
    robot = simulated_robot()
    kinematics = ArmKinematics(
        urdf_path().read_text(encoding="utf-8"),
        robot.joint_names,
        robot.tool_frame,
        base_frame=robot.base_frame,
        home_rad=robot.home_rad,
    )
    base = bench.model.body("base_link").id
    q = HOME.copy()
    for x in (0.32, 0.48, 0.64):
        for y in (-0.28, 0.0, 0.28):
            for yaw in (-1.2, 0.0, 1.2):
                q = kinematics.reach(tool_down(np.array([x, y, 0.15]), yaw), q)
                bench.state.qpos[bench.arm._qpos] = q
                mujoco.mj_forward(bench.model, bench.state)
                for contact in bench.state.contact[: bench.state.ncon]:
                    roots = bench.model.body_rootid[bench.model.geom_bodyid[contact.geom]]
                    assert not np.all(roots == base), (x, y, yaw)


@pytest.mark.parametrize("bad", [np.zeros(6), np.full(7, np.nan)])
def test_targets_that_cannot_be_are_refused(bad):
    arm = Bench().arm
    with pytest.raises(SimulationError, match="7 finite positions"):
        arm.set_joint_targets(bad)
    with pytest.raises(SimulationError, match="must be a number"):
        arm.set_gripper_target(float("nan"))
