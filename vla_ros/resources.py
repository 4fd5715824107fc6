"""Where the package's files lie: an ament install, a source checkout, or a pip install."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from vla_ros.errors import ConfigError

PACKAGE = "vla_ros"


@cache
def share_dir() -> Path:
    """Return the folder that holds launch/, config/ and models/.

    A source checkout (also one that pip installed with -e) wins over what an ament index says, so
    that the code and its files are always of one version.

    Raises:
        ConfigError: None of the known places holds them.
    """
    checkout, pip_share = Path(__file__).parents[1], Path(sys.prefix) / "share" / PACKAGE
    candidates = [checkout, *_ament_shares(), pip_share]
    for candidate in candidates:
        if (candidate / "config" / "robots").is_dir():
            return candidate
    raise ConfigError(
        f"config/ and models/ of {PACKAGE} are in none of {[str(c) for c in candidates]}: "
        "install the package again"
    )


def config_dir() -> Path:
    """Return the folder of parameter files."""
    return share_dir() / "config"


def models_dir() -> Path:
    """Return the folder of the arm, the worlds and the default weights."""
    return share_dir() / "models"


def robot_urdf(robot_description: str) -> str:
    """Return the URDF that a robot's parameter names: a path, or one relative to models/.

    Raises:
        ConfigError: None is named, there is no such file, or it is no text.
    """
    if not robot_description:
        raise ConfigError(
            "robot_description: no URDF file is said; the embedded simulator holds this project's "
            "own arm, --robot default"
        )
    path = Path(robot_description).expanduser()
    path = path if path.is_absolute() else models_dir() / path
    if not path.is_file():
        raise ConfigError(f"robot_description: there is no file {path}")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"robot_description: {path} cannot be read: {error}") from error


def _ament_shares() -> list[Path]:
    try:
        from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
    except ImportError:
        return []
    try:
        return [Path(get_package_share_directory(PACKAGE))]
    except (PackageNotFoundError, OSError):  # OSError: no ROS 2 environment is sourced
        return []
