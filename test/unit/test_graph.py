import ast
import importlib.util
from pathlib import Path

import pytest

from vla_ros.errors import ConfigError
from vla_ros.graph import (
    NODES,
    SUBSYSTEMS,
    graph_nodes,
    nodes_of,
    parameter_files,
    robot_file,
)

ROOT = Path(__file__).parents[2]


def test_every_node_has_a_module_with_a_main_and_a_console_script():
    setup = (ROOT / "setup.py").read_text()
    for node in NODES:
        spec = importlib.util.find_spec(node.module)
        assert spec is not None and spec.origin is not None
        tree = ast.parse(Path(spec.origin).read_text())
        assert any(isinstance(f, ast.FunctionDef) and f.name == "main" for f in tree.body)
        assert f'"{node.executable} = {node.module}:main"' in setup


def test_names_and_executables_are_unique():
    for field in ("name", "executable"):
        values = [getattr(node, field) for node in NODES]
        assert len(set(values)) == len(values)


def test_every_name_is_relative():
    for node in NODES:
        for name in (*node.services, *(n for pair in node.remappings for n in pair)):
            assert not name.startswith(("/", "~"))


def test_each_subsystem_has_a_launch_file_and_nodes():
    for subsystem in SUBSYSTEMS:
        assert (ROOT / "launch" / f"{subsystem}.launch.py").is_file()
        assert nodes_of(subsystem)
    assert {node.subsystem for node in NODES} == set(SUBSYSTEMS)


def test_only_the_embedded_simulator_starts_its_node():
    assert "mujoco_sim" in [node.name for node in graph_nodes("mujoco")]
    for sim in ("gazebo", "none"):
        names = [node.name for node in graph_nodes(sim)]
        assert "mujoco_sim" not in names and "safety" in names
    with pytest.raises(ConfigError, match="unity"):
        graph_nodes("unity")


def test_unknown_robots_and_files_are_named(tmp_path):
    assert robot_file("default").is_file()
    with pytest.raises(ConfigError, match="default"):
        robot_file("r2d2")
    with pytest.raises(ConfigError, match="nowhere"):
        robot_file("/nowhere/robot.yaml")
    with pytest.raises(ConfigError, match="nothing"):
        parameter_files("default", "mujoco", str(tmp_path / "nothing.yaml"))
    mine = tmp_path / "mine.yaml"
    mine.write_text("/**: {ros__parameters: {}}\n")
    assert parameter_files(str(mine), "mujoco", str(mine))[-1] == mine
