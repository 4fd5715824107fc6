"""Grounding models by name; each is imported only when it is asked for.

A new model family is one file in backends/ with a factory, and one line in GROUNDERS.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from vla_ros.errors import ConfigError
from vla_ros.perception.grounder import Grounder


@dataclass(frozen=True, slots=True)
class GrounderEntry:
    """Where a grounder comes from.

    Attributes:
        factory: "module:callable"; the callable takes the options and returns a Grounder.
        description: What it is, for people.
        options: Options that this name stands for.
        requires: Extra of the package that installs what it imports, or None.
    """

    factory: str
    description: str
    options: dict[str, Any] = field(default_factory=dict)
    requires: str | None = None


GROUNDERS: dict[str, GrounderEntry] = {
    "default": GrounderEntry(
        "vla_ros.backends.tabletop_onnx:OnnxTabletopGrounder",
        "the detector trained by this project, run by ONNX Runtime",
    ),
    "default-torch": GrounderEntry(
        "vla_ros.backends.tabletop_torch:TorchTabletopGrounder",
        "the same detector, run by torch through transformers",
        requires="models",
    ),
}
"""Every grounder by the name that parameters and commands use."""


def create_grounder(name_or_path: str, **options: Any) -> Grounder:
    """Return a grounding model.

    Args:
        name_or_path: A name in GROUNDERS, or a folder that holds a detector as
            `vla-ros train grounder` leaves it.
        **options: Passed to the model.

    Raises:
        ConfigError: The name is unknown, or a package that it needs is not installed.
        ModelError: The model's files are missing or broken.
    """
    entry = GROUNDERS.get(name_or_path)
    if entry is None:
        if not Path(name_or_path).is_dir():
            raise ConfigError(
                f"no grounding model '{name_or_path}' and no such folder; there are "
                f"{sorted(GROUNDERS)}"
            )
        entry = GROUNDERS["default"]
        options = {"folder": Path(name_or_path), **options}
    module, _, factory = entry.factory.partition(":")
    try:
        make = getattr(importlib.import_module(module), factory)
    except ModuleNotFoundError as error:
        raise ConfigError(_how_to_install(name_or_path, entry, error)) from error
    return cast(Grounder, make(**{**entry.options, **options}))


def _how_to_install(name: str, entry: GrounderEntry, error: ModuleNotFoundError) -> str:
    package = f"vla_ros[{entry.requires}]" if entry.requires else "vla_ros"
    return (
        f"grounding model '{name}' needs {error.name}, which is not installed: "
        f"pip install '{package}'"
    )
