"""Asking a service on behalf of an instruction: answers, silence, and servers that go."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

pytest.importorskip("rclpy")

from rclpy.clock import Clock
from rclpy.task import Future

from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.ros.service_caller import ServiceCaller

STALE = TerminationReason.CAMERA_STALE


class Service:
    """A client of a service that is there until it isn't; `acts` is called with each question."""

    srv_name = "ground"

    def __init__(self, acts) -> None:
        self.there, self.acts = True, acts

    def service_is_ready(self) -> bool:
        return self.there

    def call_async(self, request) -> Future:
        future = Future()
        threading.Thread(target=self.acts, args=(self, future, request)).start()
        return future


class Node:
    """A node of which only the clock, the names and who offers the service are used."""

    def __init__(self, *participants: int) -> None:
        self.participants = participants

    def get_clock(self) -> Clock:
        return Clock()

    def resolve_service_name(self, name: str) -> str:
        return f"/{name}"

    def _ends(self, topic, no_mangle):
        assert topic in ("rq/groundRequest", "rr/groundReply") and no_mangle
        return [SimpleNamespace(endpoint_gid=[one] * 16) for one in self.participants]

    get_publishers_info_by_topic = get_subscriptions_info_by_topic = _ends


def goes(service: Service, _future: Future, _request) -> None:
    service.there = False


def answers(_service: Service, future: Future, request) -> None:
    future.set_result(request + 1)


def test_an_answer_is_given():
    caller, service = ServiceCaller(Node(1), lambda: None), Service(answers)
    assert [caller.call(service, n, 5.0, STALE) for n in (1, 2)] == [2, 3]


def test_a_server_that_goes_is_not_waited_for():
    caller, service = ServiceCaller(Node(1), lambda: None), Service(goes)
    with pytest.raises(TaskFailed, match="gone before it answered") as failed:
        caller.call(service, 1, 1e6, STALE)
    assert failed.value.reason is STALE
    service.there, service.acts = True, answers
    assert caller.call(service, 1, 5.0, STALE) == 2


def test_who_comes_in_the_place_of_a_silent_one_is_asked_the_same():
    node = Node(1)
    heard = []

    def silent_but_replaced(service: Service, _future: Future, request) -> None:
        heard.append(request)
        service.acts = answers
        node.participants = (1, 2)

    caller = ServiceCaller(node, lambda: None)
    assert caller.call(Service(silent_but_replaced), 1, 1e6, STALE) == 2
    assert heard == [1]


def test_one_that_is_silent_is_given_up():
    silent = Service(lambda *_: None)
    with pytest.raises(TaskFailed, match="did not answer within 0 s"):
        ServiceCaller(Node(1), lambda: None).call(silent, 1, 0.1, STALE)


def test_an_instruction_that_is_ended_does_not_wait():
    caller = ServiceCaller(Node(1), lambda: TerminationReason.STOPPED)
    with pytest.raises(TaskFailed, match="was ended"):
        caller.call(Service(lambda *_: None), 1, 1e6, STALE)
