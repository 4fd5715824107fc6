"""Answers that reach who asked: however late the asker is known, and whoever died meanwhile."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from std_srvs.srv import Trigger

from vla_ros.ros import askers
from vla_ros.ros.asked import Asked
from vla_ros.ros.askers import Askers, answer_whom_can_hear, once_heard
from vla_ros.ros.domain import claim_domain
from vla_ros.ros.visitor import Visitor

ROOT = Path(__file__).parents[2]
LIMIT_S = 300.0

SERVER = """
import os, sys
from rclpy.node import Node
from std_srvs.srv import Trigger
from vla_ros.ros.running import run_node

class Server(Node):
    def __init__(self):
        super().__init__("server")
        self.create_service(Trigger, "thing", self.serve)
    def serve(self, request, response):
        response.message = str(os.getpid())
        return response

sys.exit(run_node(Server))
"""


class KnownEnds:
    """A node as far as the ends of services go, whose graph a test makes."""

    def __init__(self):
        self.asks, self.hears, self.services = {}, {}, []

    def get_publishers_info_by_topic(self, topic, no_mangle):
        assert no_mangle
        return self._ends(self.asks.get(topic, ()))

    def get_subscriptions_info_by_topic(self, topic, no_mangle):
        assert no_mangle
        return self._ends(self.hears.get(topic, ()))

    def resolve_service_name(self, name):
        return f"/robot/{name}"

    def _ends(self, participants):
        return [
            SimpleNamespace(endpoint_gid=[p] * 12 + [i] * 4) for i, p in enumerate(participants)
        ]


@pytest.fixture
def ends():
    return KnownEnds()


def asking(ends, *participants):
    ends.asks["rq/robot/thingRequest"] = participants


def hearing(ends, *participants):
    ends.hears["rr/robot/thingReply"] = participants


def test_what_is_asked_is_done_at_once_and_answered_once_it_can_be_heard(ends, until):
    done, answered = [], []
    service = SimpleNamespace(srv_name="thing", callback=lambda q, a: done.append(q) or a)
    ends.services.append(service)
    answer_whom_can_hear(ends)
    asking(ends, 1, 2)
    hearing(ends, 1)
    thread = threading.Thread(target=lambda: answered.append(service.callback("q", "a")))
    thread.start()
    assert until(lambda: done == ["q"])
    hearing(ends, 1, 1)  # another client of the first does not help the second
    thread.join(0.1)
    assert not answered
    hearing(ends, 1, 2)
    thread.join()
    assert answered == ["a"]


def test_a_goal_is_judged_once_its_result_can_be_heard(ends):
    judge = once_heard(ends, "do", lambda goal: f"accepted {goal}")
    parts = ("send_goal", "cancel_goal", "get_result")
    for part in parts:
        ends.asks[f"rq/robot/do/_action/{part}Request"] = (7,)
    judged = []
    thread = threading.Thread(target=lambda: judged.append(judge("goal")))
    thread.start()
    for part in parts:
        thread.join(0.05)
        assert not judged
        ends.hears[f"rr/robot/do/_action/{part}Reply"] = (7,)
    thread.join()
    assert judged == ["accepted goal"]


def test_nobody_is_waited_for_who_leaves(ends):
    known = Askers(ends)
    asking(ends, 1, 2)
    hearing(ends, 1, 2)
    assert known.wait(["/robot/thing"])
    hearing(ends, 1)  # the second takes leave: its other end goes next
    assert known.wait(["/robot/thing"])
    asking(ends, 1, 2, 2)
    assert known._deaf("/robot/thing") == {bytes([2] * 12): 2}, "it came back with another client"


def test_who_never_hears_is_waited_for_once(ends, monkeypatch):
    monkeypatch.setattr(askers, "_LIMIT_S", 0.0)
    known = Askers(ends)
    asking(ends, 3)
    assert not known.wait(["/robot/thing"])
    assert known.wait(["/robot/thing"])


def start_server(domain_id):
    return subprocess.Popen(
        [sys.executable, "-c", SERVER],
        env=dict(os.environ, PYTHONPATH=str(ROOT), ROS_DOMAIN_ID=str(domain_id)),
        stdin=subprocess.DEVNULL,
    )


def test_who_takes_the_place_of_one_that_was_killed_is_asked_too():
    domain_id = claim_domain()
    with closing(Visitor("asker", domain_id)) as visitor:
        client = visitor.node.create_client(Trigger, "thing")
        first = start_server(domain_id)
        try:
            assert visitor.spin_until(client.service_is_ready, LIMIT_S)
        finally:
            first.send_signal(signal.SIGKILL)
            first.wait()
        assert client.service_is_ready(), "its ghost is still there"
        asked = Asked.of(visitor.node, client, Trigger.Request())
        second = start_server(domain_id)
        try:
            assert visitor.spin_until(asked.done, LIMIT_S)
            assert asked.result().message == str(second.pid)
        finally:
            second.send_signal(signal.SIGINT)
            assert second.wait(LIMIT_S) == 0
