"""What runs a suite's episodes, by name: in this process, or over ROS."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vla_ros.errors import ConfigError
from vla_ros.evaluation.film import Media
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.evaluation.suites import Episode, Suite
from vla_ros.graph import parameter_files


class EpisodeRunner(Protocol):
    """Runs episodes one after another; owns a simulator and whatever runs on it."""

    def run(self, episode: Episode) -> EpisodeResult:
        """Run one episode and score it by the simulator's truth.

        Raises:
            VlaRosError: It could not be carried through; the runner is then to be made anew.
        """
        ...

    def media(self) -> Media | None:
        """Return pictures of the episode that ran last, or None where none were kept."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


@dataclass(frozen=True, slots=True)
class RunnerSpec:
    """How a worker makes its runner.

    Attributes:
        suite: What is run.
        backend: One of BACKENDS.
        in_process: The core alone instead of the ROS graph.
        robot: A robot's name or YAML file.
        params_file: A YAML file of parameters that wins over the robot's, or "".
        filmed: Whether pictures of failures will be asked for.
    """

    suite: Suite
    backend: str
    in_process: bool
    robot: str = "default"
    params_file: str = ""
    filmed: bool = False

    @property
    def files(self) -> tuple[Path, ...]:
        """The parameter files of every node.

        Raises:
            ConfigError: One does not exist.
        """
        return parameter_files(self.robot, "mujoco", self.params_file)

    def create(self) -> EpisodeRunner:
        """Make the runner, in the process that will use it.

        Raises:
            ConfigError: The suite's runner is unknown, or runs only in the other way.
        """
        entry = RUNNERS.get(self.suite.runner)
        if entry is None:
            raise ConfigError(
                f"suite '{self.suite.name}' is run by '{self.suite.runner}'; there are "
                f"{sorted(RUNNERS)}"
            )
        name = entry.in_process if self.in_process else entry.graph
        if not name:
            raise ConfigError(f"suite '{self.suite.name}' runs with --in-process only")
        module, _, factory = name.partition(":")
        made: EpisodeRunner = getattr(importlib.import_module(module), factory)(self)
        return made


@dataclass(frozen=True, slots=True)
class RunnerEntry:
    """Where a runner comes from: "module:callable", each taking the RunnerSpec.

    Attributes:
        in_process: Runs the core alone.
        graph: Runs the ROS graph; "" where only the core alone can be run.
    """

    in_process: str
    graph: str


RUNNERS: dict[str, RunnerEntry] = {
    "episodes": RunnerEntry(
        "vla_ros.evaluation.in_process_runner:InProcessRunner",
        "vla_ros.ros.graph_runner:GraphRunner",
    ),
    "language": RunnerEntry(
        "vla_ros.evaluation.language.runner:LanguageRunner",
        "vla_ros.evaluation.language.runner:LanguageRunner",
    ),
    "language_deaf": RunnerEntry(
        "vla_ros.evaluation.language.runner:deaf_runner",
        "vla_ros.evaluation.language.runner:deaf_runner",
    ),
    "verification": RunnerEntry(
        "vla_ros.evaluation.verification:VerificationRunner",
        "vla_ros.evaluation.verification:VerificationRunner",
    ),
    "grounding": RunnerEntry(
        "vla_ros.evaluation.grounding.runner:GroundingRunner",
        "vla_ros.evaluation.grounding.runner:GroundingRunner",
    ),
    "faults": RunnerEntry(
        "vla_ros.evaluation.faults.in_process_runner:InProcessFaultRunner",
        "vla_ros.ros.fault_runner:GraphFaultRunner",
    ),
}
"""Every runner by the name that suites use."""
