"""The one table of the graph's nodes; the launch files and `vla-ros demo` both start from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vla_ros.errors import ConfigError
from vla_ros.resources import config_dir

SIMULATORS = ("mujoco", "gazebo", "none")


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node of the graph.

    Attributes:
        name: Node name, also its key in parameter files.
        executable: Console script, and the module in vla_ros.nodes that holds its main().
        subsystem: The launch file that starts it.
        remappings: Pairs of (name in the node, name in the graph), both relative.
        services: Services, relative, that it offers once it is ready to work.
        lifecycle: Whether it is a lifecycle node, and ready once it is active.
    """

    name: str
    executable: str
    subsystem: str
    remappings: tuple[tuple[str, str], ...] = ()
    services: tuple[str, ...] = ()
    lifecycle: bool = False

    @property
    def module(self) -> str:
        """Module to run with `python -m`, where console scripts are not on the path."""
        return f"vla_ros.nodes.{self.executable}"


NODES = (
    NodeSpec("mujoco_sim", "mujoco_sim_node", "sim_mujoco", services=("reset_scene",)),
    NodeSpec("safety", "safety_node", "safety", services=("safety/arm",)),
    NodeSpec(
        "grounding",
        "grounding_node",
        "perception",
        remappings=(
            ("image", "front_camera/image_raw"),
            ("image/compressed", "front_camera/image_raw/compressed"),
            ("camera_info", "front_camera/camera_info"),
            ("depth", "front_camera/depth/image_raw"),
        ),
        services=("ground",),
        lifecycle=True,
    ),
    NodeSpec("task", "task_node", "action", services=("execute_instruction/_action/send_goal",)),
    NodeSpec("speech", "speech_node", "speech"),
)
SUBSYSTEMS = ("sim_mujoco", "safety", "perception", "action", "speech")


def nodes_of(subsystem: str) -> tuple[NodeSpec, ...]:
    """Return the nodes that one launch file starts."""
    return tuple(node for node in NODES if node.subsystem == subsystem)


def graph_nodes(sim: str, speech: bool = False) -> tuple[NodeSpec, ...]:
    """Return every node of the graph for a simulator, in the order to start them.

    Args:
        sim: One of SIMULATORS.
        speech: Whether to listen and speak.

    Raises:
        ConfigError: The simulator is unknown.
    """
    if sim not in SIMULATORS:
        raise ConfigError(f"sim:={sim} is unknown; choose one of {list(SIMULATORS)}")
    left_out = {"sim_mujoco": sim != "mujoco", "speech": not speech}
    return tuple(node for node in NODES if not left_out.get(node.subsystem, False))


def robot_file(robot: str) -> Path:
    """Return the parameter file of a robot, given its name or a path to a YAML file.

    Raises:
        ConfigError: There is no such robot.
    """
    if robot.endswith((".yaml", ".yml")):
        path = Path(robot).expanduser()
        if not path.is_file():
            raise ConfigError(f"robot file {path} does not exist")
        return path
    folder = config_dir() / "robots"
    path = folder / f"{robot}.yaml"
    if not path.is_file():
        known = sorted(p.stem for p in folder.glob("*.yaml"))
        raise ConfigError(f"no robot '{robot}'; there are {known}, or give a path to a YAML file")
    return path


def parameter_files(robot: str, sim: str, params_file: str = "") -> tuple[Path, ...]:
    """Return the parameter files of every node: the robot's, the simulator's, the user's.

    Later ones win. The first two say everything under `/**`, since rcl lets an entry for one node
    that an earlier file made lose against a later file's `/**`.

    Raises:
        ConfigError: The robot or the user's file does not exist.
    """
    files = [robot_file(robot)]
    of_simulator = config_dir() / "sims" / f"{sim}.yaml"
    if of_simulator.is_file():
        files.append(of_simulator)
    if params_file:
        path = Path(params_file).expanduser()
        if not path.is_file():
            raise ConfigError(f"params_file {path} does not exist")
        files.append(path)
    return tuple(files)
