"""What a suite of episodes consists of, read from config/suites/<name>.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from vla_ros.errors import ConfigError
from vla_ros.resources import config_dir

BACKENDS = ("default", "oracle", "random")


@dataclass(frozen=True, slots=True)
class Suite:
    """A set of task families.

    Attributes:
        name: Its name.
        description: What it measures, in words.
        tasks: Task families, taken in turn.
        horizon_s: Simulated time an episode may take [s].
    """

    name: str
    description: str
    tasks: tuple[str, ...]
    horizon_s: float


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode to run: everything in it follows from these three.

    Attributes:
        index: Its number in the suite.
        seed: Seed of its scene and instruction.
        task: Its task family.
    """

    index: int
    seed: int
    task: str


def load_suite(name: str) -> Suite:
    """Read a suite by its name, or from a path to a YAML file.

    Raises:
        ConfigError: There is no such suite, or its file lacks something.
    """
    folder = config_dir() / "suites"
    path = Path(name) if name.endswith((".yaml", ".yml")) else folder / f"{name}.yaml"
    if not path.is_file():
        known = sorted(p.stem for p in folder.glob("*.yaml"))
        raise ConfigError(f"no suite '{name}'; there are {known}, or give a path to a YAML file")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Suite(
            name=path.stem,
            description=str(content["description"]),
            tasks=tuple(str(task) for task in content["tasks"]),
            horizon_s=float(content["horizon_s"]),
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} is not a suite: {error!r}") from error


def episodes_of(suite: Suite, count: int, seed: int) -> tuple[Episode, ...]:
    """Return the episodes: consecutive seeds, task families in turn."""
    return tuple(
        Episode(index, seed + index, suite.tasks[index % len(suite.tasks)])
        for index in range(count)
    )
