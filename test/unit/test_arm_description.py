"""The URDF against the published kinematics, and against what ROS, Gazebo and MuJoCo demand."""

from xml.etree import ElementTree

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vla_ros.sim.arm import simulated_robot, urdf_path

# Modified Denavit-Hartenberg (a, alpha, d) of each joint, and the flange.
PUBLISHED = (
    (0.0, 0.0, 0.333),
    (0.0, -np.pi / 2, 0.0),
    (0.0, np.pi / 2, 0.316),
    (0.0825, np.pi / 2, 0.0),
    (-0.0825, -np.pi / 2, 0.384),
    (0.0, np.pi / 2, 0.0),
    (0.088, np.pi / 2, 0.0),
)
FLANGE_M = 0.107
TOOL_M = 0.140


@pytest.fixture(scope="module")
def urdf():
    return ElementTree.parse(urdf_path()).getroot()


def craig(a, alpha, d, theta):
    """Return the (4, 4) transform of one row of modified Denavit-Hartenberg parameters."""
    ca, sa, ct, st = np.cos(alpha), np.sin(alpha), np.cos(theta), np.sin(theta)
    return np.array(
        [
            [ct, -st, 0.0, a],
            [st * ca, ct * ca, -sa, -d * sa],
            [st * sa, ct * sa, ca, d * ca],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def published_tool_pose(q):
    T = np.eye(4)
    for (a, alpha, d), theta in zip(PUBLISHED, q, strict=True):
        T = T @ craig(a, alpha, d, theta)
    tool = np.eye(4)
    tool[:3, :3] = Rotation.from_euler("z", -np.pi / 4).as_matrix()
    tool[2, 3] = FLANGE_M + TOOL_M
    return T @ tool


def test_kinematics_are_the_published_ones():
    model = mujoco.MjModel.from_xml_path(str(urdf_path()))
    state = mujoco.MjData(model)
    rng = np.random.default_rng(0)
    for _ in range(50):
        q = rng.uniform(model.jnt_range[:7, 0], model.jnt_range[:7, 1])
        state.qpos[:7] = q
        mujoco.mj_kinematics(model, state)
        expected = published_tool_pose(q)
        tool = state.body("tool0")
        np.testing.assert_allclose(tool.xpos, expected[:3, 3], atol=1e-5)
        np.testing.assert_allclose(tool.xmat.reshape(3, 3), expected[:3, :3], atol=1e-5)


def test_home_points_the_tool_straight_down():
    T = published_tool_pose(simulated_robot().home_rad)
    np.testing.assert_allclose(T[:3, 3], [0.30, 0.0, 0.45], atol=1e-3)
    np.testing.assert_allclose(T[:3, :3], np.diag([1.0, -1.0, -1.0]), atol=2e-3)


def test_links_form_one_tree_from_the_base(urdf):
    links = [link.get("name") for link in urdf.iter("link")]
    children = [joint.find("child").get("link") for joint in urdf.iter("joint")]
    assert len(set(links)) == len(links)
    assert len(set(children)) == len(children)
    assert set(links) - set(children) == {simulated_robot().base_frame}
    assert {joint.find("parent").get("link") for joint in urdf.iter("joint")} <= set(links)


def test_every_moving_link_has_a_possible_inertia(urdf):
    moving = [link for link in urdf.iter("link") if link.find("collision") is not None]
    assert len(moving) >= 11
    for link in moving:
        inertial = link.find("inertial")
        assert float(inertial.find("mass").get("value")) > 0.0
        i = {k: float(v) for k, v in inertial.find("inertia").attrib.items()}
        matrix = np.array(
            [
                [i["ixx"], i["ixy"], i["ixz"]],
                [i["ixy"], i["iyy"], i["iyz"]],
                [i["ixz"], i["iyz"], i["izz"]],
            ]
        )
        principal = np.sort(np.linalg.eigvalsh(matrix))
        assert principal[0] > 0.0
        assert principal[2] <= principal[0] + principal[1] + 1e-9, link.get("name")


def test_the_robot_file_names_what_the_description_has(urdf):
    robot = simulated_robot()
    joints = {joint.get("name"): joint for joint in urdf.iter("joint")}
    revolute = [name for name, joint in joints.items() if joint.get("type") == "revolute"]
    assert tuple(revolute) == robot.joint_names
    finger = joints[robot.gripper_joint].find("limit")
    assert float(finger.get("lower")) == robot.gripper_joint_closed
    assert float(finger.get("upper")) == robot.gripper_joint_open
    assert robot.gripper_max_width_m == pytest.approx(2 * robot.gripper_joint_open)
    mimic = joints["finger_joint_right"].find("mimic")
    assert mimic.get("joint") == robot.gripper_joint
    assert robot.tool_frame in {link.get("name") for link in urdf.iter("link")}


def test_materials_are_declared_and_only_shapes_are_used(urdf):
    declared = {material.get("name") for material in urdf.findall("material")}
    for visual in urdf.iter("visual"):
        assert visual.find("material").get("name") in declared
    assert not list(urdf.iter("mesh"))


def test_the_fingertips_end_where_the_robot_file_says():
    model = mujoco.MjModel.from_xml_path(str(urdf_path()))
    state = mujoco.MjData(model)
    state.qpos[:7] = simulated_robot().home_rad
    mujoco.mj_kinematics(model, state)
    finger = model.body("finger_left").id
    lowest = min(
        state.geom_xpos[g][2] - np.abs(state.geom_xmat[g].reshape(3, 3)[2]) @ model.geom_size[g]
        for g in range(model.ngeom)
        if model.geom_bodyid[g] == finger and model.geom_type[g] == mujoco.mjtGeom.mjGEOM_BOX
    )
    depth = state.body("tool0").xpos[2] - lowest
    assert depth == pytest.approx(simulated_robot().finger_depth_m, abs=5e-4)
