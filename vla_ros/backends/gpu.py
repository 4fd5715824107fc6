"""Whether torch really computes on a GPU here."""

from __future__ import annotations

from vla_ros.errors import ModelError


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
    try:
        ones = torch.ones(256, 256, device="cuda")
        total = float((ones @ ones).sum())
    except RuntimeError as error:
        raise ModelError(f"torch sees a GPU but cannot compute on it: {error}") from error
    if total != 256.0**3:
        raise ModelError(f"the GPU computes wrongly: {total} in place of {256.0**3}")
    return f"{torch.cuda.get_device_name()}, torch {torch.__version__}"
