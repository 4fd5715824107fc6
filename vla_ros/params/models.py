"""How neural models are loaded; the same words for every model of a node."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.params.checked import CheckedParams, param


@dataclass(frozen=True)
class ModelParams(CheckedParams):
    """How models that run on torch are loaded."""

    model_device: str = param(
        "where torch models run: auto (the GPU if there is one, else the CPU), cpu, cuda, cuda:1; "
        "with cuda a missing GPU is an error, never the CPU in its place",
        live=False,
        default="auto",
    )
    model_dtype: str = param(
        "number format of their weights; auto is the checkpoint's own on a GPU, float32 on a CPU",
        choices=("auto", "float32", "float16", "bfloat16"),
        live=False,
        default="auto",
    )
    model_attention: str = param(
        "implementation of attention; auto is the best that transformers finds for the model",
        choices=("auto", "eager", "sdpa", "flash_attention_2"),
        live=False,
        default="auto",
    )
    model_compile: bool = param(
        "compile them with torch.compile: a slow start, then faster looks",
        live=False,
        default=False,
    )
    model_offline: bool = param(
        "never ask the model hub: use only folders and what was downloaded before",
        live=False,
        default=False,
    )
