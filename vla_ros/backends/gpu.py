"""Which device torch computes on: asked for, proved by computing on it, and reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vla_ros.errors import ModelError

if TYPE_CHECKING:
    import torch


def describe_gpu() -> str:
    """Return the name of the GPU that torch computed on just now.

    Raises:
        ModelError: torch is missing, sees no GPU, or fails to compute on it.
    """
    try:
        import torch
    except ImportError as error:
        raise ModelError("torch is not installed: pip install 'vla_ros[models]'") from error
    if not torch.cuda.is_available():
        raise ModelError(f"torch {torch.__version__} sees no GPU")
    _compute_on(torch.device("cuda"))
    return f"{torch.cuda.get_device_name()}, torch {torch.__version__}"


def torch_device(name: str) -> torch.device:
    """Return the device of a name, after computing on it.

    Args:
        name: "cpu", "cuda", "cuda:1" or another of torch's; "auto" is the GPU if torch sees one,
            else the CPU.

    Raises:
        ModelError: It is not there or does not compute; nothing else is taken in its place.
    """
    import torch

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ModelError(f"model_device: torch has no device '{name}': {error}") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ModelError(
            f"model_device is '{name}' but torch {torch.__version__} sees no GPU: install the "
            "build of torch for your driver (pytorch.org), or set model_device to cpu"
        )
    _compute_on(device)
    return device


def describe_placement(model: torch.nn.Module) -> str:
    """Return where a model's weights are, in which format, and how much memory they take.

    Raises:
        ModelError: They lie on several devices.
    """
    import torch

    weights = [*model.parameters(), *model.buffers()]
    devices = {weight.device for weight in weights}
    if len(devices) != 1:
        raise ModelError(f"the model lies on several devices: {sorted(map(str, devices))}")
    (device,) = devices
    dtypes = {str(weight.dtype).removeprefix("torch.") for weight in model.parameters()}
    size_mib = sum(weight.numel() * weight.element_size() for weight in weights) / 2**20
    where = str(device)
    if device.type == "cuda":
        where += f" ({torch.cuda.get_device_name(device)})"
    return f"on {where}, {'/'.join(sorted(dtypes))}, {size_mib:.0f} MiB of weights"


def _compute_on(device: torch.device) -> None:
    import torch

    try:
        ones = torch.ones(256, 256, device=device)
        total = float((ones @ ones).sum())
    except (RuntimeError, AssertionError) as error:  # AssertionError: a build without that device
        raise ModelError(f"torch cannot compute on {device}: {error}") from error
    if total != 256.0**3:
        raise ModelError(f"{device} computes wrongly: {total} in place of {256.0**3}")
