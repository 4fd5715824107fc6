"""What people say on topics: instructions, answers to what was asked back, and stop."""

from __future__ import annotations

import threading
from collections.abc import Callable

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from std_msgs.msg import Empty, String

from vla_ros.errors import TerminationReason
from vla_ros.language.stop_words import is_stop
from vla_ros.ros import qos
from vla_ros.ros.instruction_runner import InstructionRunner

_NOTHING_ASKED = "Nothing was asked: say it as an instruction."


class HeardTexts:
    """Listens to the topics instruction, answer and stop."""

    def __init__(
        self,
        node: Node,
        runner: InstructionRunner,
        begin: Callable[[str], object],
        reply: Callable[[str], None],
        group: CallbackGroup,
    ) -> None:
        """Subscribe.

        Args:
            node: Whose topics they are.
            runner: What a stop ends, and what may have asked something.
            begin: Carries an instruction out, on a thread of its own.
            reply: Tells people something.
            group: Callbacks that may run side by side.
        """
        self._runner, self._begin, self._reply = runner, begin, reply
        for kind, topic, heard in (
            (String, "instruction", self._on_instruction),
            (String, "answer", self._on_answer),
            (Empty, "stop", self._on_stop),
        ):
            node.create_subscription(kind, topic, heard, qos.EVENT, callback_group=group)

    def _on_stop(self, _: Empty) -> None:
        self._runner.end(TerminationReason.STOPPED)

    def _on_instruction(self, msg: String) -> None:
        if not self._taken(msg.data):
            threading.Thread(target=self._begin, args=(msg.data,), daemon=True).start()

    def _on_answer(self, msg: String) -> None:
        if self._taken(msg.data):
            return
        if self._runner.asks:
            self._on_instruction(msg)
        else:
            self._reply(_NOTHING_ASKED)

    def _taken(self, text: str) -> bool:
        """Whether a text was a stop, or the answer to a question."""
        if is_stop(text):
            self._runner.end(TerminationReason.STOPPED)
            return True
        return self._runner.hear(text)
