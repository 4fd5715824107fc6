"""Runs one instruction at a time through the pipeline, and records how each ended."""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from rclpy.impl.rcutils_logger import RcutilsLogger

from vla_ros.action.head import ActionHead
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.language.conversation import Conversation
from vla_ros.language.parser import InstructionParser
from vla_ros.language.phrases import as_sentence
from vla_ros.params import PipelineParams, RobotParams, TaskParams
from vla_ros.pipeline import OnFeedback, run_instruction
from vla_ros.ros.outcomes import record_line
from vla_ros.ros.robot_port import RosRobot
from vla_ros.types import Instruction, Outcome

_ENDING_S = 5.0


class InstructionRunner:
    """Guards the robot against two instructions at once; callable from any thread."""

    def __init__(
        self,
        robot: RosRobot,
        parser: InstructionParser,
        head: ActionHead,
        facts: RobotParams,
        params: Callable[[], PipelineParams],
        log: RcutilsLogger,
    ) -> None:
        """Connect them; `params` is asked anew for each instruction."""
        self._robot, self._parser, self._head = robot, parser, head
        self._facts, self._params, self._log = facts, params, log
        self._busy, self._ending = threading.Lock(), threading.Lock()
        self._conversation = Conversation()
        self.doing = ""

    def run(self, instruction: Instruction, on_feedback: OnFeedback) -> Outcome:
        """Carry out an instruction and return how it ended: BUSY where another is under way.

        Where that one waits for an answer, an instruction takes its place.
        """
        patience_s = _ENDING_S if self._takes_the_place(instruction.text) else 0.0
        if not self._busy.acquire(timeout=patience_s):
            return Outcome(TerminationReason.BUSY, self._busy_with())
        try:
            self.doing = instruction.text
            outcome = self._outcome(instruction, on_feedback)
            self._record(instruction, outcome)
            return outcome
        finally:
            # Here and not at the beginning: a stop that comes then must not be forgotten.
            with self._ending:
                self._robot.begin()
                self._busy.release()

    @property
    def asks(self) -> bool:
        """Whether a question waits for an answer."""
        return bool(self._conversation.question)

    def hear(self, text: str) -> bool:
        """Take a text as the answer to a question that is open; False where it is none."""
        is_task = bool(self._conversation.question) and bool(self._parser.parse(text).tasks)
        return not is_task and self._conversation.offer(text)

    def _takes_the_place(self, text: str) -> bool:
        """Whether a question was open and got an instruction of its own as the answer."""
        if not self._conversation.question or not self._parser.parse(text).tasks:
            return False
        return self._conversation.offer(text)

    def _busy_with(self) -> str:
        question = self._conversation.question
        if question:
            asks = f"which asks on the topic 'answer': {question}"
            return f"Busy with '{self.doing[:80]}', {asks}"
        return f"Busy with '{self.doing[:80]}': wait until it is done, or say stop."

    def end(self, reason: TerminationReason) -> None:
        """End what is under way, if anything is; the first reason counts."""
        with self._ending:
            if self._busy.locked() and self._robot.canceled() is None:
                self._robot.cancel(reason)

    def wait(self) -> None:
        """Wait until nothing is under way."""
        if self._busy.acquire(timeout=_ENDING_S):
            self._busy.release()

    def _outcome(self, instruction: Instruction, on_feedback: OnFeedback) -> Outcome:
        limit = self._limits.max_instruction_length
        if len(instruction.text) > limit:
            return Outcome(
                TerminationReason.REFUSED,
                f"That is {len(instruction.text)} characters; say it in at most {limit}.",
            )
        try:
            self._robot.await_time()
        except TaskFailed as failed:
            return Outcome(failed.reason, as_sentence(failed.message))
        try:
            return run_instruction(
                instruction,
                self._robot,
                self._parser,
                self._head,
                self._params(),
                self._facts,
                on_feedback,
                self._conversation,
            )
        except Exception as error:
            # A defect must not take the node down while the arm holds something.
            self._log.error(traceback.format_exc())
            return Outcome(TerminationReason.INTERNAL_ERROR, f"A defect of this program: {error!r}")

    @property
    def _limits(self) -> TaskParams:
        return self._robot.params

    def _record(self, instruction: Instruction, outcome: Outcome) -> None:
        name = self._limits.record_file
        if not name:
            return
        try:
            with Path(name).expanduser().open("a", encoding="utf-8") as file:
                file.write(json.dumps(record_line(instruction, outcome)) + "\n")
        except OSError as error:
            self._log.error(f"record_file {name}: {error}")
