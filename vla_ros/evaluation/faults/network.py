"""What is asked of a robot whose model is behind a network, while that is down."""

from __future__ import annotations

import time
from collections.abc import Callable

from vla_ros.errors import ConfigError
from vla_ros.evaluation.faults.table import fault_named
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.params import ServerParams
from vla_ros.types import Outcome

_SOON = 0.5


def is_about_network(spec: RunnerSpec) -> bool:
    """Return whether a suite has faults of the network to the model's server.

    Raises:
        ConfigError: It has, but another backend than the truth is to stand behind that server.
    """
    about = [name for name in spec.suite.tasks if fault_named(name).cut is not None]
    if about and spec.backend != "oracle":
        raise ConfigError(f"behind the network of {about} is the truth: say --backend oracle")
    return bool(about)


def asked_in_vain(
    instruct: Callable[[str], Outcome],
    landmark: str,
    servers: ServerParams,
    clock_s: Callable[[], float] = time.monotonic,
) -> str:
    """Give instructions that need eyes until the server is left alone; say what was wrong, or "".

    Args:
        instruct: Carries an instruction out.
        landmark: Something to point at.
        servers: After how many failed questions the server is to be left alone, and how long.
        clock_s: A steady clock [s]: on a machine so busy that the server may be asked again by the
            time that the next instruction needs it, nothing can be said.
    """
    failed_s = float("-inf")
    for failed in range(servers.server_failures + 1):
        soon = clock_s() - failed_s < _SOON * servers.server_pause_s
        outcome = instruct(f"point at the {landmark}")
        if outcome.success:
            return "something was found without a model"
        if "left alone" in outcome.message:
            return ""
        if soon and failed >= servers.server_failures:
            return f"the server was asked once more: {outcome.message}"
        failed_s = clock_s()
    return ""
