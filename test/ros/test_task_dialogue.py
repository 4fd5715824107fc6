"""The task node asks back by feedback, status and topic, and goes on with the answer."""

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from std_msgs.msg import String
from vla_ros_interfaces.action import ExecuteInstruction
from vla_ros_interfaces.msg import TaskStatus
from vla_ros_interfaces.srv import Ground

from vla_ros.action.reporting import QUESTION
from vla_ros.errors import TerminationReason
from vla_ros.nodes.task_node import TaskNode
from vla_ros.ros import qos
from vla_ros.ros.detections import groundings_msg
from vla_ros.ros.stamps import header
from vla_ros.types import Grounding, Look, Target

QUESTION_ENDS = "do you mean the left one or the right one?"


def cube(y_m: float) -> Target:
    T = np.eye(4)
    T[:3, 3] = [0.45, y_m, 0.02]
    return Target("red cube", np.array([10.0, 10.0, 20.0, 20.0]), T, np.full(3, 0.04), 0.9)


class Person:
    """Gives instructions, and sees two red cubes where a plain phrase is looked for."""

    def __init__(self, node):
        self.node, self.looked, self.replies, self.feedback, self.statuses = node, [], [], [], []
        node.create_service(Ground, "ground", self._ground)
        node.create_subscription(String, "reply", self._heard, qos.EVENT)
        self.requests = []
        node.create_subscription(
            PoseStamped, "tool_pose_request", self.requests.append, qos.REQUEST
        )
        node.create_subscription(TaskStatus, "task_status", self.statuses.append, qos.STATUS)
        self.instruct = node.create_publisher(String, "instruction", qos.EVENT)
        self.answer = node.create_publisher(String, "answer", qos.EVENT)
        self.client = ActionClient(node, ExecuteInstruction, "execute_instruction")

    def _heard(self, msg):
        self.replies.append(msg.data)

    def _ground(self, request, response):
        self.looked.append(tuple(request.phrases))
        cubes = (cube(-0.15), cube(0.15))
        groundings = {
            phrase: Grounding(phrase, cubes[:1] if "left" in phrase else cubes)
            for phrase in request.phrases
        }
        now_ns = self.node.get_clock().now().nanoseconds
        look = Look(groundings, (), now_ns)
        response.success, response.header = True, header("base_link", now_ns)
        response.groundings = groundings_msg(look, list(groundings), "base_link", "optical")
        return response


@pytest.fixture
def task(graph, robot_args):
    patience = Parameter("answer_timeout_s", value=300.0)
    return graph.add(
        TaskNode(context=graph.context, cli_args=robot_args, parameter_overrides=[patience])
    )


@pytest.fixture
def person(graph, task, until):
    made = Person(graph.node("person"))
    assert until(made.client.server_is_ready)
    assert until(lambda: made.instruct.get_subscription_count() > 0)
    assert until(lambda: made.answer.get_subscription_count() > 0)
    return made


@pytest.fixture
def asked(graph, person, until):
    """Begin an instruction that is ambiguous; return its result's future once it asks."""
    sent = graph.do(
        lambda: person.client.send_goal_async(
            ExecuteInstruction.Goal(instruction="pick up the red cube"),
            feedback_callback=lambda msg: person.feedback.append(msg.feedback),
        )
    )
    assert until(sent.done)
    assert until(lambda: any(QUESTION_ENDS in reply for reply in person.replies))
    return graph.do(sent.result().get_result_async)


def test_the_answer_continues_the_goal(person, asked, until):
    assert until(lambda: any(f.stage == QUESTION for f in person.feedback))
    assert until(lambda: any(s.stage == QUESTION for s in person.statuses))
    (question,) = [f.sentence for f in person.feedback if f.stage == QUESTION]
    assert question.endswith(QUESTION_ENDS)
    person.answer.publish(String(data="the left one"))
    assert until(asked.done)
    assert any("left red cube" in phrases for phrases in person.looked)
    # It goes on to move; there is no safety gate in this graph that could let it.
    assert asked.result().result.reason == TerminationReason.SAFETY_REFUSED.value


@pytest.mark.parametrize(
    ("said", "reason", "words"),
    [
        ("never mind", TerminationReason.CANCELED, "never mind"),
        ("stop", TerminationReason.STOPPED, "stop"),
    ],
)
def test_it_ends_where_the_person_wants_it_to(person, asked, until, said, reason, words):
    person.instruct.publish(String(data=said))
    assert until(asked.done)
    assert asked.result().result.reason == reason.value
    assert words in asked.result().result.message.lower()


def test_where_nobody_answers_it_ends_and_nothing_has_moved(task, person, until, graph):
    assert task.set_parameters([Parameter("answer_timeout_s", value=0.2)])[0].successful
    goal = ExecuteInstruction.Goal(instruction="pick up the red cube")
    sent = graph.do(lambda: person.client.send_goal_async(goal))
    assert until(sent.done)
    ended = graph.do(sent.result().get_result_async)
    assert until(ended.done)
    result = ended.result().result
    assert result.reason == TerminationReason.AMBIGUOUS.value
    assert "nobody answered" in result.message.lower() and QUESTION_ENDS in result.message
    assert until(lambda: result.message in person.replies)
    # An answer that comes too late starts nothing.
    person.answer.publish(String(data="the left one"))
    assert until(lambda: any("Nothing was asked" in reply for reply in person.replies))
    assert not person.requests


def test_another_instruction_takes_its_place(person, asked, until):
    person.instruct.publish(String(data="where is the left mug?"))
    assert until(asked.done)
    assert asked.result().result.reason == TerminationReason.CANCELED.value
    assert until(lambda: person.statuses[-1].instruction == "where is the left mug?")
