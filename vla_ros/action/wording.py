"""Sentences for people: what is going on, which one is meant, what is on the table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vla_ros.language.inflection import plural
from vla_ros.language.referring import parse_referring
from vla_ros.perception.relations import viewer_directions
from vla_ros.types import Relation, Skill, Target, Task

_STAGES: dict[str, tuple[float, str]] = {
    "look": (0.02, "looking for the {object}"),
    "approach": (0.1, "moving to the {object}"),
    "descend": (0.2, "going down to the {object}"),
    "grasp": (0.3, "grasping the {object}"),
    "lift": (0.4, "lifting the {object}"),
    "transport": (0.5, "carrying the {object}"),
    "place": (0.65, "setting the {object} down"),
    "push": (0.6, "pushing the {object}"),
    "pull": (0.6, "pulling the {object}"),
    "point": (0.8, "pointing at the {object}"),
    "release": (0.75, "letting go of the {object}"),
    "retreat": (0.8, "moving away"),
    "home": (0.85, "going home"),
    "verify": (0.95, "looking whether it is done"),
    "done": (0.9, "checking the {object}"),
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def stage_progress(stage: str) -> float:
    """Return how far 0..1 a step is when a stage begins."""
    return _STAGES.get(stage, (0.5, ""))[0]


def stage_sentence(stage: str, task: Task, held: str = "thing") -> str:
    """Return what is going on at a stage of a task; one without an object is about what is held."""
    words = _STAGES.get(stage, (0.5, stage))[1]
    sought = task.destination if stage == "look" and task.object is None else None
    return words.format(object=task.object or sought or held)


def number_word(count: int) -> str:
    """Return "two", and digits beyond ten."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def counted(phrase: str, count: int) -> str:
    """Return "one red cube", "two red cubes"."""
    return f"{number_word(count)} {phrase if count == 1 else many(phrase)}"


def many(phrase: str) -> str:
    """Return the plural of a phrase: "cans behind the mug"."""
    head = parse_referring(phrase).head
    words = head.split()
    return phrase.replace(head, " ".join([*words[:-1], plural(words[-1])]), 1)


def which_one(phrase: str, targets: Sequence[Target], viewer_yaw_rad: float) -> str:
    """Return a question that tells several things of one name apart by where they are."""
    count = counted(phrase, len(targets))
    sideways = lie_sideways(targets, viewer_yaw_rad)
    low, high = ("left", "right") if sideways else ("front", "back")
    if len(targets) == 2:
        return f"I see {count}: do you mean the {low} one or the {high} one?"
    ends = ("leftmost", "rightmost") if low == "left" else ("nearest", "farthest")
    return f"I see {count}: do you mean the {ends[0]} one, the {ends[1]} one or one between them?"


def lie_sideways(targets: Sequence[Target], viewer_yaw_rad: float) -> bool:
    """Whether things lie side by side for the viewer, rather than one behind another."""
    places = np.array([t.T_base_object[:2, 3] for t in targets])
    axes = viewer_directions(viewer_yaw_rad)
    sideways, away = places @ axes[Relation.RIGHT_OF], places @ axes[Relation.BEHIND]
    return bool(np.ptp(sideways) >= np.ptp(away))


def whereabouts(target: Target, viewer_yaw_rad: float, middle_m: np.ndarray) -> str:
    """Return where a thing is on the table, as the viewer sees it ("at the front left")."""
    axes = viewer_directions(viewer_yaw_rad)
    offset = target.T_base_object[:2, 3] - middle_m
    right, away = float(offset @ axes[Relation.RIGHT_OF]), float(offset @ axes[Relation.BEHIND])
    side = "right" if right > 0.07 else "left" if right < -0.07 else ""
    depth = "back" if away > 0.06 else "front" if away < -0.06 else ""
    if not side and not depth:
        return "in the middle"
    return f"at the {' '.join(word for word in (depth, side) if word)}"


def done_sentence(task: Task, reason: str, count: int) -> str:
    """Return what to say when a step is done."""
    if count > 1 and task.object is not None:
        return f"done with {counted(task.object, count)}"
    if task.skill is Skill.HOME:
        return "the arm is home"
    if task.skill is Skill.RELEASE:
        return "the gripper is open"
    return reason
