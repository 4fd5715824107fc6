"""What controllers take, from a safe command."""

import numpy as np
import pytest
from control_rig import HOME, ROBOT, SAFETY, Rig
from scipy.spatial.transform import Rotation

from vla_ros.control import outputs
from vla_ros.geometry import pose, tool_down
from vla_ros.types import GateStatus, SafeCommand

T = tool_down(np.array([0.5, 0.1, 0.3]), 0.3)
NOTHING = SafeCommand(None, None, None, 7, GateStatus.DISARMED, "not armed yet")
COMMAND = SafeCommand(T, HOME, 0.25, 7, GateStatus.OK, "", np.stack([HOME + 0.1, HOME + 0.2]))


def test_nothing_gives_nothing():
    assert outputs.joint_trajectory(NOTHING, ROBOT.joint_names, SAFETY) is None
    assert outputs.pose_target(NOTHING, "base_link") is None
    assert outputs.twist(NOTHING, T, "base_link", SAFETY) is None
    assert outputs.gripper(NOTHING, ROBOT, SAFETY) is None


def test_a_trajectory_is_the_next_point_and_the_stop_behind_it():
    out = outputs.joint_trajectory(COMMAND, ROBOT.joint_names, SAFETY)
    assert out.joint_names == ROBOT.joint_names
    assert [p.time_from_start_s for p in out.points] == pytest.approx([0.015, 0.025, 0.035])
    np.testing.assert_allclose(out.points[0].positions_rad, HOME)
    np.testing.assert_allclose(out.points[2].positions_rad, HOME + 0.2)


def test_a_trajectory_from_the_gate_ends_at_rest():
    rig = Rig()
    rig.run(60, T)
    out = outputs.joint_trajectory(rig.command, ROBOT.joint_names, SAFETY)
    rows = np.array([point.positions_rad for point in out.points])
    times = np.array([point.time_from_start_s for point in out.points])
    speeds = np.diff(rows, axis=0) / np.diff(times)[:, None]
    assert len(rows) >= 3
    assert np.all(speeds[-1] == 0.0)
    assert np.all(np.diff(np.abs(speeds), axis=0) <= 1e-9)
    still = Rig()
    still.run(3)
    assert len(outputs.joint_trajectory(still.command, ROBOT.joint_names, SAFETY).points) == 1


def test_a_pose_has_ros_order():
    out = outputs.pose_target(COMMAND, "base_link")
    assert (out.frame_id, out.stamp_ns) == ("base_link", 7)
    np.testing.assert_allclose(out.position_m, [0.5, 0.1, 0.3])
    turn = Rotation.from_quat(out.quaternion_xyzw).as_matrix()
    np.testing.assert_allclose(turn, T[:3, :3], atol=1e-12)


def test_a_twist_leads_to_the_pose_within_the_limits():
    turn = Rotation.from_rotvec([0.0, 0.0, 0.02])
    measured = pose(np.array([0.5, 0.1, 0.29]), turn.inv() * Rotation.from_matrix(T[:3, :3]))
    out = outputs.twist(COMMAND, measured, "base_link", SAFETY)
    np.testing.assert_allclose(out.linear_m_s, [0.0, 0.0, 0.01 * SAFETY.twist_gain_1_s], atol=1e-9)
    np.testing.assert_allclose(
        out.angular_rad_s, [0.0, 0.0, 0.02 * SAFETY.twist_gain_1_s], atol=1e-9
    )
    far = outputs.twist(COMMAND, pose(np.zeros(3)), "base_link", SAFETY)
    assert np.linalg.norm(far.linear_m_s) == pytest.approx(SAFETY.max_tool_speed_m_s)
    assert np.linalg.norm(far.angular_rad_s) == pytest.approx(SAFETY.max_tool_turn_speed_rad_s)
    there = outputs.twist(COMMAND, T, "base_link", SAFETY)
    np.testing.assert_allclose([*there.linear_m_s, *there.angular_rad_s], 0.0, atol=1e-9)


def test_a_gripper_position_is_between_closed_and_open():
    out = outputs.gripper(COMMAND, ROBOT, SAFETY)
    assert out.joint_name == "finger_joint_left"
    assert out.position == pytest.approx(0.01)
    assert out.max_effort == 0.0
