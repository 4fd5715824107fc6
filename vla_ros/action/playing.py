"""Plays what a head decides, tick by tick, and ends as soon as the gate or a person says so."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vla_ros.action.chunks import ChunkPlayer
from vla_ros.action.head import ActionHead
from vla_ros.action.motion import row_pose
from vla_ros.action.robot_port import RobotPort
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.params import PipelineParams
from vla_ros.types import ActionChunk, GateStatus, Look, SafeCommand, Task

OnChunk = Callable[[ActionChunk, np.ndarray], None]

_ENDINGS = {
    GateStatus.STOPPED: (TerminationReason.STOPPED, "stopped"),
    GateStatus.ESTOPPED: (TerminationReason.ESTOPPED, "the emergency stop is engaged"),
    GateStatus.DISARMED: (TerminationReason.SAFETY_REFUSED, "the safety gate is not armed"),
}
_EXPLAINED = (TerminationReason.CONTROLLER_NOT_MOVING, TerminationReason.UNREACHABLE)
_CANCELLATIONS = {
    TerminationReason.CANCELED: "the task was canceled",
    TerminationReason.STOPPED: "stopped",
    TerminationReason.ESTOPPED: "the emergency stop is engaged",
}


class GateWatch:
    """Turns the gate's reports into the end of a task: at once, or when it goes on refusing."""

    def __init__(self, patience_s: float) -> None:
        """Bear refusals for some time [s]."""
        self._patience_ns = round(patience_s * 1e9)
        self._refused_since_ns: int | None = None

    def check(self, report: SafeCommand | None, now_ns: int) -> None:
        """Take in a report.

        Raises:
            TaskFailed: STOPPED, ESTOPPED or SAFETY_REFUSED, with the gate's own reason.
        """
        if report is None:
            return
        if report.status in _ENDINGS:
            reason, message = _ENDINGS[report.status]
            raise TaskFailed(reason, f"{message}: {report.reason}" if report.reason else message)
        if report.status is not GateStatus.REFUSED:
            self._refused_since_ns = None
            return
        if self._refused_since_ns is None:
            self._refused_since_ns = now_ns
        if now_ns - self._refused_since_ns > self._patience_ns:
            raise TaskFailed(
                TerminationReason.SAFETY_REFUSED, f"the safety gate refuses: {report.reason}"
            )


def require_going_on(robot: RobotPort) -> None:
    """Raise TaskFailed where somebody asked for the instruction to end."""
    why = robot.canceled()
    if why is not None:
        raise TaskFailed(why, _CANCELLATIONS.get(why, "the task was ended"))


def play_task(
    robot: RobotPort,
    head: ActionHead,
    task: Task,
    look: Look,
    params: PipelineParams,
    on_chunk: OnChunk,
) -> None:
    """Let a head do a task, from its first chunk to its last.

    Args:
        robot: What to drive.
        head: Who decides.
        task: What to do; the look's groundings answer its phrases.
        look: What was seen before.
        params: Timeouts.
        on_chunk: Told of each new chunk and where it goes (4, 4).

    Raises:
        TaskFailed: The head, the gate or a person ended it, or it takes longer than
            `task_timeout_s` of the robot's time.
        SpecMismatch: The head's columns mean something that the player cannot play.
    """
    player = ChunkPlayer(head.spec)
    watch = GateWatch(params.refusal_patience_s)
    head.reset(task)
    began_ns = robot.now_ns()
    while True:
        chunk = _next_chunk(robot, head, look)
        player.play(chunk)
        on_chunk(chunk, row_pose(chunk.actions[-1]))
        while True:
            if (robot.now_ns() - began_ns) * 1e-9 > params.task_timeout_s:
                raise TaskFailed(
                    TerminationReason.TIMED_OUT,
                    f"not done within {params.task_timeout_s:.0f} s (during {chunk.stage})",
                )
            tick(robot, player, watch)
            if player.done(robot.now_ns()):
                break
        if chunk.last:
            return


def _next_chunk(robot: RobotPort, head: ActionHead, look: Look) -> ActionChunk:
    """Ask the head; where it gives up on moving, say what the gate says about that."""
    try:
        return head.act(robot.observe(), look)
    except TaskFailed as failed:
        report = robot.gate()
        explained = failed.reason in _EXPLAINED and report is not None and bool(report.reason)
        if not explained or report is None:
            raise
        message = f"{failed.message} (safety gate: {report.reason})"
        raise TaskFailed(failed.reason, message) from failed


def tick(robot: RobotPort, player: ChunkPlayer, watch: GateWatch) -> None:
    """Send what is due, wait for the next control tick and look at what the gate made of it.

    Raises:
        TaskFailed: The gate or a person ended the task.
    """
    require_going_on(robot)
    command = player.command_at(robot.now_ns())
    if command is not None:
        robot.send(command)
    robot.tick()
    watch.check(robot.gate(), robot.now_ns())
