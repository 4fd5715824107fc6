"""What is asked of a robot whose model is behind a network, while that is down."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vla_ros.errors import ConfigError
from vla_ros.evaluation.faults.table import fault_named
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.types import Outcome


def is_about_network(spec: RunnerSpec) -> bool:
    """Return whether a suite has faults of the network to the model's server.

    Raises:
        ConfigError: It has, but another backend than the truth is to stand behind that server.
    """
    about = [name for name in spec.suite.tasks if fault_named(name).cut is not None]
    if about and spec.backend != "oracle":
        raise ConfigError(f"behind the network of {about} is the truth: say --backend oracle")
    return bool(about)


def asked_in_vain(instruct: Callable[[str], Outcome], landmark: str, failures: int) -> str:
    """Give instructions that need eyes until the server is left alone; say what was wrong, or "".

    Args:
        instruct: Carries an instruction out.
        landmark: Something to point at.
        failures: Failed questions after which the server is to be left alone.
    """
    outcomes: list[Outcome] = []
    while len(outcomes) <= failures:
        outcomes.append(instruct(f"point at the {landmark}"))
        if outcomes[-1].success:
            return "something was found without a model"
        if "left alone" in outcomes[-1].message:
            return ""
    return f"the server was asked again and again: {_said(outcomes)}"


def _said(outcomes: Sequence[Outcome]) -> str:
    return " / ".join(outcome.message for outcome in outcomes)
