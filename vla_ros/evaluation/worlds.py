"""Where episodes happen: worlds by name, each behind one protocol.

A new benchmark is one file with a class that implements World, and one line in WORLDS; nothing
that runs, scores or reports episodes changes.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from vla_ros.errors import ConfigError, TerminationReason
from vla_ros.evaluation.suites import Episode, Suite
from vla_ros.sim.environment import Environment

Shot = Callable[[], np.ndarray]
"""A moment that was kept; gives its picture (H, W, 3) uint8 when called."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is true after an episode, by the world's truth.

    Attributes:
        success: Whether it ended as it should.
        placement_error_m: Distance between where a thing is and where it was to be [m], or None
            where the task says no exact place.
    """

    success: bool
    placement_error_m: float | None = None


class Trial(Protocol):
    """A scene that was set, with an instruction and the truth of how it ended."""

    @property
    def instruction(self) -> str:
        """What is said."""
        ...

    @property
    def landmark(self) -> str:
        """Phrase of a thing that the instruction leaves where it is; "" where there is none."""
        ...

    def judge(self, reason: TerminationReason) -> Judgement:
        """Return what is true now, given how the system said that it ended."""
        ...


class Staging(Protocol):
    """Sets the scenes of episodes."""

    def stage(self, episode: Episode) -> Trial:
        """Set the scene of an episode: the same for the same episode.

        Raises:
            SimulationError: There is no such scene.
        """
        ...


class World(Staging, Protocol):
    """A simulated world in this process."""

    @property
    def environment(self) -> Environment:
        """The world to act in; `stage` has reset it."""
        ...

    def shot(self) -> Shot:
        """Keep the present moment, for a film that may be wanted later."""
        ...

    def close(self) -> None:
        """Let go of the simulator."""
        ...


@dataclass(frozen=True, slots=True)
class WorldEntry:
    """Where a world comes from.

    Attributes:
        in_process: "module:callable"; takes the suite and the viewer's yaw [rad], gives a World.
        graph: "module:callable"; takes a GraphClient, the suite and the robot's RobotParams, gives
            a Staging; "" where the world cannot be driven over ROS.
        description: What it is, for people.
    """

    in_process: str
    graph: str
    description: str


WORLDS: dict[str, WorldEntry] = {
    "tabletop": WorldEntry(
        "vla_ros.evaluation.tabletop:TabletopWorld",
        "vla_ros.ros.tabletop_staging:TabletopStaging",
        "procedural scenes on a table, in MuJoCo",
    ),
}
"""Every world by the name that suites use."""


def create_world(suite: Suite, viewer_yaw_rad: float) -> World:
    """Return the world of a suite, in this process.

    Raises:
        ConfigError: There is no such world.
    """
    world: World = _factory(_entry(suite).in_process)(suite, viewer_yaw_rad)
    return world


def create_graph_staging(suite: Suite, *arguments: Any) -> Staging:
    """Return what sets a suite's scenes in a running graph.

    Raises:
        ConfigError: There is no such world, or it does not run over ROS.
    """
    entry = _entry(suite)
    if not entry.graph:
        raise ConfigError(f"the world '{suite.world}' runs with --in-process only")
    staging: Staging = _factory(entry.graph)(*arguments)
    return staging


def _entry(suite: Suite) -> WorldEntry:
    entry = WORLDS.get(suite.world)
    if entry is None:
        raise ConfigError(
            f"suite '{suite.name}' is in world '{suite.world}'; there are {sorted(WORLDS)}"
        )
    return entry


def _factory(name: str) -> Callable[..., Any]:
    module, _, factory = name.partition(":")
    made: Callable[..., Any] = getattr(importlib.import_module(module), factory)
    return made
