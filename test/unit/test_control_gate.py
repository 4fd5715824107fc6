"""The gate's modes, latches and watchdogs, with a perfect arm behind it."""

from dataclasses import replace

import numpy as np
import pytest
from control_rig import HOME, MS, ROBOT, SAFETY, TICK, Rig, oracle_poses, urdf

from vla_ros.control.arm_kinematics import arm_kinematics
from vla_ros.control.gate import SafetyGate
from vla_ros.errors import ConfigError, SafetyError
from vla_ros.geometry import rotation_distance_rad, tool_down
from vla_ros.types import GateStatus

LEFT = tool_down(np.array([0.50, 0.25, 0.30]), 0.4)
RIGHT = tool_down(np.array([0.45, -0.25, 0.25]), -0.4)
STOP_TICKS = round(SAFETY.stop_time_s * SAFETY.control_rate_hz) + 1


def moving_rig(**changes):
    rig = Rig(**changes)
    rig.run(60, LEFT)
    assert not rig.gate.at_rest
    return rig


def joints(commands):
    return np.array([command.joint_positions_rad for command in commands])


def test_it_goes_where_it_is_asked():
    rig = Rig()
    commands = rig.run(300, LEFT, opening=0.25)
    assert {command.status for command in commands} == {GateStatus.OK}
    assert commands[-1].reason == ""
    np.testing.assert_allclose(oracle_poses(rig.q)[:3, 3], LEFT[:3, 3], atol=1e-4)
    assert rotation_distance_rad(oracle_poses(rig.q), LEFT) < 1e-3
    np.testing.assert_allclose(commands[-1].T_base_tool, oracle_poses(rig.q), atol=1e-9)
    assert commands[-1].gripper_opening == pytest.approx(0.25)
    assert rig.gate.at_rest or np.abs(np.diff(joints(commands[-5:]), axis=0)).max() < 1e-4


def test_disarmed_it_sends_nothing():
    rig = Rig(armed=False)
    assert rig.request(LEFT).status is GateStatus.DISARMED
    command = rig.tick(LEFT)
    assert command.status is GateStatus.DISARMED and command.reason == "not armed yet"
    assert command.joint_positions_rad is None and command.T_base_tool is None
    assert command.gripper_opening is None


def test_armed_it_holds_the_measured_position_until_a_request():
    rig = Rig(armed=False)
    rig.q = HOME + 0.1
    rig.report()
    rig.arm()
    assert "measured to be" in rig.command.reason
    for command in [rig.command, *rig.run(30)]:
        assert command.status is GateStatus.HOLDING and command.reason
        np.testing.assert_array_equal(command.joint_positions_rad, HOME + 0.1)
        assert command.gripper_opening is None
    assert rig.command.reason == "no request since arming"


def test_it_cannot_be_armed_without_what_it_needs():
    cases = [
        ({"workspace_min_m": ()}, {}, "no workspace box"),
        ({}, {"joint_positions_rad": HOME + 5.0}, "outside"),
        ({}, {"joint_velocities_rad_s": np.full(7, 0.3)}, "moves at 0.30 rad/s"),
    ]
    for changes, state, words in cases:
        rig = Rig(armed=False, **changes)
        rig.report(**state)
        with pytest.raises(SafetyError, match=words):
            rig.gate.arm()
        assert not rig.gate.armed
    gate = SafetyGate.from_urdf(SAFETY, ROBOT, urdf())
    with pytest.raises(SafetyError, match="no joint state"):
        gate.arm()
    rig = Rig(armed=False)
    rig.gate.tick(rig.now + 400 * MS)
    with pytest.raises(SafetyError, match=r"0\.400 s old"):
        rig.gate.arm()


