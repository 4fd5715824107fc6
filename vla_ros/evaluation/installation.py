"""What is installed on a machine, as far as it decides results."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import vla_ros
from vla_ros.errors import ConfigError
from vla_ros.resources import config_dir, models_dir

_PACKAGES = ("mujoco", "numpy", "onnxruntime", "mink")


def installation() -> dict[str, str]:
    """Return versions by name: this package's code, parameters and weights, and what it uses."""
    return {
        "vla_ros": f"{vla_ros.__version__} (files {_fingerprint()})",
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: _version(name) for name in _PACKAGES},
    }


def require_same(here: Mapping[str, str], there: Mapping[str, str], machine: str) -> None:
    """Check that another machine would give the same results.

    Args:
        here: What is installed on this machine.
        there: What is installed on the other one.
        machine: The other one's name.

    Raises:
        ConfigError: Something differs; it names both versions.
    """
    differing = [
        f"{name} {there.get(name, 'missing')} there and {here.get(name, 'missing')} here"
        for name in sorted(here.keys() | there.keys())
        if here.get(name) != there.get(name)
    ]
    if differing:
        raise ConfigError(
            f"machine {machine} would give other results than this one: {'; '.join(differing)}. "
            "Install the same on both"
        )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _fingerprint() -> str:
    """Return a hash of the names and contents of the package's code, parameters and models."""
    total = hashlib.sha256()
    for name, path in _files():
        total.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:12]


def _files() -> Iterator[tuple[str, Path]]:
    code = Path(vla_ros.__file__).parent
    for folder, pattern in ((code, "*.py"), (config_dir(), "*"), (models_dir(), "*")):
        for path in sorted(folder.rglob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{folder.name}/{path.relative_to(folder).as_posix()}", path
