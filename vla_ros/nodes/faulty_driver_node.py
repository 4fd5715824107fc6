"""The embedded simulator as a driver that breaks when it is told to; only evaluation starts it.

`break` names what breaks, "" mends it. The joint states as they really are go out beside, on
`ground_truth/joint_states`, for scoring.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, cast

from rclpy.publisher import Publisher
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from trajectory_msgs.msg import JointTrajectory

from vla_ros.nodes.mujoco_sim_node import MujocoSimNode
from vla_ros.ros import qos
from vla_ros.ros.broken_messages import BreakingTopic
from vla_ros.ros.running import run_node

BREAK_TOPIC = "break"
TRUE_JOINTS_TOPIC = "ground_truth/joint_states"
_JUMPS_NS = {"clock_jumps_ahead": 3_000_000_000, "clock_jumps_back": -3_000_000_000}


class BreakingPublisher:
    """A publisher whose messages break; everything else of it is the real one's."""

    def __init__(
        self, real: Publisher, fault: Callable[[], str], beside: Publisher | None = None
    ) -> None:
        """Publish with what `fault` names broken, and beside it unbroken."""
        self._real, self._fault, self._beside = real, fault, beside
        self._topic = BreakingTopic()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def publish(self, msg: Any) -> None:
        """Publish what a broken driver would."""
        if self._beside is not None:
            self._beside.publish(msg)
        for passed in self._topic.pass_on(self._fault(), msg):
            self._real.publish(passed)


class FaultyDriverNode(MujocoSimNode):
    """Publishes and hears through what is broken."""

    def __init__(self, **options: Any) -> None:
        self._broken = ""
        super().__init__(**options)
        self.create_subscription(String, BREAK_TOPIC, self._on_break, qos.STATUS)

    def create_publisher(
        self, msg_type: Any, topic: str, qos_profile: Any, **options: Any
    ) -> Publisher:
        """Return a publisher that breaks."""
        make = super().create_publisher
        true = topic == "joint_states"
        beside = make(JointState, TRUE_JOINTS_TOPIC, qos.STATE) if true else None
        real = make(msg_type, topic, qos_profile, **options)
        return cast(Publisher, BreakingPublisher(real, self._fault, beside))

    def create_subscription(
        self, msg_type: Any, topic: str, callback: Any, qos_profile: Any, **options: Any
    ) -> Any:
        """Return a subscription that hears no trajectories while the controller is stopped."""

        def heard(msg: Any) -> None:
            if msg_type is not JointTrajectory or self._broken != "controller_stops":
                callback(msg)

        return super().create_subscription(msg_type, topic, heard, qos_profile, **options)

    def _fault(self) -> str:
        return self._broken

    def _on_break(self, msg: String) -> None:
        if msg.data != self._broken:
            self._driver.jump(_JUMPS_NS.get(msg.data, 0))
        self._broken = msg.data


def main() -> None:
    """Run the node."""
    sys.exit(run_node(FaultyDriverNode, threads=6))


if __name__ == "__main__":
    main()
