"""How instructions are run."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.params.checked import CheckedParams, param


@dataclass(frozen=True)
class TaskParams(CheckedParams):
    """The node that carries instructions out."""

    parser_model: str = param(
        "who understands instructions: rules, or rules with a generative model behind them for "
        "what they cannot read; named like grounder_model",
        live=False,
        default="rules",
    )
    arm_on_instruction: bool = param(
        "whether an instruction may arm a gate that was never armed or was disarmed; after a stop "
        "it always may. On a real robot a person arms: call the service safety/arm",
        default=False,
    )
    command_rate_hz: float = param(
        "requests to the gate a second", unit="Hz", low=10.0, high=200.0, live=False, default=50.0
    )
    look_timeout_s: float = param(
        "time a look may take before the camera or the model is given up",
        unit="s",
        low=0.5,
        high=600.0,
        default=20.0,
    )
    joint_states_timeout_s: float = param(
        "time without joint states after which an instruction ends",
        unit="s",
        low=0.05,
        high=10.0,
        default=0.5,
    )
    max_instruction_length: int = param(
        "longer instructions are refused unread", low=10, high=100000, default=2000
    )
    record_file: str = param(
        "file that gets one line of JSON for each instruction; '' for none", default=""
    )
