"""What a node says of itself on /diagnostics."""

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from vla_ros.ros import qos
from vla_ros.ros.diagnostics import Diagnostics


@pytest.fixture
def told(graph, until):
    """Return diagnostics of a node, and a function that publishes them and returns the message."""
    node, heard = graph.node("talker"), []
    diagnostics = Diagnostics(node)
    node.destroy_timer(diagnostics._timer)
    listener = graph.node("listener")
    listener.create_subscription(DiagnosticArray, "/diagnostics", heard.append, qos.DIAGNOSTICS)
    assert until(lambda: diagnostics._publisher.get_subscription_count() == 1)

    def tell():
        heard.clear()
        diagnostics.publish()
        assert until(lambda: heard)
        status = heard[0].status[0]
        assert (status.level == DiagnosticStatus.ERROR) == (status.message != "ok")
        return status.message

    return diagnostics, tell


def test_a_fault_is_told_as_long_as_it_lasts(told):
    diagnostics, tell = told
    assert tell() == "ok"
    diagnostics.fault("gate", "the arm is blocked")
    assert tell() == tell() == "gate: the arm is blocked"
    diagnostics.fault("gate", "")
    assert tell() == "ok"


def test_a_fault_that_passes_in_between_is_told_once(told):
    diagnostics, tell = told
    diagnostics.fault("gate", "the arm is blocked")
    diagnostics.fault("gate", "")
    assert tell() == "gate: the arm is blocked (has passed)"
    assert tell() == "ok"


def test_a_fault_that_has_come_back_has_not_passed(told):
    diagnostics, tell = told
    for message in ("one", "", "two"):
        diagnostics.fault("gate", message)
    assert tell() == "gate: two"
    for message in ("", "three", ""):
        diagnostics.fault("gate", message)
    assert tell() == "gate: three (has passed)"