def test_stop_latches_and_comes_to_rest_in_time():
    rig = moving_rig()
    rig.gate.stop("a person said stop")
    stopping = rig.run(STOP_TICKS, LEFT)
    assert rig.gate.at_rest
    held = rig.run(20, RIGHT)
    assert {c.status for c in stopping + held} == {GateStatus.STOPPED}
    assert held[-1].reason == "a person said stop"
    np.testing.assert_array_equal(held[-1].joint_positions_rad, stopping[-1].joint_positions_rad)
    assert rig.request(RIGHT).status is GateStatus.STOPPED
    rig.gate.arm()
    commands = rig.run(5)
    np.testing.assert_array_equal(commands[-1].joint_positions_rad, held[-1].joint_positions_rad)
    rig.run(300, RIGHT)
    np.testing.assert_allclose(oracle_poses(rig.q)[:3, 3], RIGHT[:3, 3], atol=1e-3)


def test_estop_latches_beyond_arm_and_stop():
    rig = moving_rig()
    rig.gate.estop("the red button")
    commands = rig.run(STOP_TICKS, LEFT)
    assert commands[0].joint_positions_rad is not None  # the way to rest is still sent
    after = rig.tick(LEFT)
    assert after.status is GateStatus.ESTOPPED and after.reason == "the red button"
    assert after.joint_positions_rad is None
    with pytest.raises(SafetyError, match=r"the red button.*reset the e-stop"):
        rig.gate.arm()
    rig.gate.stop("stop")
    rig.gate.disarm()
    assert rig.tick(LEFT).status is GateStatus.ESTOPPED
    rig.gate.reset_estop()
    assert rig.tick(LEFT).status is GateStatus.DISARMED
    assert rig.tick(LEFT).joint_positions_rad is None
    rig.gate.arm()
    assert rig.tick(LEFT).status is GateStatus.HOLDING
    assert rig.tick(LEFT).status is GateStatus.OK


def test_disarm_brakes_first():
    rig = moving_rig()
    rig.gate.disarm()
    assert rig.tick().joint_positions_rad is not None
    rig.run(STOP_TICKS)
    assert rig.tick().joint_positions_rad is None
    assert rig.command.reason == "disarmed on request"


def test_arming_waits_for_rest():
    rig = moving_rig()
    rig.gate.stop("stop")
    rig.tick()
    with pytest.raises(SafetyError, match="coming to rest"):
        rig.gate.arm()


def test_a_missing_request_holds_and_a_new_one_goes_on():
    rig = moving_rig()
    commands = rig.run(40)
    assert commands[10].status is GateStatus.OK  # the last request is still fresh
    assert commands[-1].status is GateStatus.HOLDING and "newest request is" in commands[-1].reason
    assert rig.gate.at_rest
    assert rig.tick(LEFT).status is GateStatus.OK


def test_a_refused_request_holds_with_its_reason():
    rig = moving_rig()
    rig.now += MS
    broken = LEFT.copy()
    broken[0, 3] = np.nan
    assert rig.request(broken).status is GateStatus.REFUSED
    command = rig.tick()
    assert command.status is GateStatus.REFUSED and "not finite" in command.reason
    rig.run(STOP_TICKS)
    assert rig.gate.at_rest
    assert rig.tick(LEFT).status is GateStatus.OK


def test_late_joint_states_hold_and_fresh_ones_go_on():
    rig = moving_rig()
    for _ in range(30):
        rig.now += TICK
        rig.request(LEFT)
        command = rig.gate.tick(rig.now)
        rig.q = command.joint_positions_rad
    assert command.status is GateStatus.HOLDING and "joint state is 0.300 s old" in command.reason
    assert rig.gate.at_rest
    assert rig.tick(LEFT).status is GateStatus.OK


def test_broken_joint_states_say_what_is_broken():
    rig = moving_rig()
    for _ in range(30):
        rig.now += TICK
        rig.request(LEFT)
        decision = rig.report(joint_positions_rad=np.full(7, np.nan))
        command = rig.gate.tick(rig.now)
    assert decision.status is GateStatus.REFUSED
    assert command.status is GateStatus.HOLDING
    assert "position nan rad of arm_joint_1" in command.reason


