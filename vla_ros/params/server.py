"""Models that run on another machine, behind an OpenAI-compatible server."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.params.checked import CheckedParams, param


@dataclass(frozen=True)
class ServerParams(CheckedParams):
    """How a model server is asked; the server itself is named where the model is."""

    server_timeout_s: float = param(
        "time that one question to a model server may take, all attempts together",
        unit="s",
        low=0.1,
        high=300.0,
        live=False,
        default=15.0,
    )
    server_retries: int = param(
        "attempts after the first, where a server is busy or not reached",
        low=0,
        high=10,
        live=False,
        default=2,
    )
    server_backoff_s: float = param(
        "pause before the first of them; each further pause is twice as long",
        unit="s",
        low=0.01,
        high=30.0,
        live=False,
        default=0.5,
    )
    server_failures: int = param(
        "questions that must fail one after the other before the server is left alone",
        low=1,
        high=100,
        live=False,
        default=3,
    )
    server_pause_s: float = param(
        "how long it is then left alone; questions fail at once meanwhile",
        unit="s",
        low=0.1,
        high=3600.0,
        live=False,
        default=20.0,
    )
    server_key_variable: str = param(
        "environment variable that holds the server's key; the key itself is no parameter",
        live=False,
        default="VLA_ROS_SERVER_KEY",
    )
