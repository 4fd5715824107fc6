"""Lets an answer wait until whoever asked can hear it.

A client has two ends: one that asks and one that hears answers. A server learns of each by a
datagram of its own; one that is lost, or late on a busy machine, is repeated after 0.1 to 1 s
(Fast DDS's discovery: `edp_nack_response_delay`, `edp_heartbeat_period`). Meanwhile questions come
in, and nobody is known who hears their answers. rmw_fastrtps then waits for 0.1 s, in which rclpy
holds Python's global lock, drops the answer, and the client waits for ever.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from rclpy.node import Node

from vla_ros.ros.service_ends import asking, hearing

_LIMIT_S = 10.0
_POLL_S = 0.01
_OF_AN_ACTION = ("send_goal", "cancel_goal", "get_result")


class Askers:
    """Those who ask services of one node; what is known of them comes from the ROS graph."""

    def __init__(self, node: Node) -> None:
        """Take the node that offers the services."""
        self._node = node
        self._settled: dict[str, dict[bytes, int]] = {}

    def wait(self, services: Sequence[str]) -> bool:
        """Wait until all who ask can hear the answers; return whether they can.

        Whoever still can't after 10 s is not waited for again.

        Args:
            services: Full names.
        """
        deadline = time.monotonic() + _LIMIT_S
        pause = threading.Event()
        for service in services:
            while deaf := self._deaf(service):
                if time.monotonic() > deadline:
                    self._settled[service].update(deaf)
                    return False
                pause.wait(_POLL_S)
        return True

    def _deaf(self, service: str) -> dict[bytes, int]:
        """Return the participants with clients that can't hear yet, and how many clients each has.

        One that could hear with as many clients before is leaving: it waits for no answer.
        """
        asks, hears = asking(self._node, service), hearing(self._node, service)
        before = self._settled.get(service, {})
        settled = {one: max(before.get(one, 0), min(asks[one], hears[one])) for one in asks}
        self._settled[service] = settled
        return {one: number for one, number in asks.items() if settled[one] < number}


def answer_whom_can_hear(node: Node) -> None:
    """Let each service that a node has by now answer only once who asks can hear it.

    What a service does it does at once; only its answer waits.
    """
    askers = Askers(node)
    for service in node.services:
        name = node.resolve_service_name(service.srv_name)
        service.callback = _then_wait(service.callback, askers, name)


def once_heard(node: Node, action: str, judge: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a goal callback that judges once who sends goals can hear of them and their results.

    Args:
        node: Offers the action.
        action: Its name.
        judge: The goal callback.
    """
    askers = Askers(node)
    full = node.resolve_service_name(action)
    services = [f"{full}/_action/{part}" for part in _OF_AN_ACTION]

    def judge_once_heard(goal: Any) -> Any:
        askers.wait(services)
        return judge(goal)

    return judge_once_heard


def _then_wait(
    serve: Callable[[Any, Any], Any], askers: Askers, name: str
) -> Callable[[Any, Any], Any]:
    def serve_then_wait(request: Any, response: Any) -> Any:
        answer = serve(request, response)
        askers.wait([name])
        return answer

    return serve_then_wait
