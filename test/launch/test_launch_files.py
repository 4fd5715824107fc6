"""Each launch file is walked with the real launch where that is installed, else with fakes."""

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from xml.etree import ElementTree

import fake_launch
import numpy as np
import pytest
import yaml
from scipy.spatial.transform import Rotation

from vla_ros.errors import ConfigError
from vla_ros.graph import NODES, SIMULATORS, graph_nodes
from vla_ros.params import RobotParams

ROOT = Path(__file__).parents[2]
LAUNCH_FILES = sorted((ROOT / "launch").glob("*.launch.py"))


def real_launch_is_installed() -> bool:
    spec = importlib.util.find_spec("launch")
    return spec is not None and spec.origin is not None  # our launch/ folder has no origin


def add_gazebos_launch_file(monkeypatch, prefix):
    """An ament prefix whose ros_gz_sim includes nothing: Gazebo need not be installed to test."""
    marker = prefix / "share/ament_index/resource_index/packages/ros_gz_sim"
    included = prefix / "share/ros_gz_sim/launch/gz_sim.launch.py"
    for path in (marker, included):
        path.parent.mkdir(parents=True)
    marker.touch()
    included.write_text(
        "from launch import LaunchDescription\n"
        "def generate_launch_description():\n    return LaunchDescription([])\n"
    )
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(prefix), prepend=os.pathsep)


@pytest.fixture(autouse=True)
def launch(monkeypatch, tmp_path):
    """The real launch or the fakes, freshly imported by vla_ros.ros.launching."""
    if real_launch_is_installed():
        add_gazebos_launch_file(monkeypatch, tmp_path)
    else:
        fake_launch.install(monkeypatch)
    importlib.import_module("vla_ros.ros.launching")
    yield sys.modules["launch"]
    sys.modules.pop("vla_ros.ros.launching", None)


def walk(path, **arguments):
    """Return every Node that a launch file would start, and the context afterwards."""
    launch_module = sys.modules["launch"]
    context = launch_module.LaunchContext()
    context.launch_configurations.update(arguments)
    nodes = []

    def descend(entity):
        if type(entity).__name__ == "Node":
            nodes.append(entity)
        elif type(entity).__name__ == "RegisterEventHandler":
            for child in entity.event_handler.describe()[1]:
                descend(child)
        else:
            for child in entity.visit(context) or []:
                descend(child)

    for entity in fake_launch.load(str(path)).entities:
        descend(entity)
    return nodes, context


def ours(nodes):
    return [node.node_executable for node in nodes if node.node_package == "vla_ros"]


@pytest.mark.parametrize("path", LAUNCH_FILES, ids=lambda path: path.name)
def test_every_launch_file_describes_something(path):
    nodes, _ = walk(path, sim="mujoco", gui="false")
    assert nodes


@pytest.mark.parametrize("sim", ["mujoco", "none"])
def test_pick_starts_the_graphs_table(sim):
    nodes, _ = walk(ROOT / "launch" / "pick.launch.py", sim=sim)
    assert sorted(ours(nodes)) == sorted(node.executable for node in graph_nodes(sim))


def test_pick_on_gazebo_starts_the_arm_its_controllers_and_the_bridge():
    nodes, _ = walk(ROOT / "launch" / "pick.launch.py", sim="gazebo", gui="false")
    assert "mujoco_sim_node" not in ours(nodes)
    others = {(n.node_package, n.node_executable) for n in nodes if n.node_package != "vla_ros"}
    assert others == {
        ("robot_state_publisher", "robot_state_publisher"),
        ("ros_gz_sim", "create"),
        ("controller_manager", "spawner"),
        ("ros_gz_bridge", "parameter_bridge"),
        ("tf2_ros", "static_transform_publisher"),
    }


def test_a_real_robot_keeps_the_wall_clock():
    _, context = walk(ROOT / "launch" / "pick.launch.py", sim="none")
    assert context.launch_configurations["use_sim_time"] == "false"
    _, context = walk(ROOT / "launch" / "pick.launch.py", sim="mujoco")
    assert context.launch_configurations["use_sim_time"] == "true"


def test_an_unknown_robot_is_named():
    with pytest.raises(ConfigError, match="no robot 'nonesuch'"):
        walk(ROOT / "launch" / "pick.launch.py", sim="none", robot="nonesuch")


def test_an_unknown_simulator_is_named():
    with pytest.raises(ConfigError, match="isaac"):
        graph_nodes("isaac")
    assert "mujoco" in SIMULATORS


def test_every_node_has_a_module_with_a_main():
    for node in NODES:
        assert importlib.util.find_spec(node.module) is not None, node.module


def test_gazebo_gives_the_arm_a_position_interface_for_every_joint():
    arm = ROOT / "models" / "arm"
    robot = yaml.safe_load((ROOT / "config" / "robots" / "default.yaml").read_text())
    facts = robot["/**"]["ros__parameters"]
    hardware = ElementTree.parse(arm / "vla_arm.gazebo.xml").getroot().find("ros2_control")
    commanded = {
        joint.get("name"): float(joint.find("state_interface/param").text)
        for joint in hardware.findall("joint")
        if joint.find("command_interface") is not None
    }
    assert set(commanded) == {*facts["joint_names"], facts["gripper_joint"]}
    for name, home in zip(facts["joint_names"], facts["home_rad"], strict=True):
        assert commanded[name] == pytest.approx(home, abs=1e-4)
    joints = {joint.get("name") for joint in ElementTree.parse(arm / "vla_arm.urdf").iter("joint")}
    assert {joint.get("name") for joint in hardware.findall("joint")} <= joints
    controllers = yaml.safe_load((ROOT / "config" / "controllers.yaml").read_text())
    parameters = controllers["/**/arm_controller"]["ros__parameters"]
    assert parameters["joints"] == facts["joint_names"]


def test_gazebos_camera_stands_where_its_transform_says():
    """SDF: a camera looks along x; REP 103: an optical frame looks along z."""
    camera = next(
        model
        for model in ElementTree.parse(ROOT / "models/worlds/tabletop.sdf").iter("model")
        if model.get("name") == "front_camera"
    )
    x, y, z, roll, pitch, yaw = map(float, camera.find("pose").text.split())
    body = Rotation.from_euler("xyz", [roll, pitch, yaw])
    optical = body * Rotation.from_matrix([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])
    path = ROOT / "launch" / "sim_gazebo.launch.py"
    spec = importlib.util.spec_from_file_location("sim_gazebo", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    np.testing.assert_allclose([float(v) for v in module.CAMERA_POSITION_M], [x, y, z])
    stated = Rotation.from_quat([float(v) for v in module.CAMERA_QUATERNION_XYZW])
    assert (stated.inv() * optical).magnitude() < 1e-4


def test_robot_files_hold_what_robot_params_ask_for():
    names = {field for field in RobotParams.__dataclass_fields__}
    for path in sorted((ROOT / "config" / "robots").glob("*.yaml")):
        facts = yaml.safe_load(path.read_text())["/**"]["ros__parameters"]
        RobotParams.from_mapping({k: v for k, v in facts.items() if k in names})
