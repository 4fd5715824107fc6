"""Where a model's files are: a folder on this machine, or a repository on the model hub.

A hub name is `owner/name`, or `owner/name@revision` for a branch, tag or commit. Only JSON, text,
tokenizer and safetensors files are ever fetched: nothing that could run code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from vla_ros.errors import ConfigError, ModelError

CONFIG = "config.json"
MAX_CONFIG_BYTES = 4_000_000
FETCHED = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors")
"""Kinds of file that are fetched, from the top folder of a repository."""

_HUB_NAME = re.compile(r"(?P<repository>\w[\w.-]*/\w[\w.-]*)(@(?P<revision>\w[\w./-]*))?", re.ASCII)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model that was found.

    Attributes:
        name: As it was asked for.
        config: Its config.json.
        folder: Where config.json lies; for a hub name, that may yet be its only file.
        repository: The hub's name for it; empty for a folder.
        revision: The commit on the hub; empty for a folder.
    """

    name: str
    config: Mapping[str, Any]
    folder: Path
    repository: str = ""
    revision: str = ""

    @property
    def model_type(self) -> str:
        """The family, as transformers names it ("owlv2")."""
        return str(self.config.get("model_type", ""))


def is_hub_name(name: str) -> bool:
    """Whether a name has the form `owner/name` or `owner/name@revision`."""
    return _HUB_NAME.fullmatch(name) is not None


def find_checkpoint(name: str, *, offline: bool = False) -> Checkpoint:
    """Return a model by its folder or its name on the hub; a folder of that name wins.

    Args:
        name: A folder, `owner/name` or `owner/name@revision`.
        offline: Whether to look only at what was downloaded before.

    Raises:
        ConfigError: The name is neither, or the hub has no such model or cannot be reached.
        ModelError: Its config.json is missing or broken.
    """
    if Path(name).is_dir():
        return Checkpoint(name, _read_config(Path(name) / CONFIG), Path(name))
    match = _HUB_NAME.fullmatch(name)
    if match is None:
        raise ConfigError(f"model '{name}' is neither a folder nor a name on the hub (owner/name)")
    repository, revision = match["repository"], match["revision"]

    def fetch() -> str:
        from huggingface_hub import hf_hub_download

        return str(hf_hub_download(repository, CONFIG, revision=revision, local_files_only=offline))

    path = Path(_from_hub(name, fetch))
    return Checkpoint(name, _read_config(path), path.parent, repository, path.parent.name)


def complete_folder(checkpoint: Checkpoint, *, offline: bool = False) -> Path:
    """Return the folder that holds all of a model's files, fetching what is missing.

    Raises:
        ConfigError: The hub cannot be reached.
        ModelError: There are no weights as safetensors.
    """
    folder = checkpoint.folder
    if checkpoint.repository:

        def fetch() -> str:
            from huggingface_hub import snapshot_download

            return str(
                snapshot_download(
                    checkpoint.repository,
                    revision=checkpoint.revision,
                    allow_patterns=list(FETCHED),
                    ignore_patterns=["*/*"],
                    local_files_only=offline,
                )
            )

        folder = Path(_from_hub(checkpoint.name, fetch))
    if not any(folder.glob("*.safetensors")):
        raise ModelError(
            f"model '{checkpoint.name}' has no weights as safetensors in {folder}; other formats "
            "can run code while they are read, so they are not: use a revision that has them"
        )
    return folder


def _read_config(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise ModelError(f"{path} is larger than {MAX_CONFIG_BYTES} bytes")
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise ModelError(f"{path} is no model's configuration: it holds no JSON object")
    return config


def _from_hub(name: str, fetch: Callable[[], _Result]) -> _Result:
    """Call the hub; its many errors become one that says what to do."""
    try:
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"model '{name}' is fetched from the hub with huggingface_hub, which is not installed: "
            "pip install 'vla_ros[models]'"
        ) from error
    try:
        return fetch()
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise ConfigError(
            f"model '{name}' is no folder here and cannot be had from the hub: "
            f"{str(error).rstrip('. ')}. Check the name and the network, log in where its licence "
            "asks for it (`hf auth login`), or copy the model's folder to this machine and give "
            "its path"
        ) from error
