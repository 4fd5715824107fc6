"""What is heard of a fault: errors on /diagnostics, nodes that fall silent, how the arm moves."""

from __future__ import annotations

import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from sensor_msgs.msg import JointState

from vla_ros.ros.fault_ears import STALE_NS, FaultEars
from vla_ros.ros.stamps import time_msg

SECOND = 1_000_000_000


class Topics:
    """A node that only remembers who listens to what."""

    def __init__(self) -> None:
        self.listeners: dict[str, object] = {}

    def create_subscription(self, _kind, topic, callback, _profile) -> None:
        self.listeners[topic] = callback

    def joints(self, at_ns: int, speed: float) -> None:
        msg = JointState(velocity=[speed, -speed, 9.0])
        msg.header.stamp = time_msg(at_ns)
        self.listeners["ground_truth/joint_states"](msg)

    def status(self, name: str, level: bytes, message: str) -> None:
        status = DiagnosticStatus(name=name, level=level, message=message)
        self.listeners["/diagnostics"](DiagnosticArray(status=[status]))


@pytest.fixture
def topics() -> Topics:
    return Topics()


@pytest.fixture
def ears(topics) -> FaultEars:
    made = FaultEars(topics, 2)
    topics.joints(SECOND, 0.0)
    topics.status("/safety", DiagnosticStatus.OK, "ok")
    topics.status("/task", DiagnosticStatus.OK, "ok")
    made.forget()
    return made


def test_what_is_wrong_is_heard_once_and_what_is_right_is_not(ears, topics):
    for _ in range(3):
        topics.status("/safety", DiagnosticStatus.ERROR, "gate: the joint state is old")
        topics.status("/task", DiagnosticStatus.OK, "ok")
    assert ears.said == ("/safety: gate: the joint state is old",)
    ears.forget()
    assert ears.said == ()


def test_a_node_that_falls_silent_is_stale(ears, topics):
    topics.joints(SECOND + STALE_NS, 0.0)
    topics.status("/safety", DiagnosticStatus.OK, "ok")
    assert [said.split(" ")[0] for said in ears.said] == ["/task"]


def test_the_arms_own_joints_count(ears, topics):
    for tick, speed in enumerate([0.3, 0.4, 0.2, 0.0, 0.0]):
        topics.joints(2 * SECOND + tick * 10_000_000, speed)
    assert ears.fastest_rad_s.tolist() == [0.4, 0.4]
    assert ears.rest_s(2 * SECOND) == pytest.approx(0.03)
    assert ears.now_ns == 2 * SECOND + 40_000_000
    topics.joints(3 * SECOND, 0.5)
    assert ears.rest_s(2 * SECOND) == float("inf")
