"""The ways in which people stop an arm, said over ROS at a stage of an instruction, and timed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from std_msgs.msg import Bool, Empty, String
from std_srvs.srv import Trigger

from vla_ros.ros.onlooker import Onlooker
from vla_ros.ros.process_graph import ProcessGraph

STAGES = ("approach", "descend", "grasp", "lift", "transport", "place", "retreat")
"""Stages of putting something into something else."""
_ENDING_S = 30.0


@dataclass(frozen=True, slots=True)
class StopTrial:
    """Runs an instruction up to a stage, slows the simulator down and stops it in one of the ways.

    Slow simulated time takes the measuring computer out of what is measured: what a busy one delays
    by 100 ms counts 5 ms at a pace of 0.05.

    Attributes:
        graph: Processes with the embedded simulator.
        onlooker: Somebody in its domain.
        text: The instruction.
        pace: Simulated seconds a second before and after the stop.
        slow_pace: The same during the stop.
    """

    graph: ProcessGraph
    onlooker: Onlooker
    text: str
    pace: float = 0.5
    slow_pace: float = 0.05

    def run(self, way: str, stage: str) -> tuple[str, float]:
        """Stop once; the next instruction is possible afterwards.

        Args:
            way: One of STOPS.
            stage: One of STAGES.

        Returns:
            The stage that was under way when it was said, and how long after that the arm was at
            rest for good [ms, simulated].

        Raises:
            NoAnswer: The stage is not reached, or the arm does not come to rest.
        """
        onlooker = self.onlooker
        onlooker.pace(self.pace)
        with STOPS[way](self) as say:
            onlooker.wait_for_stage(stage)
            onlooker.pace(self.slow_pace)
            onlooker.wait_until_moving()
            reached, said_ns = onlooker.stages[-1], onlooker.now_ns()
            say()
            rest_ms = onlooker.rested_after_ms(said_ns)
            onlooker.pace(self.pace)
            onlooker.spin_until(lambda: not onlooker.running, _ENDING_S)
        return reached, rest_ms


Say = Callable[[], Any]


@contextmanager
def _message(trial: StopTrial, topic: str, msg: Any, listeners: int) -> Iterator[Say]:
    onlooker = trial.onlooker
    publisher = onlooker.publisher(type(msg), topic, listeners)
    try:
        onlooker.begin(trial.text)
        yield lambda: publisher.publish(msg)
    finally:
        onlooker.node.destroy_publisher(publisher)


@contextmanager
def _e_stop_message(trial: StopTrial) -> Iterator[Say]:
    try:
        with _message(trial, "e_stop", Bool(data=True), 1) as say:
            yield say
    finally:
        trial.onlooker.call("reset")


@contextmanager
def _e_stop_service(trial: StopTrial) -> Iterator[Say]:
    onlooker = trial.onlooker
    client = onlooker.node.create_client(Trigger, "safety/e_stop")
    try:
        onlooker.spin_until(client.service_is_ready)
        onlooker.begin(trial.text)
        yield lambda: client.call_async(Trigger.Request())
    finally:
        onlooker.node.destroy_client(client)
        onlooker.call("reset")


@contextmanager
def _cancel(trial: StopTrial) -> Iterator[Say]:
    yield trial.onlooker.begin(trial.text).cancel_goal_async


@contextmanager
def _task_node_ctrl_c(trial: StopTrial) -> Iterator[Say]:
    trial.onlooker.begin(trial.text)
    try:
        yield partial(trial.graph.interrupt, "task")
    finally:
        trial.graph.interrupt("task")
        trial.graph.restart("task")


@contextmanager
def _client_ctrl_c(trial: StopTrial) -> Iterator[Say]:
    trial.onlooker.expect()
    command = [sys.executable, "-m", "vla_ros.ros.instruct", trial.text]
    client = subprocess.Popen(
        command, env=trial.graph.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield partial(client.send_signal, signal.SIGINT)
        client.wait(_ENDING_S)
    finally:
        client.kill()
        client.wait()


STOPS: Mapping[str, Callable[[StopTrial], AbstractContextManager[Say]]] = {
    "stop topic": partial(_message, topic="stop", msg=Empty(), listeners=2),
    "instruction 'stop'": partial(
        _message, topic="instruction", msg=String(data="stop"), listeners=2
    ),
    "e-stop topic": _e_stop_message,
    "e-stop service": _e_stop_service,
    "action cancel": _cancel,
    "Ctrl-C of the task node": _task_node_ctrl_c,
    "Ctrl-C of the client": _client_ctrl_c,
}
"""Each way: gives the instruction, then a function that says stop; mends what it broke at last."""
