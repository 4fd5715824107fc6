"""Tells the graph how instructions go: the topics task_status and reply."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node
from std_msgs.msg import String
from vla_ros_interfaces.msg import TaskStatus

from vla_ros.action.reporting import QUESTION
from vla_ros.action.robot_port import Feedback
from vla_ros.errors import TerminationReason
from vla_ros.ros import qos
from vla_ros.ros.outcomes import status_msg
from vla_ros.types import Outcome

_NOTHING = Feedback("", 0.0, None, "")


class TaskVoice:
    """Speaks of what is done, to programs and to people."""

    def __init__(self, node: Node, doing: Callable[[], str], now_ns: Callable[[], int]) -> None:
        """Advertise, and say that nothing is done yet.

        Args:
            node: Whose topics they are.
            doing: Gives the instruction that is under way or was the last.
            now_ns: Gives the time [ns].
        """
        self._doing, self._now_ns = doing, now_ns
        self._status = node.create_publisher(TaskStatus, "task_status", qos.STATUS)
        self._reply = node.create_publisher(String, "reply", qos.EVENT)
        self._say(TaskStatus.IDLE, _NOTHING)

    def goes_on(self, feedback: Feedback) -> None:
        """Say what is going on, and ask people what is to be asked."""
        self._say(TaskStatus.RUNNING, feedback)
        if feedback.stage == QUESTION:
            self.tell(feedback.sentence)

    def ended(self, outcome: Outcome) -> None:
        """Say how an instruction ended; one that was not begun changes no status."""
        if outcome.reason is not TerminationReason.BUSY:
            state = TaskStatus.SUCCEEDED if outcome.success else TaskStatus.FAILED
            self._say(state, Feedback("", 1.0, None, outcome.message), outcome.reason)
        self.tell(outcome.message)

    def tell(self, sentence: str) -> None:
        """Tell people something."""
        self._reply.publish(String(data=sentence))

    def _say(
        self,
        state: int,
        feedback: Feedback,
        reason: TerminationReason = TerminationReason.SUCCEEDED,
    ) -> None:
        self._status.publish(status_msg(state, self._doing(), feedback, reason, self._now_ns()))
