"""How an instruction goes and ends, as messages and as a record."""

from __future__ import annotations

from geometry_msgs.msg import PoseStamped
from vla_ros_interfaces.action import ExecuteInstruction
from vla_ros_interfaces.msg import Figure, TaskStatus

from vla_ros.action.robot_port import Feedback
from vla_ros.errors import TerminationReason
from vla_ros.ros.poses import pose_stamped_msg
from vla_ros.ros.stamps import header
from vla_ros.types import Instruction, Json, Outcome


def feedback_msg(feedback: Feedback, base_frame: str, now_ns: int) -> ExecuteInstruction.Feedback:
    """Return what is going on; the target's frame is empty while there is none."""
    target = PoseStamped()
    if feedback.T_base_target is not None:
        target = pose_stamped_msg(feedback.T_base_target, base_frame, now_ns)
    return ExecuteInstruction.Feedback(
        stage=feedback.stage,
        progress=float(feedback.progress),
        target=target,
        sentence=feedback.sentence,
    )


def result_msg(outcome: Outcome) -> ExecuteInstruction.Result:
    """Return how an instruction ended."""
    return ExecuteInstruction.Result(
        success=outcome.success,
        reason=outcome.reason.value,
        message=outcome.message,
        retries=outcome.retries,
        figures=[Figure(name=name, value=float(value)) for name, value in outcome.figures.items()],
    )


def outcome_from_msg(msg: ExecuteInstruction.Result) -> Outcome:
    """Return the outcome that a result tells of."""
    return Outcome(
        reason=TerminationReason(msg.reason),
        message=msg.message,
        retries=msg.retries,
        figures={figure.name: figure.value for figure in msg.figures},
    )


def status_msg(
    state: int, instruction: str, feedback: Feedback, reason: TerminationReason, now_ns: int
) -> TaskStatus:
    """Return what the task node is doing."""
    return TaskStatus(
        header=header("", now_ns),
        state=state,
        instruction=instruction,
        stage=feedback.stage,
        reason=reason.value,
        sentence=feedback.sentence,
    )


def record_line(instruction: Instruction, outcome: Outcome) -> Json:
    """Return what is kept of an instruction and its outcome."""
    return {
        "stamp_ns": instruction.stamp_ns,
        "instruction": instruction.text,
        "source": instruction.source,
        "reason": outcome.reason.name,
        "message": outcome.message,
        "retries": outcome.retries,
        "figures": dict(outcome.figures),
    }
