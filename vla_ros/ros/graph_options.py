"""What a graph of processes is to be, and the commands and environment that make it so."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import vla_ros
from vla_ros.graph import NodeSpec


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """What to start.

    Attributes:
        log_dir: Where each node's output goes, one file per node.
        sim: "mujoco" or "none".
        robot: A robot's name or YAML file.
        params_file: A YAML file that wins over the robot's, or "".
        namespace: Namespace of every node and topic, or "".
        domain_id: ROS domain; the environment's if None.
        overrides: Parameters by node name that win over every file.
        left_out: Names of nodes that somebody else provides.
        modules: Modules to run instead of a node's own, by node name.
    """

    log_dir: Path
    sim: str = "mujoco"
    robot: str = "default"
    params_file: str = ""
    namespace: str = ""
    domain_id: int | None = None
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    modules: Mapping[str, str] = field(default_factory=dict)


def graph_environment(options: GraphOptions) -> dict[str, str]:
    """Return environment variables with which a process finds the graph and this package."""
    root = str(Path(vla_ros.__file__).parents[1])
    environment = dict(os.environ, PYTHONUNBUFFERED="1", OMP_NUM_THREADS="1")
    path = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment["PYTHONPATH"] = os.pathsep.join(path)
    environment["RCUTILS_COLORIZED_OUTPUT"] = "0"
    environment["ROS_LOG_DIR"] = str(options.log_dir)
    if options.domain_id is not None:
        environment["ROS_DOMAIN_ID"] = str(options.domain_id)
    return environment


def node_command(spec: NodeSpec, options: GraphOptions, files: Sequence[Path]) -> list[str]:
    """Return the command that runs a node with parameter files, the last of which wins."""
    module = options.modules.get(spec.name, spec.module)
    command = [sys.executable, "-m", module, "--ros-args", "-r", f"__node:={spec.name}"]
    if options.namespace:
        command += ["-r", f"__ns:=/{options.namespace.strip('/')}"]
    for file in files:
        command += ["--params-file", str(file)]
    parameters = {"use_sim_time": options.sim != "none"}
    parameters.update(options.overrides.get(spec.name, {}))
    for name, value in parameters.items():
        written = yaml.safe_dump(value, default_flow_style=True).removesuffix("...\n").strip()
        command += ["-p", f"{name}:={written}"]
    for source, target in spec.remappings:
        command += ["-r", f"{source}:={target}"]
    return command
