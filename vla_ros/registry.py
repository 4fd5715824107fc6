"""Models by name; each is imported only when it is asked for.

A name is one of ours ("default"), a folder, or `owner/name[@revision]` on the model hub. For the
last two, `model_type` in config.json decides the family. A new family is one file in backends/ and
one line here.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from vla_ros.checkpoints import CONFIG, Checkpoint, find_checkpoint, is_hub_name
from vla_ros.errors import ConfigError
from vla_ros.params import ModelParams
from vla_ros.perception.grounder import Grounder


@dataclass(frozen=True)
class ModelEntry:
    """Where a model comes from.

    Attributes:
        factory: "module:callable"; the callable takes the options and returns the model. That of
            a family takes a Checkpoint and ModelParams before them.
        description: What it is, for people.
        options: Options that this name stands for.
        requires: Extra of the package that installs what it imports, or None.
    """

    factory: str
    description: str
    options: dict[str, Any] = field(default_factory=dict)
    requires: str | None = None


GROUNDERS: dict[str, ModelEntry] = {
    "default": ModelEntry(
        "vla_ros.backends.tabletop_onnx:OnnxTabletopGrounder",
        "the detector trained by this project, run by ONNX Runtime",
    ),
    "default-torch": ModelEntry(
        "vla_ros.backends.tabletop_torch:TorchTabletopGrounder",
        "the same detector, run by torch through transformers",
        requires="models",
    ),
}
"""Every grounder of ours by the name that parameters and commands use."""

GROUNDER_FAMILIES: dict[str, ModelEntry] = {}
"""Every family of grounders by the model_type in its checkpoints' config.json."""

OWN_MODEL_TYPE = "tabletop_detector"


def create_grounder(
    name_or_path: str, params: ModelParams | None = None, **options: Any
) -> Grounder:
    """Return a grounding model.

    Args:
        name_or_path: A name in GROUNDERS, a folder, or a name on the model hub.
        params: How models of a family are loaded; ours load themselves.
        **options: Passed to the model.

    Raises:
        ConfigError: The name is unknown, a package that it needs is not installed, or the hub
            cannot be reached.
        ModelError: The model's files are missing or broken.
    """
    name, params = name_or_path, params or ModelParams()
    if name in GROUNDERS:
        return cast(Grounder, make(name, GROUNDERS[name], **options))
    folder = Path(name)
    if not folder.is_dir() and not is_hub_name(name):
        raise ConfigError(
            f"no grounding model '{name}': it is none of {sorted(GROUNDERS)}, no folder, and no "
            "name on the model hub (owner/name)"
        )
    if folder.is_dir() and not (folder / CONFIG).is_file():
        return cast(Grounder, make(name, GROUNDERS["default"], **{"folder": folder, **options}))
    checkpoint = find_checkpoint(name, offline=params.model_offline)
    if checkpoint.model_type == OWN_MODEL_TYPE:
        found = {"folder": checkpoint.folder, **options}
        return cast(Grounder, make(name, GROUNDERS["default"], **found))
    entry = family_entry("grounding model", GROUNDER_FAMILIES, checkpoint)
    return cast(Grounder, make(name, entry, checkpoint, params, **options))


def family_entry(
    what: str, families: Mapping[str, ModelEntry], checkpoint: Checkpoint
) -> ModelEntry:
    """Return the entry of the family that a checkpoint belongs to.

    Args:
        what: What is wanted, for people ("grounding model").
        families: Entries by model_type.
        checkpoint: A model that was found.

    Raises:
        ConfigError: No family here can do that.
    """
    if checkpoint.model_type not in families:
        raise ConfigError(
            f"'{checkpoint.name}' is a model of type '{checkpoint.model_type}', which is no "
            f"{what} here; the families are {sorted(families)} (docs/models.md)"
        )
    return families[checkpoint.model_type]


def make(name: str, entry: ModelEntry, *args: Any, **options: Any) -> Any:
    """Return what an entry's factory makes; options that are given win over the entry's.

    Raises:
        ConfigError: A package that it needs is not installed.
    """
    module, _, factory = entry.factory.partition(":")
    try:
        create = getattr(importlib.import_module(module), factory)
    except ModuleNotFoundError as error:
        raise ConfigError(_how_to_install(name, entry, error)) from error
    return create(*args, **{**entry.options, **options})


def _how_to_install(name: str, entry: ModelEntry, error: ModuleNotFoundError) -> str:
    package = f"vla_ros[{entry.requires}]" if entry.requires else "vla_ros"
    return f"model '{name}' needs {error.name}, which is not installed: pip install '{package}'"
