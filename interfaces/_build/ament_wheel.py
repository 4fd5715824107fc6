"""PEP 517 backend: builds ament_cmake interface packages against ROS wheels into one wheel.

pip brings cmake, ninja and the ROS message generators into an isolated environment; the packages
are installed one after another into a staging prefix, and what is needed to run (Python modules,
shared libraries, the ament index) is packed.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (  # in the order in which they need one another
    ROOT / "upstream" / "tf2_msgs",
    ROOT / "upstream" / "vision_msgs",
    ROOT / "upstream" / "control_msgs",
    ROOT / "vla_ros_interfaces",
)
NAME = "vla_ros_interfaces"
# The libraries are linked against exactly these.
RUNTIME_REQUIRES = (
    "ros-jazzy-rclpy==7.1.6",
    "ros-jazzy-common-interfaces==5.3.6",
    "ros-jazzy-rmw-fastrtps-cpp==8.4.3",
    "ros-action-msgs==2.0.3",
)
# What only further builds would need.
LEFT_OUT = re.compile(
    r"(^include/)|(/(cmake|environment|hook)/)|local_setup|parent_prefix_path|\.egg-info/|__pycache__|\.c$|\.dsv$"
)


class BuildError(SystemExit):
    """Ends the build with one clear line."""


def _version() -> str:
    package = ElementTree.parse(ROOT / NAME / "package.xml")
    return str(package.findtext("version"))


def _tag() -> str:
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    return f"{python}-{python}-linux_{platform.machine()}"


def _dist_info() -> str:
    return f"{NAME}-{_version()}.dist-info"


def _metadata() -> str:
    lines = [
        "Metadata-Version: 2.1",
        "Name: vla-ros-interfaces",
        f"Version: {_version()}",
        "Summary: Messages, services and actions of vla_ros without a ROS 2 install",
        "License: Apache-2.0",
        "Requires-Python: >=3.10,<3.13",
        *(f"Requires-Dist: {requirement}" for requirement in RUNTIME_REQUIRES),
    ]
    return "\n".join(lines) + "\n"


def _wheel_file() -> str:
    return (
        f"Wheel-Version: 1.0\nGenerator: ament_wheel\nRoot-Is-Purelib: false\nTag: {_tag()}\n"
    )


def _check_machine() -> None:
    """Say what is missing before pip's output drowns it."""
    if sys.platform != "linux":
        raise BuildError(f"the ROS wheels are for Linux; this is {sys.platform}")
    if shutil.which("c++") is None and "CXX" not in os.environ:
        raise BuildError("no C++ compiler found: apt-get install g++")
    for prefix in filter(None, os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)):
        if (Path(prefix) / "share" / "vision_msgs").is_dir():
            raise BuildError(
                f"a ROS 2 install is sourced ({prefix}): build with colcon instead, "
                "`colcon build --base-paths . interfaces`"
            )


def _ros_prefix() -> Path:
    """Return where the ROS wheels put lib/ and share/."""
    spec = importlib.util.find_spec("rosidl_generator_py")
    if spec is None or spec.origin is None:
        raise BuildError("the ROS message generators are not installed in the build environment")
    return Path(spec.origin).parents[4]


def _localize_cmake(prefix: Path) -> None:
    """Point the wheels' CMake files, which name the paths of their build machine, to this one."""
    import numpy

    local = (
        (r"/opt/python/[^/;\"]+/include/python[0-9.]+", sysconfig.get_path("include")),
        (
            r"/opt/python/[^/;\"]+/lib/python[0-9.]+/site-packages/numpy/_core/include",
            numpy.get_include(),
        ),
    )
    for file in prefix.glob("share/*/cmake/*.cmake"):
        before = file.read_text()
        after = before
        for pattern, path in local:
            after = re.sub(pattern, path, after)
        if after != before:
            file.write_text(after)


def _run(command: list[str], environment: dict[str, str], log: Path) -> None:
    with log.open("a") as output:
        done = subprocess.run(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode != 0:
        tail = "\n".join(log.read_text().splitlines()[-40:])
        raise BuildError(f"{tail}\n{' '.join(command)} ended with {done.returncode}")


def _build_packages(work: Path) -> Path:
    """Build and install every package; return the staging prefix."""
    ros = _ros_prefix()
    _localize_cmake(ros)
    stage = work / "stage"
    path = f"{stage}{os.pathsep}{ros}"
    environment = dict(os.environ, AMENT_PREFIX_PATH=path, CMAKE_PREFIX_PATH=path)
    environment.setdefault("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count() or 1))
    for number, package in enumerate(PACKAGES, start=1):
        print(f"[{number}/{len(PACKAGES)}] {package.name}", flush=True)
        build = work / package.name
        log = work / f"{package.name}.log"
        configure = [
            "cmake", "-G", "Ninja", "-S", str(package), "-B", str(build),
            "-DCMAKE_BUILD_TYPE=MinSizeRel", "-DBUILD_TESTING=OFF",
            f"-DCMAKE_INSTALL_PREFIX={stage}", f"-DPython3_EXECUTABLE={sys.executable}",
            "-DCMAKE_INSTALL_MESSAGE=NEVER",
        ]  # fmt: skip
        _run(configure, environment, log)
        _run(["cmake", "--build", str(build), "--target", "install"], environment, log)
    return stage


def _packed_name(relative: str) -> str:
    """Return a staged file's place in the wheel: modules at the root, the rest as prefix files."""
    modules = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages/"
    if relative.startswith(modules):
        return relative[len(modules) :]
    return f"{NAME}-{_version()}.data/data/{relative}"


def _pack(stage: Path, wheel: Path) -> None:
    record: list[str] = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, content: bytes) -> None:
            archive.writestr(name, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record.append(f"{name},sha256={digest.decode()},{len(content)}")

        for file in sorted(stage.rglob("*")):
            relative = file.relative_to(stage).as_posix()
            if file.is_file() and not LEFT_OUT.search(relative):
                add(_packed_name(relative), file.read_bytes())
        add(f"{_dist_info()}/METADATA", _metadata().encode())
        add(f"{_dist_info()}/WHEEL", _wheel_file().encode())
        record.append(f"{_dist_info()}/RECORD,,")
        archive.writestr(f"{_dist_info()}/RECORD", "\n".join(record) + "\n")


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: object = None
) -> str:
    """Write the metadata without building (PEP 517); without this pip would build twice."""
    folder = Path(metadata_directory) / _dist_info()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "METADATA").write_text(_metadata())
    (folder / "WHEEL").write_text(_wheel_file())
    return folder.name


def build_wheel(
    wheel_directory: str, config_settings: object = None, metadata_directory: str | None = None
) -> str:
    """Build every package and pack the wheel (PEP 517); return its file name."""
    _check_machine()
    name = f"{NAME}-{_version()}-{_tag()}.whl"
    with tempfile.TemporaryDirectory() as work:
        stage = _build_packages(Path(work))
        _pack(stage, Path(wheel_directory) / name)
    return name


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    """Pack the sources (PEP 517); return the archive's file name."""
    stem = f"{NAME}-{_version()}"
    with tarfile.open(Path(sdist_directory) / f"{stem}.tar.gz", "w:gz") as archive:
        for item in ("pyproject.toml", "_build", "upstream", NAME):
            archive.add(
                ROOT / item,
                arcname=f"{stem}/{item}",
                filter=lambda entry: None if "__pycache__" in entry.name else entry,
            )
        entry = tarfile.TarInfo(f"{stem}/PKG-INFO")
        entry.size = len(_metadata().encode())
        archive.addfile(entry, io.BytesIO(_metadata().encode()))
    return f"{stem}.tar.gz"
