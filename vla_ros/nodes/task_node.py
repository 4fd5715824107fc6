"""Carries instructions out, one at a time: by action, or by what is said on a topic."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import numpy as np
from rclpy.action.server import ActionServer, CancelResponse, GoalResponse, ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from vla_ros_interfaces.action import ExecuteInstruction

from vla_ros.action.skill_head import SkillHead
from vla_ros.errors import TerminationReason
from vla_ros.language.parser import InstructionParser
from vla_ros.params import (
    ModelParams,
    PipelineParams,
    RobotParams,
    ServerParams,
    SkillParams,
    TaskParams,
)
from vla_ros.pipeline import Feedback, OnFeedback
from vla_ros.ros.askers import once_heard
from vla_ros.ros.description import arm_kinematics
from vla_ros.ros.diagnostics import Diagnostics
from vla_ros.ros.heard import HeardTexts
from vla_ros.ros.instruction_runner import InstructionRunner
from vla_ros.ros.outcomes import feedback_msg, result_msg
from vla_ros.ros.parameters import NodeParameters
from vla_ros.ros.robot_port import RosRobot
from vla_ros.ros.running import run_node
from vla_ros.ros.task_voice import TaskVoice
from vla_ros.types import Instruction, Outcome
from vla_ros.vlm.creation import create_parser

_ACTION = "execute_instruction"


class TaskNode(Node):
    """Gives each instruction to the pipeline, and tells how it goes and how it ended."""

    def __init__(self, **options: Any) -> None:
        super().__init__("task", **options)
        kinds = (TaskParams, ModelParams, ServerParams, PipelineParams, SkillParams, RobotParams)
        self._settings = NodeParameters(self, kinds, self._on_change)
        self._facts = self._settings.get(RobotParams)
        kinematics = arm_kinematics(self, self._facts)
        self._robot = RosRobot(
            self,
            self._facts,
            kinematics,
            self._settings.get(TaskParams),
            Diagnostics(self, "task"),
        )
        T_base_home = kinematics.tool_pose(np.array(self._facts.home_rad))
        self._head = SkillHead(self._settings.get(SkillParams), self._facts, T_base_home)
        self._runner = InstructionRunner(
            self._robot,
            self._parser(),
            self._head,
            self._facts,
            partial(self._settings.get, PipelineParams),
            self.get_logger(),
        )
        self._voice = TaskVoice(self, lambda: self._runner.doing, self._robot.now_ns)
        self._listen()

    def _parser(self) -> InstructionParser:
        get = self._settings.get
        return create_parser(get(TaskParams).parser_model, get(ModelParams), get(ServerParams))

    def _listen(self) -> None:
        group = ReentrantCallbackGroup()
        self._heard = HeardTexts(self, self._runner, self._begin, self._voice.tell, group)
        self._server = ActionServer(
            self,
            ExecuteInstruction,
            _ACTION,
            self._execute,
            # A second goal is taken too, so that its result can say that the robot is busy.
            goal_callback=once_heard(self, _ACTION, lambda _: GoalResponse.ACCEPT),
            cancel_callback=self._on_cancel,
            callback_group=group,
        )

    def close(self) -> None:
        """End what is being done, and wait until it has ended."""
        self._runner.end(TerminationReason.STOPPED)
        self._runner.wait()
        self._robot.close()

    def _on_cancel(self, handle: ServerGoalHandle) -> CancelResponse:
        if handle.request.instruction == self._runner.doing:
            self._runner.end(TerminationReason.CANCELED)
        return CancelResponse.ACCEPT

    def _begin(self, text: str) -> None:
        self._run(Instruction(text, "topic", self._robot.now_ns()))

    def _execute(self, handle: ServerGoalHandle) -> ExecuteInstruction.Result:
        goal = handle.request
        instruction = Instruction(goal.instruction, goal.source, self._robot.now_ns())

        def tell(feedback: Feedback) -> None:
            if handle.is_cancel_requested:  # before it was begun, so that it was not known yet
                self._runner.end(TerminationReason.CANCELED)
            now_ns = self._robot.now_ns()
            handle.publish_feedback(feedback_msg(feedback, self._facts.base_frame, now_ns))

        outcome = self._run(instruction, tell)
        if outcome.success:
            handle.succeed()
        elif handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()
        return result_msg(outcome)

    def _run(self, instruction: Instruction, on_feedback: OnFeedback = lambda _: None) -> Outcome:
        def tell(feedback: Feedback) -> None:
            self._voice.goes_on(feedback)
            on_feedback(feedback)

        outcome = self._runner.run(instruction, tell)
        self._voice.ended(outcome)
        return outcome

    def _on_change(self) -> None:
        self._robot.params = self._settings.get(TaskParams)
        self._head.change_params(self._settings.get(SkillParams))


def main() -> None:
    """Run the node."""
    sys.exit(run_node(TaskNode, threads=6))


if __name__ == "__main__":
    main()
