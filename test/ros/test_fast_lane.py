"""Callbacks on a thread of their own, past the executor."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.subscription import SubscriptionEventCallbacks
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Int32

from vla_ros.ros import qos
from vla_ros.ros.fast_lane import FastLane
from vla_ros.ros.stamps import time_msg

ROOT = Path(__file__).parents[2]
MS = 1_000_000

DEFECT = """
import sys
from rclpy.node import Node
from vla_ros.ros.fast_lane import FastLane
from vla_ros.ros.running import run_node

class Ticker(Node):
    def __init__(self):
        super().__init__("ticker")
        self.lane = FastLane(self)
        self.create_timer(0.05, self.tick, callback_group=self.lane)
        self.lane.start()
    def tick(self):
        raise ZeroDivisionError("a defect")
    def close(self):
        self.lane.close()

sys.exit(run_node(Ticker, threads=int(sys.argv[1])))
"""


def test_messages_come_in_order_on_a_thread_of_their_own(graph, until):
    node, sender = graph.node("listener"), graph.node("sender")
    lane = FastLane(node)
    heard, threads = [], set()

    def take(msg):
        heard.append(msg.data)
        threads.add(threading.current_thread().name)

    node.create_subscription(Int32, "numbers", take, qos.EVENT, callback_group=lane)
    lane.start()
    publisher = sender.create_publisher(Int32, "numbers", qos.EVENT)
    assert until(lambda: publisher.get_subscription_count() == 1)
    for number in range(8):
        publisher.publish(Int32(data=number))
    assert until(lambda: len(heard) == 8)
    lane.close()
    assert heard == list(range(8)) and threads == {"fast_lane"}
    publisher.publish(Int32(data=8))
    lane.close()
    assert len(heard) == 8


def test_what_is_made_later_is_heard_and_what_is_destroyed_is_not(graph, until):
    node, sender = graph.node("listener"), graph.node("sender")
    lane = FastLane(node)
    lane.start()
    heard = []
    first = node.create_subscription(Int32, "a", heard.append, qos.EVENT, callback_group=lane)
    publisher = sender.create_publisher(Int32, "a", qos.EVENT)
    assert until(lambda: publisher.get_subscription_count() == 1)
    publisher.publish(Int32(data=1))
    assert until(lambda: heard)
    node.destroy_subscription(first)
    # The lane lets go of it at its next turn.
    assert until(lambda: publisher.get_subscription_count() == 0)
    again = []
    node.create_subscription(Int32, "a", again.append, qos.EVENT, callback_group=lane)
    assert until(lambda: publisher.get_subscription_count() == 1)
    publisher.publish(Int32(data=2))
    assert until(lambda: again)
    assert len(heard) == 1
    lane.close()


def test_timers_follow_simulated_time_once_a_period(graph, until):
    node = graph.node("ticker", parameter_overrides=[Parameter("use_sim_time", value=True)])
    lane = FastLane(node)
    ticks = []
    node.create_timer(
        0.02, lambda: ticks.append(node.get_clock().now().nanoseconds), callback_group=lane
    )
    lane.start()
    publisher = graph.node("simulator").create_publisher(Clock, "/clock", 10)
    assert until(lambda: publisher.get_subscription_count() > 0)

    def now_is(nanoseconds):
        publisher.publish(Clock(clock=time_msg(nanoseconds)))
        assert until(lambda: node.get_clock().now().nanoseconds == nanoseconds)

    now_is(1000 * MS)
    before = len(ticks)
    for at in range(1010, 1110, 10):
        now_is(at * MS)
    assert until(lambda: len(ticks) - before >= 5)
    lane.close()
    assert len(ticks) - before == 5
    assert all(at % (20 * MS) == 0 for at in ticks[before:])


def test_what_the_middleware_has_to_say_is_heard(graph, until):
    """Nothing comes from a publisher that may lose messages to who wants all; that is said."""
    node, sender = graph.node("listener"), graph.node("sender")
    lane = FastLane(node)
    told = []
    node.create_subscription(
        Int32,
        "numbers",
        lambda _: None,
        QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE),
        callback_group=lane,
        event_callbacks=SubscriptionEventCallbacks(incompatible_qos=told.append),
    )
    lane.start()
    careless = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    sender.create_publisher(Int32, "numbers", careless)
    assert until(lambda: told)
    lane.close()
    assert told[0].total_count == 1


@pytest.mark.parametrize("threads", ["1", "3"])
def test_a_defect_in_a_callback_ends_the_node(threads):
    ended = subprocess.run(
        [sys.executable, "-c", DEFECT, threads],
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 1
    assert "ZeroDivisionError: a defect" in ended.stdout + ended.stderr
