"""What of this machine the graph depends on: ROS, shared memory, rendering, models, GPU."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from vla_ros.errors import VlaRosError
from vla_ros.params.safety import SafetyParams
from vla_ros.resources import models_dir
from vla_ros.ros.findings import Finding, fault, note, ok
from vla_ros.ros.real_time import REMEDY, may_take_precedence

LEAST_SHARED_MEMORY_BYTES = 256 * 1024**2
PROFILE_VARIABLE = "FASTRTPS_DEFAULT_PROFILES_FILE"


def check_machine() -> Iterator[Finding]:
    """Look at everything that needs no running graph."""
    yield check_ros()
    yield check_interfaces()
    yield check_dds_profile(os.environ)
    yield check_shared_memory()
    yield check_real_time()
    yield check_rendering()
    yield check_detector()
    yield from check_gpu()


def check_ros() -> Finding:
    """Which ROS 2 is used."""
    from rclpy.utilities import get_rmw_implementation_identifier

    distribution = os.environ.get("ROS_DISTRO", "")
    kind = distribution or "PyPI wheels"
    found = f"{kind}, {get_rmw_implementation_identifier()}, Python {platform.python_version()}"
    return ok("ROS 2", found)


def check_interfaces() -> Finding:
    """Whether our messages and those we need are there."""
    missing = []
    for name in ("vla_ros_interfaces.action", "vision_msgs.msg", "control_msgs.action"):
        try:
            __import__(name)
        except ImportError as error:
            missing.append(f"{name} ({error})")
    if missing:
        remedy = "run 'make install', or on a ROS 2 install rosdep and colcon as the README says"
        return fault("interfaces", "missing: " + ", ".join(missing), remedy)
    return ok("interfaces", "vla_ros_interfaces, vision_msgs, control_msgs")


def check_dds_profile(environment: os._Environ[str] | dict[str, str]) -> Finding:
    """Whether Fast DDS has room for whole pictures."""
    what = "DDS profile"
    implementation = environment.get("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp")
    if "fastrtps" not in implementation:
        return note(what, f"not needed with {implementation}", "check the rate of your pictures")
    path = environment.get(PROFILE_VARIABLE, "")
    if not path:
        remedy = (
            f"the launch files and `vla-ros demo` set it; elsewhere export {PROFILE_VARIABLE}="
            "<share/vla_ros>/config/fastdds.xml, or pictures get lost between processes"
        )
        return note(what, f"{PROFILE_VARIABLE} is not set in this shell", remedy)
    if not Path(path).is_file():
        return fault(what, f"{path} does not exist", f"correct {PROFILE_VARIABLE}")
    return ok(what, path)


def check_shared_memory() -> Finding:
    """Whether pictures can pass through shared memory."""
    folder = Path("/dev/shm")
    if not folder.is_dir():
        return note("shared memory", "no /dev/shm", "in a container: mount one, --shm-size=1g")
    free = shutil.disk_usage(folder).free
    if free < LEAST_SHARED_MEMORY_BYTES:
        remedy = "in a container: --shm-size=1g; else remove stale /dev/shm/fastrtps_* files"
        return fault("shared memory", f"{free / 1024**2:.0f} MiB free", remedy)
    return ok("shared memory", f"{free / 1024**3:.1f} GiB free")


def check_real_time() -> Finding:
    """Whether the gate's ticks can go before other work."""
    refused = may_take_precedence(SafetyParams.realtime_priority)
    if refused is not None:
        return note("real-time priority", refused, REMEDY)
    return ok("real-time priority", "granted: on a real robot the gate's ticks go first")


def check_rendering() -> Finding:
    """Whether the embedded simulator can draw without a display."""
    os.environ.setdefault("MUJOCO_GL", "egl")
    remedy = "apt-get install libegl1 libgl1-mesa-dri libopengl0, or pip install 'vla_ros[sim]'"
    try:
        import mujoco

        context = mujoco.GLContext(32, 32)
        context.free()
    except (ImportError, AttributeError, RuntimeError, OSError) as error:
        return fault("off-screen rendering", f"{type(error).__name__}: {error}", remedy)
    return ok("off-screen rendering", f"MuJoCo {mujoco.__version__}, {os.environ['MUJOCO_GL']}")


def check_detector() -> Finding:
    """Whether the default grounding model loads and answers."""
    import numpy as np

    from vla_ros.registry import create_grounder
    from vla_ros.types import CameraFrame

    gray = np.full((240, 320, 3), 127, np.uint8)
    try:
        frame = CameraFrame(gray, None, np.eye(3), "camera", 0)
        found = create_grounder("default").ground(frame, ["red cube"])
    except VlaRosError as error:
        return fault("default detector", str(error), "get the weights in models/ again")
    if found:
        return fault("default detector", "it sees a cube in a grey picture", "get models/ again")
    return ok("default detector", str(models_dir() / "tabletop_detector"))


def check_gpu() -> Iterator[Finding]:
    """Whether a GPU is there, and whether what is installed would use it."""
    import onnxruntime

    providers = onnxruntime.get_available_providers()
    has_driver = shutil.which("nvidia-smi") is not None
    if "CUDAExecutionProvider" in providers:
        yield ok("GPU for the default detector", "ONNX Runtime with CUDA")
    elif has_driver:
        remedy = "pip install onnxruntime-gpu in place of onnxruntime; the CPU is enough for it"
        yield note("GPU for the default detector", "ONNX Runtime without CUDA", remedy)
    else:
        yield ok("GPU for the default detector", "none; it runs on the CPU")
    if has_driver:
        yield _torch_gpu()


def _torch_gpu() -> Finding:
    from vla_ros.backends.gpu import describe_gpu

    what = "GPU for torch models"
    try:
        return ok(what, describe_gpu())
    except VlaRosError as error:
        return fault(what, str(error), "install the build of torch for your driver: pytorch.org")
