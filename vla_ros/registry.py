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

from vla_ros.backends.server_address import is_server
from vla_ros.checkpoints import CONFIG, Checkpoint, find_checkpoint, is_hub_name
from vla_ros.errors import ConfigError
from vla_ros.params import ModelParams, ServerParams
from vla_ros.perception.grounder import Encoder, Grounder, Masker
from vla_ros.vlm.dialects import DIALECTS


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


def _family(factory: str, description: str) -> ModelEntry:
    return ModelEntry(f"vla_ros.backends.{factory}", description, requires="models")


GROUNDER_FAMILIES: dict[str, ModelEntry] = {
    "owlvit": _family("owl:OwlGrounder", "OWL-ViT"),
    "owlv2": _family("owl:OwlGrounder", "OWLv2"),
    "grounding-dino": _family("grounding_dino:GroundingDinoGrounder", "Grounding DINO"),
    "mm-grounding-dino": _family("grounding_dino:GroundingDinoGrounder", "MM-Grounding-DINO"),
    "clipseg": _family("clipseg:ClipSegGrounder", "CLIPSeg: boxes with masks"),
    **{
        model_type: ModelEntry(
            "vla_ros.vlm.creation:generative_grounder", "a generative model", requires="models"
        )
        for model_type in DIALECTS
    },
}
"""Every family of grounders by the model_type in its checkpoints' config.json."""

SERVED = ModelEntry("vla_ros.vlm.creation:served_grounder", "a model behind a server")

MASKER_FAMILIES: dict[str, ModelEntry] = {
    "sam": _family("sam:SamMasker", "SAM"),
    "sam2": _family("sam:SamMasker", "SAM 2"),
    "sam2_video": _family("sam:SamMasker", "SAM 2, as its checkpoints for video call themselves"),
}
"""Families that find the pixels of the thing in a box."""

ENCODER_FAMILIES: dict[str, ModelEntry] = {
    "clip": _family("dual_encoder:DualEncoder", "CLIP"),
    "siglip": _family("dual_encoder:DualEncoder", "SigLIP, and SigLIP 2 of fixed resolution"),
    "siglip2": _family("dual_encoder:DualEncoder", "SigLIP 2 of any aspect ratio (NaFlex)"),
}
"""Families that say how well pictures and phrases fit."""

OWN_MODEL_TYPE = "tabletop_detector"


def create_grounder(
    name_or_path: str,
    params: ModelParams | None = None,
    *,
    even_score: float = 0.0,
    servers: ServerParams | None = None,
    **options: Any,
) -> Grounder:
    """Return a grounding model.

    Args:
        name_or_path: A name in GROUNDERS, a folder, a name on the model hub, or a server's address
            ("https://host/v1#model").
        params: How models of a family are loaded; ours take no more of it than the device.
        even_score: Raw score of a family's model that becomes the probability 0.5; 0 for the
            family's own. Ours are calibrated.
        servers: How a server is asked.
        **options: Passed to the model.

    Raises:
        ConfigError: The name is unknown, a package that it needs is not installed, or the hub
            cannot be reached.
        ModelError: The model's files are missing or broken.
    """
    name, params = name_or_path, params or ModelParams()
    if name in GROUNDERS:
        entry = GROUNDERS[name]
        if entry.requires == "models":
            options.setdefault("device", params.model_device)
        return cast(Grounder, make(name, entry, **options))
    if is_server(name):
        return cast(Grounder, make(name, SERVED, name, servers, **options))
    folder = Path(name)
    if not folder.is_dir() and not is_hub_name(name):
        raise ConfigError(
            f"no grounding model '{name}': it is none of {sorted(GROUNDERS)}, no folder, no name "
            "on the model hub (owner/name), and no server's address (https://host/v1#model)"
        )
    if folder.is_dir() and not (folder / CONFIG).is_file():
        return cast(Grounder, make(name, GROUNDERS["default"], **{"folder": folder, **options}))
    checkpoint = find_checkpoint(name, offline=params.model_offline)
    if checkpoint.model_type == OWN_MODEL_TYPE:
        found = {"folder": checkpoint.folder, **options}
        return cast(Grounder, make(name, GROUNDERS["default"], **found))
    entry = family_entry("grounding model", GROUNDER_FAMILIES, checkpoint)
    if even_score > 0.0:
        options["even_score"] = even_score
    return cast(Grounder, make(name, entry, checkpoint, params, **options))


def create_masker(name: str, params: ModelParams | None = None) -> Masker:
    """Return a model that finds the pixels of the thing in a box; raises as create_grounder."""
    return cast(Masker, _of_family("masking model", MASKER_FAMILIES, name, params))


def create_encoder(name: str, params: ModelParams | None = None) -> Encoder:
    """Return a model that compares pictures with phrases; raises as create_grounder."""
    return cast(Encoder, _of_family("dual encoder", ENCODER_FAMILIES, name, params))


def _of_family(
    what: str, families: Mapping[str, ModelEntry], name: str, params: ModelParams | None
) -> Any:
    params = params or ModelParams()
    checkpoint = find_checkpoint(name, offline=params.model_offline)
    return make(name, family_entry(what, families, checkpoint), checkpoint, params)


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
