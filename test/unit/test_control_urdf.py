"""Reading the chain of joints from a URDF."""

import numpy as np
import pytest

from vla_ros.control.urdf import read_chain
from vla_ros.errors import KinematicsError


def urdf(body):
    return f'<robot name="r">{body}</robot>'


def link(name, inner=""):
    return f'<link name="{name}">{inner}</link>'


def joint(name, kind, parent, child, origin="0 0 0", inner=""):
    return (
        f'<joint name="{name}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>'
        f'<origin xyz="{origin}"/>{inner}</joint>'
    )


LIMIT = '<axis xyz="0 0 2"/><limit lower="-1" upper="1.5" velocity="2" effort="1"/>'
MESH = '<visual><geometry><mesh filename="package://nowhere/a.dae"/></geometry></visual>'
ARM = urdf(
    link("world")
    + link("stand", MESH)
    + link("base")
    + link("upper", MESH)
    + link("lower")
    + link("flange")
    + link("tool")
    + joint("stand_joint", "fixed", "world", "stand", "0 0 1")
    + joint("base_joint", "fixed", "world", "base", "5 0 0")
    + joint("shoulder", "revolute", "stand", "upper", "0 0 0.5", LIMIT)
    + joint("elbow", "continuous", "upper", "lower", "0.3 0 0", '<axis xyz="0 1 0"/>')
    + joint("lower_flange", "fixed", "lower", "flange", "0.2 0 0")
    + joint("flange_tool", "fixed", "flange", "tool", "0 0 0.1")
)


def test_frames_limits_and_fixed_joints_are_folded_in():
    chain = read_chain(ARM, "base", "tool", ["shoulder", "elbow"])
    shoulder, elbow = chain.joints
    # base lies 5 m from world, the stand 1 m above it and the shoulder 0.5 m above that.
    np.testing.assert_allclose(shoulder.T_parent_joint[:3, 3], [-5.0, 0.0, 1.5])
    np.testing.assert_allclose(elbow.T_parent_joint[:3, 3], [0.3, 0.0, 0.0])
    np.testing.assert_allclose(chain.T_last_tool[:3, 3], [0.2, 0.0, 0.1])
    np.testing.assert_allclose(shoulder.axis, [0.0, 0.0, 1.0])
    assert (shoulder.lower, shoulder.upper, shoulder.max_speed) == (-1.0, 1.5, 2.0)
    assert (elbow.lower, elbow.upper, elbow.max_speed) == (-np.inf, np.inf, np.inf)


@pytest.mark.parametrize(
    ("base", "tool", "names", "words"),
    [
        ("base", "tol", ["shoulder", "elbow"], "tool_frame 'tol'.*did you mean.*'tool'"),
        ("bose", "tool", ["shoulder", "elbow"], "base_frame 'bose'.*'base'"),
        ("base", "tool", ["shoulder", "elbo"], "joint 'elbo'.*'elbow'"),
        ("base", "tool", ["shoulder"], "joint_names says"),
        ("base", "tool", ["elbow", "shoulder"], "from base to tool"),
        ("lower", "tool", ["shoulder"], "joint_names"),
    ],
)
def test_what_is_missing_is_named(base, tool, names, words):
    with pytest.raises(KinematicsError, match=words):
        read_chain(ARM, base, tool, names)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not XML"),
        ("<robot", "not XML"),
        ("<sdf/>", "not the <robot>"),
        (ARM.replace('lower="-1"', 'lower="abc"'), "not a number"),
        (ARM.replace('lower="-1"', 'lower="nan"'), "not a number"),
        (ARM.replace('lower="-1"', 'lower="2"'), "no room to move"),
        (ARM.replace('xyz="0 0 2"', 'xyz="0 0 0"'), "axis"),
        (ARM.replace('xyz="0 0 0.5"', 'xyz="0 0"'), "not 3 numbers"),
        (ARM.replace('"elbow" type="continuous"', '"elbow" type="floating"'), "floating"),
        (ARM.replace('<axis xyz="0 1 0"/>', '<mimic joint="shoulder"/>'), "mimic"),
        (ARM.replace('<parent link="upper"/>', ""), "no <parent"),
        (ARM.replace('<parent link="world"/>', '<parent link="tool"/>'), "loop"),
    ],
)
def test_a_broken_description_is_refused(text, words):
    with pytest.raises(KinematicsError, match=words):
        read_chain(text, "base", "tool", ["shoulder", "elbow"])
