"""Examines the machine, the robot's file and a running graph, and says how to mend each."""

from __future__ import annotations

from vla_ros.errors import ConfigError
from vla_ros.graph import parameter_files
from vla_ros.parameter_files import load_params
from vla_ros.params import RobotParams, SafetyParams
from vla_ros.ros.findings import Finding, fault, ok
from vla_ros.ros.graph_check import check_graph, workspace_finding
from vla_ros.ros.machine_check import check_machine
from vla_ros.ros.speech_check import check_speech


def examine(robot: str = "default", listen_s: float = 3.0) -> list[Finding]:
    """Return everything that was found.

    Args:
        robot: Name of the robot, or path to its YAML file.
        listen_s: How long to listen to the graph's topics [s].
    """
    findings = [*check_machine(), *check_speech()]
    try:
        files = parameter_files(robot, "none")
        facts, safety = load_params(RobotParams, files), load_params(SafetyParams, files, "safety")
    except ConfigError as error:
        findings.append(fault(f"robot '{robot}'", str(error), "correct config/robots/<robot>.yaml"))
        return findings
    findings.append(ok(f"robot '{robot}'", f"{len(facts.joint_names)} joints, {files[0]}"))
    findings.append(workspace_finding(safety))
    findings.extend(check_graph(facts, safety, listen_s))
    return findings
