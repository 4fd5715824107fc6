"""Keeps people told and the figures of an instruction."""

from __future__ import annotations

import numpy as np

from vla_ros.action.robot_port import Feedback, OnFeedback
from vla_ros.action.wording import stage_progress, stage_sentence
from vla_ros.types import ActionChunk, Task

QUESTION = "question"
"""Stage in which a question waits for an answer."""


class Reporter:
    """Turns chunks and looks into feedback, now and then, and adds up what was measured.

    Attributes:
        figures: What was measured.
        held: What the gripper holds, in words, or None.
    """

    def __init__(self, on_feedback: OnFeedback, period_s: float, steps: int) -> None:
        """Report on an instruction of some steps, at most once a period [s] within a stage."""
        self.figures: dict[str, float] = {"attempts": 0.0, "looks": 0.0, "look_s": 0.0}
        self.held: str | None = None
        self._on_feedback = on_feedback
        self._period_ns = round(period_s * 1e9)
        self._steps = max(1, steps)
        self._step = 0
        self._told_ns: int | None = None
        self._told_stage = ""
        self._last_xyz: np.ndarray | None = None

    def plan(self, steps: int) -> None:
        """Spread progress over a number of steps."""
        self._steps = max(1, steps)

    def next_step(self, step: int) -> None:
        """Go on to a step, counted from 0."""
        self._step = step
        self._told_stage = ""

    def stage(
        self, stage: str, task: Task, now_ns: int, T_base_target: np.ndarray | None = None
    ) -> None:
        """Tell of a stage, unless the same was told less than a period ago."""
        recently = self._told_ns is not None and now_ns - self._told_ns < self._period_ns
        if stage == self._told_stage and recently:
            return
        self._told_ns, self._told_stage = now_ns, stage
        progress = (self._step + stage_progress(stage)) / self._steps
        sentence = stage_sentence(stage, task, self.held or "thing")
        self._on_feedback(Feedback(stage, progress, T_base_target, sentence))

    def question(self, question: str) -> None:
        """Ask people something; the stage is QUESTION until the next one."""
        self._told_stage = QUESTION
        progress = self._step / self._steps
        self._on_feedback(Feedback(QUESTION, progress, None, question))

    def chunk(self, chunk: ActionChunk, T_base_target: np.ndarray, task: Task) -> None:
        """Tell of a chunk and add its way to the figures."""
        xyz = chunk.actions[:, :3]
        if self._last_xyz is not None:
            xyz = np.vstack([self._last_xyz, xyz])
        way = float(np.linalg.norm(np.diff(xyz, axis=0), axis=1).sum())
        self.add("path_length_m", way)
        self._last_xyz = chunk.actions[-1, :3]
        self.stage(chunk.stage, task, chunk.start_ns, T_base_target)

    def add(self, figure: str, amount: float) -> None:
        """Add to a figure."""
        self.figures[figure] = self.figures.get(figure, 0.0) + amount
