"""What the launch files share: their arguments, and nodes started from the graph's one table.

Only launch's and launch_ros's documented API that Humble, Jazzy and Kilted have in common.
"""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

from launch import LaunchContext, LaunchDescriptionEntity
from launch.actions import (
    DeclareLaunchArgument,
    IncludeLaunchDescription,
    OpaqueFunction,
    SetEnvironmentVariable,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from vla_ros.errors import ConfigError
from vla_ros.graph import SIMULATORS, nodes_of, parameter_files
from vla_ros.resources import config_dir, share_dir

SHARED_ARGUMENTS = {
    "sim": ("mujoco", "simulator: mujoco, gazebo, or none for a real robot"),
    "robot": ("default", "robot: a name from config/robots/, or a path to a YAML file"),
    "namespace": ("", "namespace of every node and topic; one per robot"),
    "params_file": ("", "YAML file whose parameters win over the defaults and the robot's"),
    "use_sim_time": ("true", "follow /clock; false on a real robot"),
    "log_level": ("info", "debug, info, warn or error"),
}


def shared_arguments(**defaults: str) -> list[DeclareLaunchArgument]:
    """Return the arguments that every launch file of ours takes, some with another default."""
    return [
        DeclareLaunchArgument(
            name,
            default_value=defaults.get(name, default),
            description=description,
            choices=list(SIMULATORS) if name == "sim" else None,
        )
        for name, (default, description) in SHARED_ARGUMENTS.items()
    ]


def use_dds_profile() -> SetEnvironmentVariable:
    """Give Fast DDS the shared memory that whole images need; a profile of the user's own wins."""
    variable = "FASTRTPS_DEFAULT_PROFILES_FILE"
    profile = os.environ.get(variable, str(config_dir() / "fastdds.xml"))
    return SetEnvironmentVariable(variable, profile)


def start_nodes(subsystem: str) -> OpaqueFunction:
    """Return the action that starts a subsystem's nodes with the arguments' values."""
    return OpaqueFunction(function=_start_nodes, args=[subsystem])


def _start_nodes(context: LaunchContext, subsystem: str) -> list[LaunchDescriptionEntity]:
    asked = (value(context, name) for name in ("robot", "sim", "params_file"))
    files = parameter_files(*asked)
    use_sim_time = value(context, "use_sim_time").lower() == "true"
    return [
        Node(
            package="vla_ros",
            executable=node.executable,
            name=node.name,
            namespace=value(context, "namespace"),
            parameters=[*map(str, files), {"use_sim_time": use_sim_time}],
            remappings=list(node.remappings),
            arguments=["--ros-args", "--log-level", value(context, "log_level")],
            output="screen",
            emulate_tty=True,
        )
        for node in nodes_of(subsystem)
    ]


def value(context: LaunchContext, name: str) -> str:
    """Return an argument's value."""
    return LaunchConfiguration(name).perform(context)


def include(name: str, **arguments: str) -> IncludeLaunchDescription:
    """Return the inclusion of one of our launch files, passing the shared arguments on."""
    passed = {shared: LaunchConfiguration(shared) for shared in SHARED_ARGUMENTS}
    path = share_dir() / "launch" / f"{name}.launch.py"
    return IncludeLaunchDescription(
        PythonLaunchDescriptionSource(str(path)),
        launch_arguments=[*passed.items(), *arguments.items()],
    )


def robot_description(*parts: Path) -> str:
    """Return one URDF from a robot's URDF and fragments whose elements are appended to it.

    Raises:
        ConfigError: A file is missing or no XML.
    """
    try:
        robot, *fragments = (ElementTree.parse(part).getroot() for part in parts)
    except (OSError, ElementTree.ParseError) as error:
        names = [str(part) for part in parts]
        raise ConfigError(f"no robot description from {names}: {error}") from error
    for fragment in fragments:
        robot.extend(fragment)
    return ElementTree.tostring(robot, encoding="unicode")
