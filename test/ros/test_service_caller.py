"""Asking a service on behalf of an instruction: answers, silence, and servers that go."""

from __future__ import annotations

import threading

import pytest

pytest.importorskip("rclpy")

from rclpy.clock import Clock
from rclpy.task import Future

from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.ros import service_caller
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


class Participant:
    """A node of which only the clock and the names are used."""

    def get_clock(self) -> Clock:
        return Clock()

    def resolve_service_name(self, name: str) -> str:
        return f"/{name}"


@pytest.fixture
def met(monkeypatch) -> list[str]:
    """Names of the services that were met."""
    names: list[str] = []
    monkeypatch.setattr(service_caller, "acquaint", lambda _participant, name: names.append(name))
    return names


def goes(service: Service, _future: Future, _request) -> None:
    service.there = False


def answers(_service: Service, future: Future, request) -> None:
    future.set_result(request + 1)


def test_who_offers_it_is_met_once_while_it_answers(met):
    caller, service = ServiceCaller(Participant(), lambda: None), Service(answers)
    assert [caller.call(service, n, 5.0, STALE) for n in (1, 2)] == [2, 3]
    assert met == ["/ground"]


def test_a_server_that_goes_is_not_waited_for_and_the_next_one_is_met_anew(met):
    caller, service = ServiceCaller(Participant(), lambda: None), Service(goes)
    with pytest.raises(TaskFailed, match="gone before it answered") as failed:
        caller.call(service, 1, 1e6, STALE)
    assert failed.value.reason is STALE
    service.there, service.acts = True, answers
    assert caller.call(service, 1, 5.0, STALE) == 2
    assert met == ["/ground"] * 2


def test_one_that_is_silent_is_given_up_and_met_anew(met):
    caller = ServiceCaller(Participant(), lambda: None)
    silent = Service(lambda *_: None)
    for _ in range(2):
        with pytest.raises(TaskFailed, match="did not answer within 0 s"):
            caller.call(silent, 1, 0.1, STALE)
    assert met == ["/ground"] * 2


def test_an_instruction_that_is_ended_does_not_wait(met):
    caller = ServiceCaller(Participant(), lambda: TerminationReason.STOPPED)
    with pytest.raises(TaskFailed, match="was ended"):
        caller.call(Service(lambda *_: None), 1, 1e6, STALE)
