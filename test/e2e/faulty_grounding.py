"""The scoring node's eyes by truth, with a camera that fails when it is told to."""

from __future__ import annotations

from sensor_msgs.msg import Image
from std_msgs.msg import String

from vla_ros.nodes.scoring_grounding_node import ScoringGroundingNode
from vla_ros.ros import qos
from vla_ros.ros.running import run_node

FAULT_TOPIC = "camera_fault"
IN_FORCE_TOPIC = "camera_fault_in_force"
STOPPED, STALE, BLIND = "stopped", "stale", "blind"
_LATE_S = 10


class FaultyGroundingNode(ScoringGroundingNode):
    """Pictures and depth pass through the fault that was named last on camera_fault."""

    def __init__(self, **options) -> None:
        self._fault = ""
        super().__init__(**options)
        self._in_force = self.create_publisher(String, IN_FORCE_TOPIC, qos.STATUS)
        super().create_subscription(String, FAULT_TOPIC, self._on_fault, qos.STATUS)

    def create_subscription(self, kind, topic, callback, *args, **options):
        if kind is Image:
            return super().create_subscription(
                kind, topic, lambda msg: self._pass(topic, msg, callback), *args, **options
            )
        return super().create_subscription(kind, topic, callback, *args, **options)

    def _on_fault(self, msg: String) -> None:
        self._fault = msg.data
        self._in_force.publish(msg)

    def _pass(self, topic: str, msg: Image, callback) -> None:
        fault = self._fault
        if fault == STOPPED:
            return
        if fault == STALE:
            msg.header.stamp.sec = max(0, msg.header.stamp.sec - _LATE_S)
        if fault == BLIND and topic == "depth":
            msg.data = bytes(len(msg.data))
        callback(msg)


if __name__ == "__main__":
    raise SystemExit(run_node(FaultyGroundingNode, threads=5))
