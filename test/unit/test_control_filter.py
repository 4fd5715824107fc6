"""What is let in: every fault of a request and of a joint state has its sentence."""

import re
from dataclasses import replace

import numpy as np
import pytest
from control_rig import HOME, MS, ROBOT, SAFETY

from vla_ros.control.filter import Goal, SafetyFilter
from vla_ros.control.workspace import Workspace
from vla_ros.geometry import tool_down
from vla_ros.types import GateStatus, RobotState, ToolCommand

NOW = 1_000 * MS
T_OK = tool_down(np.array([0.5, 0.0, 0.3]), 0.0)
COMMAND = ToolCommand(T_OK, 0.5, ROBOT.base_frame, NOW)
STATE = RobotState(ROBOT.joint_names, HOME, np.zeros(7), np.eye(4), 1.0, NOW)
WORKSPACE = Workspace(SAFETY, ROBOT)


def with_pose(index, value):
    T = T_OK.copy()
    T[index] = value
    return replace(COMMAND, T_base_tool=T)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (with_pose((0, 3), np.nan), "not finite"),
        (with_pose((1, 1), np.inf), "not finite"),
        (with_pose((2, 3), 1e6), "further than 100 m"),
        (with_pose((0, 0), 1e200), "beyond 1"),
        (with_pose((0, 0), 0.9), "off by 0.19 from a rotation"),
        (with_pose((3, 3), 2.0), "last row"),
        (with_pose((0, 0), -1.0), "mirrors"),
        (replace(COMMAND, T_base_tool=np.eye(3)), r"shape \(3, 3\)"),
        (replace(COMMAND, gripper_opening=np.nan), "gripper opening nan"),
        (replace(COMMAND, gripper_opening=1.5), "gripper opening 1.5"),
        (replace(COMMAND, frame_id="world"), "'world'; only 'base_link'"),
        (replace(COMMAND, frame_id=""), "frame ''"),
        (replace(COMMAND, stamp_ns=NOW - 300 * MS), "0.300 s old; at most 0.250"),
        (replace(COMMAND, stamp_ns=NOW + 50 * MS), "0.050 s in the future"),
    ],
)
def test_a_bad_request_is_refused_and_ends_the_one_before(command, words):
    requests = SafetyFilter(SAFETY, ROBOT)
    before = replace(COMMAND, stamp_ns=NOW - 400 * MS)
    assert requests.accept(before, WORKSPACE, NOW - 400 * MS).status is GateStatus.OK
    decision = requests.accept(command, WORKSPACE, NOW)
    assert decision.status is GateStatus.REFUSED
    assert re.search(words, decision.reason)
    assert requests.current(NOW) == decision


def test_the_newest_request_counts_and_goes_stale():
    requests = SafetyFilter(SAFETY, ROBOT)
    assert requests.current(NOW).reason == "no request since arming"
    assert requests.accept(COMMAND, WORKSPACE, NOW).status is GateStatus.OK
    late = replace(COMMAND, stamp_ns=NOW - 20 * MS, gripper_opening=0.0)
    assert "0.020 s older" in requests.accept(late, WORKSPACE, NOW).reason
    assert "0.000 s older" in requests.accept(COMMAND, WORKSPACE, NOW).reason
    goal = requests.current(NOW + 200 * MS)
    assert isinstance(goal, Goal) and goal.gripper_opening == 0.5
    held = requests.current(NOW + 300 * MS)
    assert held.status is GateStatus.HOLDING and "0.300 s old" in held.reason
    requests.restart()
    assert requests.accept(late, WORKSPACE, NOW).status is GateStatus.OK


def test_a_clipped_request_says_so():
    requests = SafetyFilter(SAFETY, ROBOT)
    decision = requests.accept(with_pose((1, 3), 0.6), WORKSPACE, NOW)
    assert decision.status is GateStatus.CLIPPED and "y 0.600 -> 0.449" in decision.reason


def velocity(value):
    return np.array([0.0, 0.0, value, 0.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (replace(STATE, joint_positions_rad=HOME + velocity(np.nan)), "position nan rad of arm"),
        (replace(STATE, joint_velocities_rad_s=velocity(np.inf)), "velocity inf rad/s of arm"),
        (replace(STATE, joint_positions_rad=HOME[:6]), r"\(6,\) of position"),
        (replace(STATE, joint_names=ROBOT.joint_names[:6]), r"\['arm_joint_7'\] are missing"),
        (replace(STATE, joint_names=ROBOT.joint_names[::-1]), "the order is not"),
        (replace(STATE, gripper_opening=np.nan), "opening of nan"),
        (replace(STATE, stamp_ns=NOW - 200 * MS), "0.200 s old"),
        (replace(STATE, stamp_ns=NOW + 200 * MS), "in the future"),
    ],
)
def test_a_bad_joint_state_is_named(state, words):
    assert re.search(words, SafetyFilter(SAFETY, ROBOT).refuses_state(state, NOW))
    assert SafetyFilter(SAFETY, ROBOT).refuses_state(STATE, NOW) == ""
    assert SafetyFilter(SAFETY, ROBOT).refuses_state(STATE, None) == ""
