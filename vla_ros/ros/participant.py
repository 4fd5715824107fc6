"""Asking the graph from the thread that spins one's own node: for commands and measurements."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from rcl_interfaces.srv import GetParameters
from rclpy.client import Client
from rclpy.node import Node, NodeNameNonExistentError

from vla_ros.errors import VlaRosError

ANSWER_S = 60.0
_AGAIN_S = 1.0
_MEETING_S = 2.0


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
    acquaint(participant, participant.node.resolve_service_name(client.srv_name))
    return result_of(participant, client.call_async(request), str(client.srv_name), limit_s)


def result_of(participant: Participant, future: Any, who: str, limit_s: float = ANSWER_S) -> Any:
    """Return what a future holds once it is done.

    Raises:
        NoAnswer: It isn't done in time [s].
    """
    if not participant.spin_until(future.done, limit_s):
        raise NoAnswer(f"{who} did not answer within {limit_s:.0f} s")
    return future.result()


def acquaint(participant: Participant, service: str) -> None:
    """Meet who offers a service if they can be met in a little time; a call has its own limit."""
    with suppress(NoAnswer):
        meet(participant, service, _MEETING_S)


def meet(participant: Participant, service: str, limit_s: float = ANSWER_S) -> None:
    """Wait until the node that offers a service knows every client that ours has made so far.

    A client sees a service before the service sees the client; an answer that the service gives in
    between is dropped after 0.1 s, and the client waits for ever. Endpoints are discovered in the
    order in which they were made. So a client of the same node is made now and asks something
    harmless, again and again until it is answered: then answers to the older clients arrive too.

    Args:
        participant: Who asks.
        service: Full name of the service, or of one of an action's.
        limit_s: Wall time to wait [s].

    Raises:
        NoAnswer: Nobody offers it, or nobody answers in time.
    """
    node, found = participant.node, ""

    def is_found() -> bool:
        nonlocal found
        found = found or _node_that_offers(node, service)
        return bool(found)

    if not participant.spin_until(is_found, limit_s):
        raise NoAnswer(f"nobody offers {service}: is that node running?")
    client = node.create_client(GetParameters, f"{found}/get_parameters")
    answered: list[Any] = []

    def ask() -> None:
        client.call_async(GetParameters.Request()).add_done_callback(answered.append)

    try:
        participant.spin_until(client.service_is_ready, limit_s)
        for _ in range(max(1, round(limit_s / _AGAIN_S))):
            ask()
            if participant.spin_until(lambda: bool(answered), _AGAIN_S):
                return
        raise NoAnswer(f"{found} did not answer within {limit_s:.0f} s")
    finally:
        node.destroy_client(client)


def _node_that_offers(node: Node, service: str) -> str:
    """Return the full name of a node that offers a service, or ''."""
    for name, namespace in node.get_node_names_and_namespaces():
        try:
            offered = node.get_service_names_and_types_by_node(name, namespace)
        except NodeNameNonExistentError:
            continue  # it has gone meanwhile
        if any(service == known for known, _ in offered):
            return f"{namespace.rstrip('/')}/{name}"
    return ""
