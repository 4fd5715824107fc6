"""Asking the graph from the thread that spins one's own node: for commands and measurements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from rclpy.client import Client
from rclpy.node import Node

from vla_ros.errors import VlaRosError
from vla_ros.ros.asked import Asked

ANSWER_S = 60.0


class NoAnswer(VlaRosError):
    """Nobody offers a service or action, or nobody answers."""


class Participant(Protocol):
    """A node that is spun only inside `spin_until`, so that its callbacks never race its caller.

    Attributes:
        node: The node.
    """

    node: Node

    def spin_until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Spin until a condition holds; return whether it does within some wall time [s]."""
        ...


def call(participant: Participant, client: Client, request: Any, limit_s: float = ANSWER_S) -> Any:
    """Return a service's answer.

    Raises:
        NoAnswer: Nobody offers it, or nobody answers in time [s].
    """
    if not participant.spin_until(client.service_is_ready, limit_s):
        raise NoAnswer(f"nobody offers {client.srv_name}: is that node running?")
    asked = Asked.of(participant.node, client, request)
    return result_of(participant, asked, str(client.srv_name), limit_s)


def result_of(participant: Participant, future: Any, who: str, limit_s: float = ANSWER_S) -> Any:
    """Return what a future holds once it is done.

    Raises:
        NoAnswer: It isn't done in time [s].
    """
    if not participant.spin_until(future.done, limit_s):
        raise NoAnswer(f"{who} did not answer within {limit_s:.0f} s")
    return future.result()
