"""The robot files: complete, without a workspace where the user must measure it."""

from dataclasses import fields

import numpy as np
import pytest
from control_rig import HOME, ROBOT, SAFETY, oracle_pose, read, robot_values, urdf

from vla_ros.control.gate import SafetyGate
from vla_ros.control.kinematics import JointLimits
from vla_ros.control.limits import JointEnvelope
from vla_ros.control.workspace import Workspace
from vla_ros.errors import SafetyError
from vla_ros.params import RobotParams, SafetyParams

REAL = ("fr3", "ur5e", "xarm7", "so101")


@pytest.mark.parametrize("name", ("default", *REAL))
def test_a_robot_file_says_all_and_nothing_else(name):
    values = robot_values(name)
    known = {spec.name for params in (RobotParams, SafetyParams) for spec in fields(params)}
    assert set(values) <= known
    robot, safety = read(RobotParams, values), read(SafetyParams, values)
    count = len(robot.joint_names)
    assert len(robot.home_rad) == count
    free = JointLimits(np.full(count, -7.0), np.full(count, 7.0), np.full(count, 10.0))
    envelope = JointEnvelope.combine(free, safety)
    home = np.array(robot.home_rad)
    assert np.all((envelope.lower_rad < home) & (home < envelope.upper_rad))
    # Every joint stops within the time that leaves a stop well under 100 ms.
    assert safety.stop_time_s + 2.0 / safety.control_rate_hz <= 0.1


@pytest.mark.parametrize("name", REAL)
def test_a_real_robot_has_no_workspace_until_it_is_measured(name):
    values = robot_values(name)
    assert "workspace_min_m" not in values and "workspace_max_m" not in values
    assert values["robot_description"] == ""
    with pytest.raises(SafetyError, match="measure where the tool may go"):
        Workspace(read(SafetyParams, values), read(RobotParams, values))


def test_the_simulated_robot_can_be_armed_at_home():
    SafetyGate.from_urdf(SAFETY, ROBOT, urdf())
    depths = Workspace(SAFETY, ROBOT).depths(oracle_pose(HOME))
    assert depths.max() < 0.0
