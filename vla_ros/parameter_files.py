"""Reads ROS parameter files without ROS: what a node of a name would get from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from vla_ros.errors import ConfigError
from vla_ros.params import CheckedParams

Kind = TypeVar("Kind", bound=CheckedParams)

_VALUES = "ros__parameters"


def load_params(kind: type[Kind], files: Sequence[Path], node: str = "") -> Kind:
    """Return a parameter dataclass from parameter files; later files and node entries win.

    Args:
        kind: The dataclass; what the files say beyond its fields is for others.
        files: ROS parameter files, whose entries are `/**` or `/**/<node>`.
        node: Name of the node, '' for what all nodes get.

    Raises:
        ConfigError: A file is missing or no parameter file, or a value is missing or wrong.
    """
    values: dict[str, Any] = {}
    for path in files:
        values.update(_entries(path, node))
    known = {spec.name for spec in fields(kind)}
    return kind.from_mapping({name: value for name, value in values.items() if name in known})


def _entries(path: Path, node: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"parameter file {path} cannot be read: {error}") from error
    if not isinstance(content, Mapping):
        raise ConfigError(f"{path} is no parameter file: it has no entry such as '/**:'")
    values: dict[str, Any] = {}
    for name in ("/**", f"/**/{node}", f"/{node}", node):
        entry = content.get(name)
        if entry is None:
            continue
        if not isinstance(entry, Mapping) or not isinstance(entry.get(_VALUES), Mapping):
            raise ConfigError(f"{path}: entry '{name}' has no '{_VALUES}:' with values")
        values.update(entry[_VALUES])
    return values
