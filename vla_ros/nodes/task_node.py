"""Carries instructions out, one at a time: by action, or by what is said on a topic."""

from __future__ import annotations

import json
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import numpy as np
from rclpy.action.server import ActionServer, CancelResponse, GoalResponse, ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from std_msgs.msg import Empty, String
from vla_ros_interfaces.action import ExecuteInstruction
from vla_ros_interfaces.msg import TaskStatus

from vla_ros.action.skill_head import SkillHead
from vla_ros.errors import TerminationReason
from vla_ros.language.rule_parser import RuleParser
from vla_ros.language.stop_words import is_stop
from vla_ros.params import PipelineParams, RobotParams, SkillParams, TaskParams
from vla_ros.pipeline import Feedback, OnFeedback, run_instruction
from vla_ros.ros import qos
from vla_ros.ros.description import arm_kinematics
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.outcomes import feedback_msg, record_line, result_msg, status_msg
from vla_ros.ros.parameters import NodeParameters
from vla_ros.ros.robot_port import RosRobot
from vla_ros.ros.running import run_node
from vla_ros.types import Instruction, Outcome

_IDLE_FEEDBACK = Feedback("", 0.0, None, "")


class TaskNode(Node):
    """Gives each instruction to the pipeline, on a thread of its own, and tells how it ended."""

    def __init__(self, **options: Any) -> None:
        super().__init__("task", **options)
        kinds = (TaskParams, PipelineParams, SkillParams, RobotParams)
        self._settings = NodeParameters(self, kinds, self._on_change)
        self._facts = self._settings.get(RobotParams)
        kinematics = arm_kinematics(self, self._facts)
        diagnostics = Diagnostics(self, "task")
        self._robot = RosRobot(
            self, self._facts, kinematics, self._settings.get(TaskParams), diagnostics
        )
        T_base_home = kinematics.tool_pose(np.array(self._facts.home_rad))
        self._head = SkillHead(self._settings.get(SkillParams), self._facts, T_base_home)
        self._parser = RuleParser()
        self._busy = threading.Lock()
        self._doing = ""
        self._status = self.create_publisher(TaskStatus, "task_status", qos.STATUS)
        self._reply = self.create_publisher(String, "reply", qos.EVENT)
        group = ReentrantCallbackGroup()
        self.create_subscription(
            String, "instruction", self._on_instruction, qos.EVENT, callback_group=group
        )
        self.create_subscription(
            Empty, "stop", lambda _: self._end(TerminationReason.STOPPED), qos.EVENT,
            callback_group=group,
        )  # fmt: skip
        self._server = ActionServer(
            self,
            ExecuteInstruction,
            "execute_instruction",
            self._execute,
            goal_callback=lambda _: GoalResponse.ACCEPT,
            cancel_callback=self._on_cancel,
            callback_group=group,
        )
        self._say(TaskStatus.IDLE, _IDLE_FEEDBACK)

    def close(self) -> None:
        """End what is being done, and wait until it has ended."""
        self._end(TerminationReason.STOPPED)
        if self._busy.acquire(timeout=5.0):
            self._busy.release()

    def _end(self, reason: TerminationReason) -> None:
        if self._busy.locked() and self._robot.canceled() is None:
            self._robot.cancel(reason)

    def _on_cancel(self, _: ServerGoalHandle) -> CancelResponse:
        self._end(TerminationReason.CANCELED)
        return CancelResponse.ACCEPT

    def _on_instruction(self, msg: String) -> None:
        if is_stop(msg.data):
            self._end(TerminationReason.STOPPED)
            return
        instruction = Instruction(msg.data, "topic", self._robot.now_ns())
        threading.Thread(target=self._run, args=(instruction,), daemon=True).start()

    def _execute(self, handle: ServerGoalHandle) -> ExecuteInstruction.Result:
        goal = handle.request
        instruction = Instruction(goal.instruction, goal.source, self._robot.now_ns())
        outcome = self._run(
            instruction,
            lambda feedback: handle.publish_feedback(
                feedback_msg(feedback, self._facts.base_frame, self._robot.now_ns())
            ),
        )
        if outcome.success:
            handle.succeed()
        elif handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()
        return result_msg(outcome)

    def _run(self, instruction: Instruction, on_feedback: OnFeedback | None = None) -> Outcome:
        """Carry out one instruction, unless another is being carried out."""
        if not self._busy.acquire(blocking=False):
            busy = f"busy with '{self._doing[:80]}': wait until it is done, or say stop"
            self._reply.publish(String(data=busy))
            return Outcome(TerminationReason.BUSY, busy)
        try:
            self._doing = instruction.text
            self._robot.begin()
            outcome = self._outcome(instruction, on_feedback)
            self._record(instruction, outcome)
            ended = TaskStatus.SUCCEEDED if outcome.success else TaskStatus.FAILED
            self._say(ended, Feedback("", 1.0, None, outcome.message), outcome.reason)
            self._reply.publish(String(data=outcome.message))
            return outcome
        finally:
            self._busy.release()

    def _outcome(self, instruction: Instruction, on_feedback: OnFeedback | None) -> Outcome:
        def tell(feedback: Feedback) -> None:
            self._say(TaskStatus.RUNNING, feedback)
            if on_feedback is not None:
                on_feedback(feedback)

        limit = self._robot.params.max_instruction_length
        if len(instruction.text) > limit:
            return Outcome(
                TerminationReason.REFUSED,
                f"That is {len(instruction.text)} characters; say it in at most {limit}.",
            )
        try:
            return run_instruction(
                instruction,
                self._robot,
                self._parser,
                self._head,
                self._settings.get(PipelineParams),
                self._facts,
                tell,
            )
        except Exception as error:
            # A defect must not take the node down while the arm holds something.
            self.get_logger().error(traceback.format_exc())
            return Outcome(TerminationReason.INTERNAL_ERROR, f"A defect of this program: {error!r}")

    def _say(
        self,
        state: int,
        feedback: Feedback,
        reason: TerminationReason = TerminationReason.SUCCEEDED,
    ) -> None:
        now_ns = self._robot.now_ns()
        self._status.publish(status_msg(state, self._doing, feedback, reason, now_ns))

    def _record(self, instruction: Instruction, outcome: Outcome) -> None:
        name = self._robot.params.record_file
        if name:
            with Path(name).expanduser().open("a", encoding="utf-8") as file:
                file.write(json.dumps(record_line(instruction, outcome)) + "\n")

    def _on_change(self) -> None:
        self._robot.params = self._settings.get(TaskParams)


def main() -> None:
    """Run the node."""
    sys.exit(run_node(TaskNode, threads=6))


if __name__ == "__main__":
    main()
