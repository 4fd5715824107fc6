"""The parameters of every node as Markdown, from the dataclasses that declare them.

Run `python -m vla_ros.parameter_tables > docs/parameters.md` after a change; a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, get_type_hints

from vla_ros.params import (
    CheckedParams,
    GroundingParams,
    ModelParams,
    PerceptionParams,
    PipelineParams,
    RecognizerParams,
    RobotParams,
    SafetyParams,
    ServerParams,
    SimParams,
    SkillParams,
    SpeechParams,
    TaskParams,
)

NODE_PARAMS: Mapping[str, tuple[type[CheckedParams], ...]] = {
    "mujoco_sim": (SimParams, RobotParams),
    "safety": (SafetyParams, RobotParams),
    "grounding": (
        GroundingParams,
        ModelParams,
        ServerParams,
        PerceptionParams,
        PipelineParams,
        RobotParams,
    ),
    "task": (TaskParams, ModelParams, ServerParams, PipelineParams, SkillParams, RobotParams),
    "speech": (SpeechParams, RecognizerParams, ModelParams, ServerParams),
}
"""The dataclasses whose fields each node has as parameters, by node name."""

_TYPE_WORDS: Mapping[Any, str] = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "text",
    tuple[float, ...]: "floats",
    tuple[str, ...]: "texts",
}


def markdown() -> str:
    """Return the whole page."""
    parts = [
        "# Parameters",
        "Made by `python -m vla_ros.parameter_tables > docs/parameters.md`; held true by a test.",
        "A value without default must come from the robot's file (`config/robots/`). *Live* ones "
        "can be changed while the node runs, with `ros2 param set`; all or none of a request's "
        "changes are taken. Pass your own values as `params_file:=my.yaml`.",
    ]
    for kind in _in_order():
        nodes = ", ".join(f"`{node}`" for node, kinds in NODE_PARAMS.items() if kind in kinds)
        summary = (kind.__doc__ or "").strip().splitlines()[0]
        parts += [f"## {kind.__name__}", f"{summary} Nodes: {nodes}.", _table(kind)]
    return "\n\n".join(parts) + "\n"


def _in_order() -> list[type[CheckedParams]]:
    return list(dict.fromkeys(kind for kinds in NODE_PARAMS.values() for kind in kinds))


def _table(kind: type[CheckedParams]) -> str:
    hints = get_type_hints(kind)
    rows = ["| name | type | default | range | live | what |", "|---|---|---|---|---|---|"]
    rows += [_row(spec, hints[spec.name]) for spec in fields(kind)]
    return "\n".join(rows)


def _row(spec: Field[Any], hint: Any) -> str:
    default = "" if spec.default is MISSING else f"`{_written(spec.default)}`"
    live = "yes" if spec.metadata["live"] else "no"
    what = spec.metadata["description"].replace("|", "\\|")
    cells = (f"`{spec.name}`", _TYPE_WORDS[hint], default, _range(spec), live, what)
    return "| " + " | ".join(cells) + " |"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_written(item) for item in value) + "]"
    return f"'{value}'" if value == "" else str(value)


def _range(spec: Field[Any]) -> str:
    details = spec.metadata
    if details["choices"]:
        return ", ".join(f"`{choice}`" for choice in details["choices"])
    low, high = details["low"], details["high"]
    bounds = (
        f"{low} to {high}" if low is not None and high is not None
        else f">= {low}" if low is not None
        else f"<= {high}" if high is not None
        else ""
    )  # fmt: skip
    return " ".join(filter(None, (bounds, details["unit"])))


if __name__ == "__main__":
    print(markdown(), end="")
