"""Gives instructions to a running graph, and hears how they go and end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rclpy.action.client import ActionClient, ClientGoalHandle
from vla_ros_interfaces.action import ExecuteInstruction

from vla_ros.errors import TerminationReason
from vla_ros.ros.asked import Asked
from vla_ros.ros.outcomes import outcome_from_msg
from vla_ros.ros.participant import ANSWER_S, NoAnswer, Participant, result_of
from vla_ros.types import Outcome

_ACTION = "execute_instruction"
_WHO = "the task node"

OnStage = Callable[[str, str], None]
"""Told the stage and a sentence."""


class InstructionClient:
    """Talks to the task node; whoever uses it lives on the participant's thread."""

    def __init__(self, participant: Participant) -> None:
        """Connect."""
        self._participant = participant
        self._execute = ActionClient(participant.node, ExecuteInstruction, _ACTION)

    def close(self) -> None:
        """Disconnect."""
        self._execute.destroy()

    def begin(self, text: str, on_stage: OnStage) -> Asked:
        """Send an instruction; what is answered is its goal's handle.

        Raises:
            NoAnswer: The task node isn't there, or does not answer.
        """
        if not self._participant.spin_until(self._execute.server_is_ready, ANSWER_S):
            raise NoAnswer("nobody offers execute_instruction: is the task node running?")
        send = partial(
            self._execute.send_goal_async,
            ExecuteInstruction.Goal(instruction=text, source="client"),
            lambda msg: on_stage(msg.feedback.stage, msg.feedback.sentence),
        )
        node, ready = self._participant.node, self._execute.server_is_ready
        return Asked(node, f"{node.resolve_service_name(_ACTION)}/_action/send_goal", send, ready)

    def execute(
        self, text: str, on_stage: OnStage = lambda _stage, _sentence: None, limit_s: float = 600.0
    ) -> Outcome:
        """Carry out an instruction and return how it ended; a time-out or a Ctrl-C cancels it.

        Args:
            text: What to do.
            on_stage: Told the stage and a sentence, as it goes on.
            limit_s: Wall time it may take [s].

        Raises:
            NoAnswer: The task node isn't there or does not answer.
            KeyboardInterrupt: It was canceled by Ctrl-C.
        """
        sent = self.begin(text, on_stage)
        try:
            handle = result_of(self._participant, sent, _WHO)
            if not handle.accepted:
                return Outcome(TerminationReason.REFUSED, "the task node rejected the goal")
            ended = handle.get_result_async()
            if self._participant.spin_until(ended.done, limit_s):
                return outcome_from_msg(ended.result().result)
        except KeyboardInterrupt:
            self._cancel(result_of(self._participant, sent, _WHO))
            raise
        self._cancel(handle)
        result_of(self._participant, ended, _WHO)
        return Outcome(TerminationReason.TIMED_OUT, f"not done within {limit_s:.0f} s")

    def _cancel(self, handle: ClientGoalHandle) -> None:
        if handle.accepted:
            result_of(self._participant, handle.cancel_goal_async(), _WHO)