def test_a_blocked_arm_is_held_yields_and_goes_on_when_free():
    rig = Rig()
    commands = rig.run(120, LEFT, follow=False)
    held = [c for c in commands if c.status is GateStatus.HOLDING]
    assert held and "from where it was sent" in held[0].reason and "blocked" in held[0].reason
    errors = np.abs(joints(commands) - rig.q).max(axis=1)
    assert errors.max() < SAFETY.max_tracking_error_rad + 0.05
    # Without a request it gives way to where the arm is.
    rig.run(100, follow=False)
    np.testing.assert_allclose(rig.command.joint_positions_rad, rig.q, atol=0.5 * 0.15)
    rig.run(300, LEFT)
    np.testing.assert_allclose(oracle_poses(rig.q)[:3, 3], LEFT[:3, 3], atol=1e-3)


def test_dry_run_computes_and_does_not_mind_that_nothing_moves():
    rig = Rig(dry_run=True)
    commands = rig.run(300, LEFT, follow=False)
    assert {command.status for command in commands} == {GateStatus.OK}
    np.testing.assert_allclose(commands[-1].T_base_tool[:3, 3], LEFT[:3, 3], atol=1e-3)
    rig.gate.change_params(rig.gate.params.with_changes({"dry_run": False}))
    rig.run(10, follow=False)
    assert rig.command.status is GateStatus.DISARMED and "dry_run" in rig.command.reason


def test_parameters_change_while_it_runs():
    rig = moving_rig()
    rig.gate.change_params(rig.gate.params.with_changes({"max_tool_speed_m_s": 0.02}))
    poses = oracle_poses(joints(rig.run(60, LEFT)))[:, :3, 3]
    speeds = np.linalg.norm(np.diff(poses, axis=0), axis=1) / 0.01
    assert speeds[30:].max() <= 0.02 * (1 + 1e-6) and speeds[30:].max() > 0.015
    with pytest.raises(SafetyError, match="no workspace box"):
        rig.gate.change_params(rig.gate.params.with_changes({"workspace_min_m": ()}))
    with pytest.raises(ConfigError, match="2 values for 7"):
        rig.gate.change_params(rig.gate.params.with_changes({"joint_lower_rad": (0.0, 0.0)}))
    assert rig.gate.params.max_tool_speed_m_s == 0.02
    rig.gate.change_params(rig.gate.params.with_changes({"workspace_max_m": (0.42, 0.1, 0.7)}))
    rig.run(300, LEFT)
    assert rig.command.status is GateStatus.CLIPPED
    assert oracle_poses(rig.q)[1, 3] <= 0.1


def test_a_clock_that_goes_back_starts_over_from_the_measured_state():
    rig = moving_rig()
    rig.now = 10 * MS
    command = rig.gate.tick(rig.now)
    assert command.status is GateStatus.HOLDING and command.joint_positions_rad is None
    assert "the clock went back by" in command.reason
    assert rig.gate.armed
    rig.q = HOME - 0.05
    command = rig.tick()
    np.testing.assert_array_equal(command.joint_positions_rad, HOME - 0.05)
    assert rig.tick(LEFT).status is GateStatus.OK


def test_a_second_tick_at_once_changes_nothing():
    rig = moving_rig()
    again = rig.gate.tick(rig.now)
    assert again is rig.command


def test_a_late_tick_goes_on_from_the_stop_that_was_sent():
    rig = moving_rig()
    path = rig.command.brake_positions_rad
    assert path.shape[1] == 7 and len(path) < STOP_TICKS + 1
    late = rig.tick(LEFT, dt_ns=500 * MS)
    # Everything up to the last tick was the stop; one step towards the request follows it.
    step = np.abs(late.joint_positions_rad - path[-1]).max()
    assert 0.0 < step <= 12.0 * 0.01**2 + 0.02


def test_the_gripper_is_limited_and_keeps_its_grip_in_a_stop():
    rig = Rig(max_gripper_speed_1_s=2.0)
    openings = [c.gripper_opening for c in rig.run(20, LEFT, opening=0.0)]
    np.testing.assert_allclose(-np.diff([1.0, *openings]), 0.02, atol=1e-9)
    rig.opening = 0.9  # what is between the fingers keeps them open
    rig.gate.stop("stop")
    rig.run(10)
    assert rig.command.gripper_opening == openings[-1]
    rig.gate.arm()
    rig.run(100, LEFT, opening=0.0)
    assert rig.command.gripper_opening == 0.0


