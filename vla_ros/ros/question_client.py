"""Asks the running graph a question, for commands."""

from __future__ import annotations

from contextlib import closing

from vla_ros_interfaces.srv import Ask

from vla_ros.ros.participant import call
from vla_ros.ros.visitor import Visitor


def ask_question(question: str, namespace: str = "", limit_s: float = 60.0) -> tuple[bool, str]:
    """Return whether there is an answer, and the answer or why there is none.

    Args:
        question: What to ask.
        namespace: Namespace of the robot's nodes.
        limit_s: Wall time to wait [s].

    Raises:
        NoAnswer: The grounding node isn't there, or does not answer.
    """
    with closing(Visitor("asker", namespace=namespace)) as visitor:
        client = visitor.node.create_client(Ask, "ask")
        answer = call(visitor, client, Ask.Request(question=question), limit_s)
        return bool(answer.success), str(answer.answer)
