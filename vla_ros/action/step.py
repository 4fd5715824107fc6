"""Does one task of an instruction: look, act, look again, and try again where that helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vla_ros.action.ambiguity import Ambiguous
from vla_ros.action.answers import answer
from vla_ros.action.asking import Asker
from vla_ros.action.chunks import ChunkPlayer
from vla_ros.action.head import ActionHead
from vla_ros.action.held import RemembersHeld
from vla_ros.action.playing import GateWatch, play_task, require_going_on, tick
from vla_ros.action.query_phrases import question_phrases
from vla_ros.action.reporting import Reporter
from vla_ros.action.robot_port import AnswersQuestions, RobotPort
from vla_ros.action.scene import (
    Past,
    Scene,
    plain_phrase,
    read_scene,
    task_phrases,
)
from vla_ros.action.second_look import Attempted
from vla_ros.action.verify import Verified, verify
from vla_ros.action.wording import counted, done_sentence, number_word
from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.language.phrases import describe_task
from vla_ros.params import PipelineParams, RobotParams
from vla_ros.types import ActionChunk, Look, Skill, Task

_WORTH_ANOTHER_TRY = (
    TerminationReason.GRASP_FAILED,
    TerminationReason.DROPPED,
    TerminationReason.PLACE_FAILED,
    TerminationReason.UNREACHABLE,
    TerminationReason.VERIFICATION_FAILED,
)
_SETS_DOWN = (Skill.PLACE, Skill.PUT_IN, Skill.PUT_ON, Skill.STACK)
_NOTHING_SEEN = Look({}, (), 0)
_HOME = Task(Skill.HOME)
_REST_PERIOD_S = 0.1
_OPEN = 0.9


class StepRunner:
    """Carries out tasks on a robot, one after the other."""

    def __init__(
        self,
        robot: RobotPort,
        head: ActionHead,
        params: PipelineParams,
        facts: RobotParams,
        reporter: Reporter,
        asker: Asker | None = None,
    ) -> None:
        """Drive a robot with a head; facts say where the viewer stands.

        With an asker, what is ambiguous is asked back instead of ending the instruction.
        """
        self._robot = robot
        self._head = head
        self._params = params
        self._facts = facts
        self._reporter = reporter
        self._asker = asker
        self._armed = False
        self._last_row: np.ndarray | None = None
        self.retries = 0

    @property
    def moved(self) -> bool:
        """Whether anything was sent to the robot."""
        return self._armed

    def do(self, task: Task) -> str:
        """Do a task and return a sentence that says what was done.

        Raises:
            TaskFailed: It could not be done, or cannot be seen to be done.
        """
        if task.skill is Skill.STOP:
            return "the arm holds still"
        if task.skill in (Skill.ASK, Skill.DESCRIBE):
            return self._answer(task)
        if task.skill is Skill.HOME:
            self._play(_HOME, _NOTHING_SEEN)
            return done_sentence(task, "", 1)
        return self._do_what_is_meant(task)

    def _do_what_is_meant(self, task: Task) -> str:
        """Do a task; where it turns out to be ambiguous, ask back and begin it anew."""
        if self._asker is None:
            return self._do_each(task)
        task = self._asker.settled(task)
        while True:
            try:
                return self._do_each(task)
            except Ambiguous as unclear:
                task = self._asker.settle(task, unclear)

    def go_home(self) -> None:
        """Bring the arm out of the way, open unless it holds something."""
        self._play(_HOME, _NOTHING_SEEN)

    def holding(self) -> bool:
        """Return whether the fingers were told to close and something keeps them apart."""
        opening = self._robot.observe().robot.gripper_opening
        asked_open = self._last_row is not None and float(self._last_row[-1]) >= 0.5
        return not asked_open and self._params.held_opening < opening < _OPEN

    def _do_each(self, task: Task) -> str:
        """Do a task with as many things as it asks for."""
        wanted = task.count if isinstance(task.count, int) else 1
        most = self._params.max_objects if task.count == "all" else wanted
        past, said = Past(), ""
        for done in range(most):
            reason = self._do_one(task, past)
            if reason is None:
                if done < wanted and task.count != "all":
                    found = counted(task.object or "thing", done)
                    raise TaskFailed(
                        TerminationReason.NOT_FOUND,
                        f"I found only {found}, not {number_word(wanted)}",
                    )
                return done_sentence(task, said or f"every {task.object} is there already", done)
            said = reason
        return done_sentence(task, said, most)

    def _do_one(self, task: Task, past: Past) -> str | None:
        """Do a task with one thing, trying again where that may help; None: nothing is left."""
        past.attempts = 0
        failure: TaskFailed | None = None
        attempted: Attempted | None = None
        most = self._params.max_retries
        while True:
            try:
                present = self._with_what_is_held(task)
                scene = self.see(present, past)
                if scene.chosen is None and present.object is not None:
                    return "it is already there" if past.attempts else None
                attempted = Attempted.of(present, scene, self._head)
                self.attempt(attempted, past)
                verdict = self.check(attempted, past)
                if verdict.success:
                    return verdict.reason
                failure = TaskFailed(TerminationReason.VERIFICATION_FAILED, verdict.reason)
                most = 0 if verdict.final else most
            except TaskFailed as failed:
                if failure is not None and failed.reason is TerminationReason.NOT_FOUND:
                    raise failure from failed
                if failed.reason not in _WORTH_ANOTHER_TRY:
                    raise
                failure = failed
            if past.attempts >= most:
                raise failure
            past.attempts += 1
            self.retries += 1
            if self.moved:
                self.go_home()
            if attempted is not None and not self.holding():
                task = attempted.named_task()

    def _with_what_is_held(self, task: Task) -> Task:
        """Leave the object out where the gripper holds it: between the fingers nobody sees it."""
        held = self._head.held if isinstance(self._head, RemembersHeld) else None
        self._reporter.held = None if held is None else held.phrase
        if held is None or task.object is None or task.skill not in _SETS_DOWN:
            return task
        if not self.holding():
            return task
        return replace(task, object=None) if plain_phrase(task.object) == held.phrase else task

    def attempt(self, attempted: Attempted, past: Past) -> None:
        """Act, without looking whether it helped.

        Raises:
            TaskFailed: The head, the gate or a person ended it.
        """
        past.others, past.last = attempted.scene.others, attempted.scene.chosen
        self._reporter.add("attempts", 1.0)
        self._play(attempted.task, attempted.scene.look)

    def see(self, task: Task, past: Past) -> Scene:
        """Look for what a task is about; from home where something is missing at first."""
        if task.skill is Skill.PICK and task.count not in (None, 1):
            raise TaskFailed(TerminationReason.REFUSED, "the gripper holds one thing at a time")
        look = self._look(task, task_phrases(task), "look")
        viewer = self._facts.viewer_yaw_rad
        try:
            return read_scene(task, look, past, viewer)
        except TaskFailed as failed:
            if failed.reason is not TerminationReason.NOT_FOUND or not self._armed:
                raise
        self.go_home()
        return read_scene(task, self._look(task, task_phrases(task), "look"), past, viewer)

    def check(self, attempted: Attempted, past: Past) -> Verified:
        """Look whether a task was done; once more from home where that cannot be told."""
        self._rest(self._params.settle_s)
        verdict = self._judge(attempted, past)
        if verdict.unsure:
            self.go_home()
            verdict = self._judge(attempted, past)
        return verdict

    def _judge(self, attempted: Attempted, past: Past) -> Verified:
        look = self._look(attempted.task, attempted.phrases, "verify")
        robot, viewer = self._robot.observe().robot, self._facts.viewer_yaw_rad
        verdict = verify(attempted.evidence(look, robot, self._head, self.holding(), viewer))
        past.last = verdict.where[0] if verdict.where else past.last
        if verdict.success:
            past.finished.extend(verdict.where)
            if verdict.error_m is not None:
                self._reporter.figures["placement_error_m"] = verdict.error_m
        return verdict

    def _answer(self, task: Task) -> str:
        if isinstance(self._robot, AnswersQuestions):
            self._reporter.stage("look", task, self._robot.now_ns())
            return self._robot.ask(describe_task(task))
        look = self._look(task, question_phrases(task, self._params), "look")
        said = answer(task, look, self._params, self._facts.viewer_yaw_rad)
        if not said.answered:
            raise TaskFailed(TerminationReason.REFUSED, said.sentence)
        return said.sentence

    def _look(self, task: Task, phrases: Sequence[str], stage: str) -> Look:
        require_going_on(self._robot)
        began = self._robot.now_ns()
        self._reporter.stage(stage, task, began)
        look = self._robot.look(tuple(phrases))
        self._reporter.add("looks", 1.0)
        self._reporter.add("look_s", (self._robot.now_ns() - began) * 1e-9)
        require_going_on(self._robot)
        return look

    def _play(self, task: Task, look: Look) -> None:
        if not self._armed:
            self._robot.arm()
            self._armed = True

        def on_chunk(chunk: ActionChunk, T_base_target: np.ndarray) -> None:
            self._last_row = chunk.actions[-1]
            self._reporter.chunk(chunk, T_base_target, task)

        play_task(self._robot, self._head, task, look, self._params, on_chunk)

    def _rest(self, seconds: float) -> None:
        """Hold still for some robot time, so that what was let go comes to rest."""
        if self._last_row is None:
            return
        rows = np.tile(self._last_row, (max(1, round(seconds / _REST_PERIOD_S)), 1))
        player = ChunkPlayer(self._head.spec)
        player.play(
            ActionChunk(rows, self._head.spec, _REST_PERIOD_S, self._robot.now_ns(), "rest")
        )
        watch = GateWatch(self._params.refusal_patience_s)
        while not player.done(self._robot.now_ns()):
            tick(self._robot, player, watch)