def test_a_wall_on_the_way_is_not_passed():
    wall = (0.2, 0.1, 0.0, 0.75, 0.12, 0.75)
    rig = Rig(keep_out_m=wall)
    commands = rig.run(300, LEFT)
    assert commands[-1].status is GateStatus.CLIPPED
    assert "the tool would pass keep-out box 0" in commands[-1].reason
    assert 0.05 < oracle_poses(joints(commands))[:, 1, 3].max() <= 0.1


def test_what_is_out_of_reach_is_reported():
    far = Rig(workspace_max_m=(2.0, 0.45, 0.75))
    commands = far.run(500, tool_down(np.array([1.2, 0.0, 0.3]), 0.0))
    assert commands[-1].status is GateStatus.CLIPPED
    assert "behind what it is asked" in commands[-1].reason


def test_cartesian_controllers_are_compared_by_the_tool():
    rig = Rig(command_interface="pose", max_tracking_error_m=0.05)
    assert {c.status for c in rig.run(50, LEFT)} == {GateStatus.OK}
    # The controller chose another posture with the tool at the same place.
    kinematics = arm_kinematics(SAFETY, ROBOT, urdf())
    kinematics.set_weights(0.5, 1e6)
    start = rig.q + np.array([0.6, 0.0, -0.6, 0.0, 0.0, 0.0, 0.0])
    rig.q = kinematics.reach(rig.command.T_base_tool, start)
    assert np.abs(rig.q - rig.command.joint_positions_rad).max() > SAFETY.max_tracking_error_rad
    assert rig.tick(LEFT, follow=False).status is GateStatus.OK
    rig.q = HOME
    held = rig.run(3, LEFT, follow=False)[-1]
    assert held.status is GateStatus.HOLDING and "the tool is" in held.reason


def test_measured_joints_beyond_their_limits_hold():
    rig = Rig(command_interface="pose", max_tracking_error_m=0.5)
    rig.run(10, LEFT)
    rig.q = rig.q.copy()
    rig.q[6] = 2.95
    command = rig.tick(LEFT, follow=False)
    assert command.status is GateStatus.HOLDING and "arm_joint_7 is at 2.950" in command.reason


def test_kinematics_of_another_arm_is_refused():
    other = replace(ROBOT, joint_names=tuple(f"j{i}" for i in range(7)))
    with pytest.raises(ConfigError, match="kinematics moves"):
        SafetyGate(SAFETY, other, arm_kinematics(SAFETY, ROBOT, urdf()))


@pytest.mark.parametrize("late_ms", [20, 25])
def test_late_ticks_within_the_lead_do_not_slow_the_arm(late_ms):
    """Every tick comes late, as on a machine that can't keep up: the way in a time is the same."""
    ways = {}
    for every_ms in (10, late_ms):
        rig = Rig(trajectory_lead_s=0.025)
        start = oracle_poses(rig.q)[:3, 3]
        for _ in range(600 // every_ms):
            rig.tick(LEFT, dt_ns=every_ms * MS)
        ways[every_ms] = np.linalg.norm(oracle_poses(rig.q)[:3, 3] - start)
    assert ways[late_ms] == pytest.approx(ways[10], abs=0.005)
    assert ways[10] > 0.05


def test_ticks_later_than_the_lead_find_the_arm_on_its_stop():
    rig = moving_rig(trajectory_lead_s=0.025)
    path = rig.command.brake_positions_rad
    late = rig.tick(LEFT, dt_ns=500 * MS)
    # It has long been at rest there; what it may gain in one lead from rest follows.
    step = np.abs(late.joint_positions_rad - path[-1]).max()
    assert 0.0 < step <= 12.0 * 0.025**2 + 0.02
