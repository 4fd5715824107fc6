"""Forward and inverse kinematics against pytransform3d and finite differences."""

import numpy as np
import pytest
from control_rig import HOME, ROBOT, oracle_pose, oracle_poses, urdf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vla_ros.control.kinematics import ArmKinematics
from vla_ros.errors import KinematicsError
from vla_ros.geometry import rotation_distance_rad, tool_down

ARM = ArmKinematics(
    urdf(), ROBOT.joint_names, ROBOT.tool_frame, base_frame=ROBOT.base_frame, home_rad=HOME
)
LOW, HIGH = ARM.limits.lower_rad, ARM.limits.upper_rad
postures = st.lists(st.floats(0.001, 0.999), min_size=7, max_size=7).map(
    lambda shares: LOW + np.array(shares) * (HIGH - LOW)
)


@given(postures)
@settings(max_examples=50, deadline=None)
def test_tool_pose_is_that_of_the_urdf(q):
    np.testing.assert_allclose(ARM.tool_pose(q), oracle_pose(q), atol=1e-9)
    np.testing.assert_allclose(oracle_poses(q), oracle_pose(q), atol=1e-9)


@given(postures)
@settings(max_examples=20, deadline=None)
def test_jacobian_is_the_change_of_the_pose(q):
    T, step = oracle_pose(q), 1e-6
    for joint, column in enumerate(ARM.jacobian(q).T):
        T_moved = oracle_pose(q + step * np.eye(7)[joint])
        turn = Rotation.from_matrix(T_moved[:3, :3] @ T[:3, :3].T).as_rotvec()
        expected = np.concatenate([T_moved[:3, 3] - T[:3, 3], turn]) / step
        np.testing.assert_allclose(column, expected, atol=1e-5)


@given(st.floats(0.3, 0.68), st.floats(-0.32, 0.32), st.floats(0.02, 0.4), st.floats(-1.5, 1.5))
@settings(max_examples=25, deadline=None)
def test_reach_finds_the_work_area(x, y, z, yaw):
    T = tool_down(np.array([x, y, z]), yaw)
    q = ARM.reach(T, HOME)
    assert np.all((q >= LOW) & (q <= HIGH))
    np.testing.assert_allclose(oracle_pose(q)[:3, 3], T[:3, 3], atol=1.5e-3)
    assert rotation_distance_rad(oracle_pose(q), T) < 0.015


@given(postures, postures, st.floats(0.001, 0.1))
@settings(max_examples=40, deadline=None)
def test_a_step_keeps_position_and_speed_limits(q, q_goal, dt_s):
    q_next = ARM.solve(oracle_pose(q_goal), q, dt_s)
    rounding_rad = 1e-9  # the solver stops this near to a bound, on either side
    assert np.all((q_next >= LOW - rounding_rad) & (q_next <= HIGH + rounding_rad))
    assert np.all(np.abs(q_next - q) <= ARM.limits.speed_rad_s * dt_s + rounding_rad)


def test_out_of_reach_says_how_far():
    with pytest.raises(KinematicsError, match=r"can't reach \[1\.5.*mm and"):
        ARM.reach(tool_down(np.array([1.5, 0.0, 0.3]), 0.0), HOME, max_steps=60)


def test_contradicting_bounds_are_an_error():
    with pytest.raises(KinematicsError, match="no step within"):
        ARM.solve(oracle_pose(HOME), HOME, 0.01, np.full(7, 0.1), np.full(7, -0.1))


def test_joints_that_the_tool_leaves_free_go_home():
    arm = ArmKinematics(
        urdf(),
        ROBOT.joint_names,
        ROBOT.tool_frame,
        base_frame=ROBOT.base_frame,
        home_rad=HOME,
        posture_time_s=0.2,
    )
    T = oracle_pose(HOME)
    arm.set_weights(0.5, 1e6)
    q = arm.reach(T, HOME + np.array([0.8, 0.0, -0.8, 0.0, 0.0, 0.0, 0.0]))
    arm.set_weights(0.5, 0.2)
    away = np.abs(q - HOME).max()
    for _ in range(200):
        q = arm.solve(T, q, 0.01)
    assert away > 0.2
    assert np.abs(q - HOME).max() < 0.02
    np.testing.assert_allclose(oracle_pose(q), T, atol=1e-3)


def test_a_five_joint_arm_keeps_the_position():
    # Without the two last joints the arm can't turn the tool as it is asked to.
    names = ROBOT.joint_names[:5]
    arm = ArmKinematics(
        urdf(),
        names,
        "arm_link_5",
        base_frame=ROBOT.base_frame,
        home_rad=HOME[:5],
        orientation_weight=0.01,
    )
    goal = arm.tool_pose(HOME[:5])
    goal[:3, :3] = goal[:3, :3] @ Rotation.from_euler("x", 0.5).as_matrix()
    q = arm.reach(goal, HOME[:5], rotation_tolerance_rad=np.pi, position_tolerance_m=5e-4)
    np.testing.assert_allclose(arm.tool_pose(q)[:3, 3], goal[:3, 3], atol=5e-4)


def test_home_of_another_length_is_refused():
    with pytest.raises(KinematicsError, match="3 values for 7 joints"):
        ArmKinematics(
            urdf(),
            ROBOT.joint_names,
            ROBOT.tool_frame,
            base_frame=ROBOT.base_frame,
            home_rad=[0.0, 0.0, 0.0],
        )
