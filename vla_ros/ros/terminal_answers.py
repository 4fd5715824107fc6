"""What a person types on the terminal, as answers to what the robot asks back."""

from __future__ import annotations

import sys
import threading

from rclpy.node import Node
from std_msgs.msg import String

from vla_ros.action.reporting import QUESTION
from vla_ros.ros import qos


def somebody_can_answer() -> bool:
    """Whether a person sits at the terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


class TerminalAnswers:
    """Reads lines once something was asked, and passes each on to the task node."""

    def __init__(self, node: Node) -> None:
        """Connect to the task node's topic."""
        self._answer = node.create_publisher(String, "answer", qos.EVENT)
        self._reader: threading.Thread | None = None

    def on_stage(self, stage: str, _sentence: str) -> None:
        """Begin to read with the first question, where a person can answer."""
        if stage == QUESTION and self._reader is None and somebody_can_answer():
            self._reader = threading.Thread(target=self._read, daemon=True)
            self._reader.start()

    def _read(self) -> None:
        for line in sys.stdin:
            if line.strip():
                self._answer.publish(String(data=line.strip()))
