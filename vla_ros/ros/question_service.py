"""The Ask service: a question in, an answer out, from a model that sees or from detections."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from vla_ros_interfaces.srv import Ask

from vla_ros.action.answers import answer
from vla_ros.action.query_phrases import question_phrases
from vla_ros.errors import ModelError, VlaRosError
from vla_ros.language.phrases import as_sentence
from vla_ros.language.questions import is_question
from vla_ros.language.rule_parser import RuleParser
from vla_ros.params import GroundingParams, PipelineParams, RobotParams
from vla_ros.ros.detections import targets_msg
from vla_ros.ros.parameters import NodeParameters
from vla_ros.ros.scene_eye import SceneEye
from vla_ros.types import Skill, Task

if TYPE_CHECKING:
    from vla_ros.perception.answerer import Answerer

_BY_DETECTOR = "The detector found that; the model that answers questions failed"
_NO_QUESTION = "That is no question about the scene."


class QuestionService:
    """Answers by the generative model where there is one; else, or if it fails, by detections."""

    def __init__(
        self,
        node: Node,
        settings: NodeParameters,
        eye: Callable[[], SceneEye],
        answerer: Callable[[], Answerer | None],
    ) -> None:
        """Offer the service.

        Args:
            node: Whose service it is.
            settings: Its parameters, asked anew for each question.
            eye: Gives what looks; raises where it may not look now.
            answerer: Gives the model that answers questions, or None.
        """
        self._node, self._settings, self._eye, self._answerer = node, settings, eye, answerer
        group = MutuallyExclusiveCallbackGroup()
        node.create_service(Ask, "ask", self._serve, callback_group=group)

    def _serve(self, request: Ask.Request, response: Ask.Response) -> Ask.Response:
        parse = RuleParser().parse(request.question)
        task = parse.tasks[0] if parse.tasks else None
        asks = task is not None and task.skill in (Skill.ASK, Skill.DESCRIBE)
        try:
            model = self._answerer()
            if model is not None and (asks or is_question(request.question)):
                self._by_model(model, request.question, task if asks else None, response)
            elif task is not None and asks:
                self._from_detections(task, response)
            else:
                response.answer = parse.refusal or parse.question or _NO_QUESTION
        except VlaRosError as error:
            response.success, response.answer = False, str(error)
        response.answer = as_sentence(response.answer)
        return response

    def _by_model(
        self, model: Answerer, question: str, task: Task | None, response: Ask.Response
    ) -> None:
        """Answer by the model; where it fails and the grammar reads the question, by detections.

        Raises:
            VlaRosError: There is no answer.
        """
        try:
            response.answer = self._see_and_say(model, question)
            response.success = True
        except ModelError as error:
            if task is None:
                raise
            self._from_detections(task, response)
            response.answer = f"{as_sentence(response.answer)} {_BY_DETECTOR}: {error}"

    def _see_and_say(self, model: Answerer, question: str) -> str:
        timeout_s = self._settings.get(GroundingParams).picture_timeout_s
        frame = self._eye().camera.newest(self._now_ns(), timeout_s)
        return model.answer(frame, question)

    def _from_detections(self, task: Task, response: Ask.Response) -> None:
        params, robot = self._settings.get(PipelineParams), self._settings.get(RobotParams)
        timeout_s = self._settings.get(GroundingParams).picture_timeout_s
        phrases = question_phrases(task, params)
        perceived, _ = self._eye().look(phrases, self._now_ns(), timeout_s)
        said = answer(task, perceived.look, params, robot.viewer_yaw_rad)
        response.success, response.answer = said.answered, said.sentence
        response.targets = targets_msg(
            list(said.targets), robot.base_frame, perceived.look.stamp_ns
        )

    def _now_ns(self) -> int:
        """Return the time of the question: what was seen before may have changed since."""
        return int(self._node.get_clock().now().nanoseconds)
