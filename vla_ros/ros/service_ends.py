"""Which participants of the ROS graph have which end of a service: who asks, hears, offers.

Names of topics as DDS implementations of ROS 2 give them; with another middleware nobody is found.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from rclpy.node import Node

_REQUEST, _REPLY = "rq{}Request", "rr{}Reply"
_PARTICIPANT_BYTES = 12


def asking(node: Node, service: str) -> Counter[bytes]:
    """Return how many clients each participant asks a service with, by its full name."""
    return _count(node.get_publishers_info_by_topic(_REQUEST.format(service), no_mangle=True))


def hearing(node: Node, service: str) -> Counter[bytes]:
    """Return how many clients of each participant can hear a service's answers."""
    return _count(node.get_subscriptions_info_by_topic(_REPLY.format(service), no_mangle=True))


def offering(node: Node, service: str) -> frozenset[bytes]:
    """Return the participants that offer a service, dead ones included that nobody misses yet."""
    takes = node.get_subscriptions_info_by_topic(_REQUEST.format(service), no_mangle=True)
    answers = node.get_publishers_info_by_topic(_REPLY.format(service), no_mangle=True)
    return frozenset(_count(takes).keys() & _count(answers).keys())


def _count(ends: list[Any]) -> Counter[bytes]:
    return Counter(bytes(end.endpoint_gid[:_PARTICIPANT_BYTES]) for end in ends)
