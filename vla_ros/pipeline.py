"""From an instruction to its verified outcome: what robots and evaluation both call."""

from __future__ import annotations

from vla_ros.action.asking import Asker
from vla_ros.action.head import ActionHead
from vla_ros.action.reporting import Reporter
from vla_ros.action.robot_port import AnswersQuestions, Feedback, OnFeedback, RobotPort
from vla_ros.action.step import StepRunner
from vla_ros.errors import ModelError, TaskFailed, TerminationReason, VlaRosError
from vla_ros.language.conversation import Conversation
from vla_ros.language.parser import InstructionParser
from vla_ros.language.phrases import as_sentence
from vla_ros.language.questions import is_question
from vla_ros.params import PipelineParams, RobotParams
from vla_ros.types import Instruction, Outcome, Parse, Skill, Task

__all__ = ["Feedback", "OnFeedback", "RobotPort", "run_instruction"]

# After these the arm is left where it is: somebody wants it still, or it does not obey.
_STAY = frozenset(
    {
        TerminationReason.STOPPED,
        TerminationReason.CANCELED,
        TerminationReason.ESTOPPED,
        TerminationReason.JOINT_STATES_STALE,
        TerminationReason.CONTROLLER_NOT_MOVING,
        TerminationReason.SAFETY_REFUSED,
        TerminationReason.TIMED_OUT,
        TerminationReason.INTERNAL_ERROR,
    }
)


def run_instruction(
    instruction: Instruction,
    robot: RobotPort,
    parser: InstructionParser,
    head: ActionHead,
    params: PipelineParams,
    facts: RobotParams,
    on_feedback: OnFeedback,
    conversation: Conversation | None = None,
) -> Outcome:
    """Do what an instruction says, and say how it ended.

    Args:
        instruction: What was said.
        robot: What does it, behind its safety gate.
        parser: Understands the text.
        head: Decides the motions.
        params: Retries, timeouts.
        facts: Facts of the robot; the viewer whose left counts.
        on_feedback: Told what is going on, from the caller's thread.
        conversation: Brings answers to what is asked back; None: nobody is asked.

    Returns:
        SUCCEEDED only where a second look confirmed it; every failure that was foreseen otherwise,
        with a sentence for people. The arm is then still, at home where it could go there, and has
        not let go of anything on the way.
    """
    began_ns = robot.now_ns()
    reporter = Reporter(on_feedback, params.feedback_period_s, 1)
    asker = None
    if conversation is not None and params.answer_timeout_s > 0.0:
        asker = Asker(robot, conversation, parser, params, reporter, facts.viewer_yaw_rad)
    try:
        parse = _understood(instruction.text, robot, parser, asker)
    except TaskFailed as failed:
        return Outcome(failed.reason, as_sentence(failed.message))
    unclear = _unclear(parse)
    if unclear is not None:
        return unclear
    steps = StepRunner(robot, head, params, facts, reporter, asker)
    reason, message = _carry_out(parse, steps, reporter)
    if reason is not TerminationReason.SUCCEEDED:
        message = _leave_safe(steps, reason, message)
    reporter.figures["duration_s"] = (robot.now_ns() - began_ns) * 1e-9
    return Outcome(reason, message, steps.retries, reporter.figures)


def _understood(
    text: str, robot: RobotPort, parser: InstructionParser, asker: Asker | None
) -> Parse:
    """Return what a text asks for, with what it left open asked back where somebody answers."""
    parse = parser.parse(text)
    if asker is not None:
        parse = asker.complete(text, parse)
    if parse.refusal is not None and _eyes_may_answer(text, robot):
        return Parse(tasks=(Task(Skill.ASK, question=text),))
    return parse


def _carry_out(
    parse: Parse, steps: StepRunner, reporter: Reporter
) -> tuple[TerminationReason, str]:
    """Do the steps of an instruction; return how they ended, and a sentence."""
    said: list[str] = []
    reporter.plan(len(parse.tasks))
    try:
        for number, task in enumerate(parse.tasks):
            reporter.next_step(number)
            said.append(steps.do(task))
    except TaskFailed as failed:
        return failed.reason, _failure(said, failed.message)
    except ModelError as error:
        return TerminationReason.MODEL_ERROR, _failure(said, str(error))
    except VlaRosError as error:
        return TerminationReason.INTERNAL_ERROR, _failure(said, str(error))
    return TerminationReason.SUCCEEDED, as_sentence("; then ".join(said))


def _unclear(parse: Parse) -> Outcome | None:
    if parse.refusal is not None:
        return Outcome(TerminationReason.REFUSED, as_sentence(parse.refusal))
    if parse.question is not None:
        return Outcome(TerminationReason.AMBIGUOUS, as_sentence(parse.question))
    if not parse.tasks:
        return Outcome(TerminationReason.REFUSED, "There is nothing to do in that.")
    return None


def _eyes_may_answer(text: str, robot: RobotPort) -> bool:
    """Whether a text that is no task is a question for a robot whose eyes answer such."""
    return isinstance(robot, AnswersQuestions) and is_question(text)


def _leave_safe(steps: StepRunner, reason: TerminationReason, message: str) -> str:
    """Bring the arm out of the way where it may still move; what is held stays held."""
    if reason in _STAY or not steps.moved:
        return message
    try:
        held = steps.holding()
        steps.go_home()
    except TaskFailed as failed:
        return f"{message} The arm did not get home: {failed.message}."
    return f"{message} The gripper still holds something." if held else message


def _failure(said: list[str], message: str) -> str:
    """Return what went wrong, after what had been done before it."""
    text = as_sentence(message)
    return f"{as_sentence('; then '.join(said))} But then: {text}" if said else text
