"""What a suite of episodes consists of, read from config/suites/<name>.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from vla_ros.errors import ConfigError
from vla_ros.evaluation.aims import Aim
from vla_ros.resources import config_dir
from vla_ros.types import Json

BACKENDS = ("default", "oracle", "random")
_LARGEST_BYTES = 1_000_000
_SUITE_KEYS = {"description", "tasks", "horizon_s", "world", "runner", "aims"}
_TASK_KEYS = {"name", "family", "scene", "templates", "horizon_s", "options"}


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task of a suite.

    Attributes:
        name: Its name in the results.
        family: What draws its cases; it decides what counts as success. The name, if not said.
        scene: What the scenes are like, for the world to read.
        templates: Wordings with {object} and {destination}; empty for the family's own.
        horizon_s: Simulated time an episode may take [s]; the suite's, if not said.
        options: Further options, for the world to read.
    """

    name: str
    family: str
    horizon_s: float
    scene: Mapping[str, Any] = field(default_factory=dict)
    templates: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suite:
    """A set of tasks.

    Attributes:
        name: Its name.
        description: What it measures, in words.
        tasks: Names of its tasks, taken in turn.
        horizon_s: Simulated time an episode may take [s].
        world: Where its episodes happen: a name in worlds.WORLDS.
        runner: What runs them: a name in runners.RUNNERS.
        specs: What is said of a task beyond its name.
        aims: What its measures should reach (">= 0.99"), by their names (measures.py).
    """

    name: str
    description: str
    tasks: tuple[str, ...]
    horizon_s: float
    world: str = "tabletop"
    runner: str = "episodes"
    specs: Mapping[str, TaskSpec] = field(default_factory=dict)
    aims: Mapping[str, str] = field(default_factory=dict)

    def spec(self, task: str) -> TaskSpec:
        """Return all that there is to say of a task."""
        return self.specs.get(task) or TaskSpec(task, task, self.horizon_s)


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode to run: everything in it follows from these three.

    Attributes:
        index: Its number in the suite.
        seed: Seed of its scene and instruction.
        task: Name of its task.
    """

    index: int
    seed: int
    task: str


def suite_names() -> list[str]:
    """Return the names of the suites that come with the package."""
    return sorted(path.stem for path in (config_dir() / "suites").glob("*.yaml"))


def suite_file(name: str) -> Path:
    """Return the file of a suite, given its name or a path to a YAML file.

    Raises:
        ConfigError: There is no such suite.
    """
    folder = config_dir() / "suites"
    path = Path(name) if name.endswith((".yaml", ".yml")) else folder / f"{name}.yaml"
    if not path.is_file():
        raise ConfigError(
            f"no suite '{name}'; there are {suite_names()} (see --list), or give a path to a YAML "
            "file"
        )
    return path


def load_suite(name: str) -> Suite:
    """Read a suite by its name, or from a path to a YAML file.

    Raises:
        ConfigError: There is no such suite, or its file is wrong.
    """
    path = suite_file(name)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ConfigError(f"{path} has more than {_LARGEST_BYTES} bytes: that is no suite")
        return _suite(path.stem, yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} is not a suite: {error!r}") from error


def episodes_of(suite: Suite, count: int, seed: int) -> tuple[Episode, ...]:
    """Return the episodes: consecutive seeds, tasks in turn."""
    return tuple(
        Episode(index, seed + index, suite.tasks[index % len(suite.tasks)])
        for index in range(count)
    )


def _suite(name: str, content: Json) -> Suite:
    """Return the suite of a file's content; raises ValueError, KeyError or TypeError."""
    _require_known(content, _SUITE_KEYS, "a suite")
    horizon_s = _positive(content["horizon_s"], "horizon_s")
    specs = [_task(said, horizon_s) for said in content["tasks"]]
    names = tuple(spec.name for spec in specs)
    if not names or len(set(names)) < len(names):
        raise ValueError(f"tasks must be named, each once, not {list(names)}")
    aims = {str(measure): str(aim) for measure, aim in content.get("aims", {}).items()}
    for aim in aims.values():
        Aim.parse(aim)
    return Suite(
        name=name,
        description=str(content["description"]),
        tasks=names,
        horizon_s=horizon_s,
        world=str(content.get("world", "tabletop")),
        runner=str(content.get("runner", "episodes")),
        specs={spec.name: spec for spec in specs},
        aims=aims,
    )


def _task(said: str | Json, horizon_s: float) -> TaskSpec:
    """Return a task given by its family alone, or by a mapping."""
    content: Json = {"name": said} if isinstance(said, str) else said
    _require_known(content, _TASK_KEYS, "a task")
    name = str(content["name"])
    return TaskSpec(
        name=name,
        family=str(content.get("family", name)),
        horizon_s=_positive(content.get("horizon_s", horizon_s), f"horizon_s of '{name}'"),
        scene=dict(content.get("scene", {})),
        templates=tuple(str(template) for template in content.get("templates", ())),
        options=dict(content.get("options", {})),
    )


def _require_known(content: Json, known: set[str], what: str) -> None:
    unknown = set(content) - known
    if unknown:
        raise ValueError(f"{what} has {sorted(known)}, not {sorted(map(str, unknown))}")


def _positive(value: Any, what: str) -> float:
    number = float(value)
    if not 0.0 < number < 1e6:
        raise ValueError(f"{what} is {value}, not a positive number of seconds")
    return number
