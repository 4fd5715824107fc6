"""Asks back where a phrase means several things, and goes on with what is answered."""

from __future__ import annotations

from dataclasses import replace

from vla_ros.action.ambiguity import Ambiguous
from vla_ros.action.playing import require_going_on
from vla_ros.action.reporting import Reporter
from vla_ros.action.robot_port import RobotPort
from vla_ros.action.seen import is_same
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.language.conversation import Conversation
from vla_ros.language.dialogue import (
    Reply,
    ReplyKind,
    completed,
    is_never_mind,
    read_reply,
)
from vla_ros.language.parser import InstructionParser
from vla_ros.language.phrases import as_sentence
from vla_ros.language.stop_words import is_stop
from vla_ros.params import PipelineParams
from vla_ros.types import Parse, Target, Task

_SHOWN = 60


class Asker:
    """Settles what is unclear in one instruction; what was answered holds for all its steps."""

    def __init__(
        self,
        robot: RobotPort,
        conversation: Conversation,
        parser: InstructionParser,
        params: PipelineParams,
        reporter: Reporter,
        viewer_yaw_rad: float,
    ) -> None:
        """Ask through a conversation.

        Args:
            robot: Looks at what was answered; its time is what an answer may take.
            conversation: Where answers come from.
            parser: Tells a new instruction from an answer.
            params: How long to wait, how often to ask.
            reporter: Tells people the question.
            viewer_yaw_rad: Whose left counts.
        """
        self._robot, self._conversation, self._parser = robot, conversation, parser
        self._params, self._reporter = params, reporter
        self._viewer_yaw_rad = viewer_yaw_rad
        self._settled: dict[str, str] = {}
        self._asked = 0

    def settled(self, task: Task) -> Task:
        """Return a task with the phrases that were settled before."""
        for phrase, narrowed in self._settled.items():
            task = _renamed(task, phrase, narrowed)
        return task

    def settle(self, task: Task, unclear: Ambiguous) -> Task:
        """Ask which thing is meant until that is clear, and return the task that says so.

        Raises:
            TaskFailed: AMBIGUOUS where nobody answers in time, or no answer helps; CANCELED where
                the person wants none of them or something else; whatever ends an instruction.
        """
        first, question = unclear.phrase, unclear.message
        while self._asked < self._params.max_questions:
            said = self._answer_to(question)
            reply = read_reply(said, unclear.phrase, len(unclear.things), unclear.sideways)
            if reply.kind is ReplyKind.NEVER_MIND:
                raise TaskFailed(TerminationReason.CANCELED, "never mind, then")
            if reply.kind is ReplyKind.ALL and task.object == first:
                return replace(task, count="all")
            if reply.kind is not ReplyKind.CHOICE:
                question = f"I don't understand '{said[:_SHOWN]}'. {unclear.message}"
                continue
            found, reason = self._meant(reply, unclear)
            if len(found) == 1:
                self._settled[first] = reply.phrase
                return _renamed(task, first, reply.phrase)
            if found:
                unclear = Ambiguous(reply.phrase, found, self._viewer_yaw_rad)
            question = unclear.message if found else f"{as_sentence(reason)} {unclear.message}"
        raise TaskFailed(TerminationReason.AMBIGUOUS, f"I still don't know which {first} you mean")

    def complete(self, text: str, parse: Parse) -> Parse:
        """Ask what an instruction leaves open, and return it as understood with the answers.

        Args:
            text: The instruction.
            parse: What was understood of it; a question that can't be completed is returned.

        Raises:
            TaskFailed: As `settle`.
        """
        while parse.question is not None and parse.about is not None:
            if self._asked >= self._params.max_questions:
                raise TaskFailed(TerminationReason.AMBIGUOUS, parse.question)
            said = self._answer_to(parse.question)
            if is_never_mind(said):
                raise TaskFailed(TerminationReason.CANCELED, "never mind, then")
            whole = completed(text, said, parse.about)
            again = self._parser.parse(whole)
            if again.refusal is None:
                text, parse = whole, again
        return parse

    def _meant(self, reply: Reply, unclear: Ambiguous) -> tuple[tuple[Target, ...], str]:
        """Return which of the unclear things the answer means, and why none where none."""
        look = self._robot.look((reply.phrase,))
        grounding = look.groundings[reply.phrase]
        found = tuple(
            thing
            for thing in grounding.targets
            if any(is_same(thing, other) for other in unclear.things)
        )
        return found, grounding.reason or f"the {reply.phrase} is none of them"

    def _answer_to(self, question: str) -> str:
        """Ask, and return what is answered.

        Raises:
            TaskFailed: AMBIGUOUS after `answer_timeout_s`; CANCELED for another instruction,
                STOPPED for "stop".
        """
        self._asked += 1
        question = as_sentence(question)
        self._conversation.begin(question)
        try:
            self._reporter.question(question)
            said = self._wait(question)
        finally:
            self._conversation.end()
        if is_stop(said):
            raise TaskFailed(TerminationReason.STOPPED, "stopped")
        if self._parser.parse(said).tasks:
            raise TaskFailed(TerminationReason.CANCELED, "you asked for something else instead")
        return said

    def _wait(self, question: str) -> str:
        limit_s, began_ns = self._params.answer_timeout_s, self._robot.now_ns()
        while (self._robot.now_ns() - began_ns) * 1e-9 <= limit_s:
            require_going_on(self._robot)
            said = self._conversation.take()
            if said is not None:
                return said
            self._robot.tick()
        raise TaskFailed(
            TerminationReason.AMBIGUOUS, f"nobody answered within {limit_s:.0f} s: {question}"
        )


def _renamed(task: Task, phrase: str, narrowed: str) -> Task:
    """Return a task in which a phrase is replaced, as the object or as (one of) the places."""
    thing = narrowed if task.object == phrase else task.object
    if task.destination is None:
        return replace(task, object=thing)
    parts = [narrowed if part == phrase else part for part in task.destination.split(" and the ")]
    return replace(task, object=thing, destination=" and the ".join(parts))
