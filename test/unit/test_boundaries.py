"""The core imports neither ROS nor torch: checked in a fresh interpreter, module by module."""

import json
import pkgutil
import subprocess
import sys

import pytest

import vla_ros

ROS_ROOMS = ("vla_ros.ros", "vla_ros.nodes")
TORCH_ROOMS = ("vla_ros.backends", "vla_ros.training")
ROS_MODULES = (
    "rclpy",
    "launch",
    "sensor_msgs",
    "geometry_msgs",
    "std_msgs",
    "vision_msgs",
    "control_msgs",
    "vla_ros_interfaces",
)
TORCH_MODULES = ("torch", "transformers")
CLUSTER_MODULES = ("ray",)

PROBE = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted({module.partition(".")[0] for module in sys.modules})))
"""


def modules_outside(*rooms: str) -> list[str]:
    names = [m.name for m in pkgutil.walk_packages(vla_ros.__path__, "vla_ros.")]
    return [n for n in names if not n.startswith(rooms) and not n.endswith("__main__")]


def imported_by(modules: list[str]) -> set[str]:
    probe = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(modules)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert probe.returncode == 0, probe.stderr
    return set(json.loads(probe.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("rooms", "forbidden"),
    [
        (ROS_ROOMS + TORCH_ROOMS, ROS_MODULES + TORCH_MODULES + CLUSTER_MODULES),
        (ROS_ROOMS, ROS_MODULES),
    ],
    ids=["core", "backends-and-training"],
)
def test_rooms_import_only_what_they_may(rooms, forbidden):
    modules = modules_outside(*rooms)
    assert "vla_ros.types" in modules
    assert imported_by(modules).isdisjoint(forbidden)


def test_nodes_do_not_import_torch():
    """A node that loads torch at import would pay for it even with the ONNX model."""
    pytest.importorskip("rclpy")
    names = [m.name for m in pkgutil.walk_packages(vla_ros.__path__, "vla_ros.")]
    nodes = [n for n in names if n.startswith("vla_ros.nodes")]
    assert imported_by(nodes).isdisjoint(TORCH_MODULES)


def test_the_probe_sees_a_forbidden_import():
    assert "rclpy" in imported_by(["rclpy"])
