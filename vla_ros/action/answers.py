"""Answers questions about the scene from what a look found, and says no more than that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vla_ros.action.wording import counted, whereabouts
from vla_ros.types import Look, Skill, Target, Task

_SAME_M = 0.03


def question_phrases(task: Task, known: Sequence[str]) -> tuple[str, ...]:
    """Return what to look for to answer a question: what it names, else all that is known."""
    if task.skill is Skill.ASK and task.object is not None:
        return (task.object,)
    return tuple(dict.fromkeys(known))


def answer(task: Task, look: Look, viewer_yaw_rad: float, middle_m: np.ndarray) -> str:
    """Return what was seen, as a sentence: how many, and where."""
    if task.skill is Skill.ASK and task.object is not None:
        targets = look.groundings[task.object].targets if task.object in look.groundings else ()
        if not targets:
            return f"I see no {task.object}"
        places = " and ".join(whereabouts(t, viewer_yaw_rad, middle_m) for t in targets)
        return f"I see {counted(task.object, len(targets))}, {places}"
    found = distinct(look)
    if not found:
        return "I see nothing that I know on the table"
    counts: dict[str, int] = {}
    for target in found:
        counts[target.phrase] = counts.get(target.phrase, 0) + 1
    return "I see " + ", ".join(counted(phrase, count) for phrase, count in counts.items())


def distinct(look: Look) -> list[Target]:
    """Return one target for each thing, under the name that fits it best."""
    every = sorted((t for g in look.groundings.values() for t in g.targets), key=lambda t: -t.score)
    kept: list[Target] = []
    for target in every:
        centre = target.T_base_object[:3, 3]
        if all(np.linalg.norm(centre - t.T_base_object[:3, 3]) > _SAME_M for t in kept):
            kept.append(target)
    return kept
