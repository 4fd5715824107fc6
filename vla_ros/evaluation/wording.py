"""How people word tasks: several templates for each skill and relation, and politeness."""

from __future__ import annotations

from collections.abc import Sequence

from vla_ros.types import Relation, Skill, Task

WRAPPERS = (
    "{}",
    "{}",
    "{}",
    "please {}",
    "could you {}?",
    "can you please {}?",
    "{}, please",
    "I'd like you to {}",
    "robot, {}",
    "now {}",
    "{} for me",
    "would you {} for me, please?",
)
"""Politeness; plain words are as frequent as in speech to a machine."""

_PICK = (
    "pick up the {object}",
    "pick the {object} up",
    "grab the {object}",
    "take the {object}",
    "lift the {object}",
    "fetch the {object}",
    "get the {object}",
)
_PUT_IN = (
    "put the {object} in the {destination}",
    "put the {object} into the {destination}",
    "place the {object} in the {destination}",
    "place the {object} inside the {destination}",
    "drop the {object} into the {destination}",
    "move the {object} into the {destination}",
    "pick up the {object} and put it in the {destination}",
)
_PUT_ON = (
    "put the {object} on the {destination}",
    "place the {object} on the {destination}",
    "set the {object} on the {destination}",
    "put the {object} on top of the {destination}",
    "lay the {object} onto the {destination}",
)
_STACK = (
    "stack the {object} on the {destination}",
    "stack the {object} on top of the {destination}",
    "stack the {object} onto the {destination}",
)
_POINT = ("point at the {object}", "point to the {object}", "show me the {object}")
_HOME = (
    "go home",
    "go back home",
    "return home",
    "return to the home position",
    "move back to home",
)
_PLACE_VERBS = ("put", "place", "set", "move", "bring")
_PUSH_VERBS = ("push", "slide", "nudge")
_PLACES: dict[Relation, tuple[str, ...]] = {
    Relation.NEXT_TO: ("next to", "beside", "close to", "right next to"),
    Relation.LEFT_OF: ("to the left of", "left of", "on the left side of"),
    Relation.RIGHT_OF: ("to the right of", "right of", "on the right side of"),
    Relation.IN_FRONT_OF: ("in front of",),
    Relation.BEHIND: ("behind",),
}
_DIRECTIONS: dict[Relation, tuple[str, ...]] = {
    Relation.LEFT_OF: ("to the left", "left"),
    Relation.RIGHT_OF: ("to the right", "right"),
    Relation.IN_FRONT_OF: ("towards me", "toward me"),
    Relation.BEHIND: ("away from me", "away"),
}
_FIXED: dict[Skill, tuple[str, ...]] = {
    Skill.PICK: _PICK,
    Skill.PUT_IN: _PUT_IN,
    Skill.PUT_ON: _PUT_ON,
    Skill.STACK: _STACK,
    Skill.POINT_AT: _POINT,
    Skill.HOME: _HOME,
}


def templates(task: Task) -> Sequence[str]:
    """Return the wordings of a task, with {object} and {destination} to fill in.

    All of them mean this one task; those with two steps pick first what they then put down.
    """
    if task.skill in _FIXED:
        return _FIXED[task.skill]
    assert task.relation is not None
    if task.skill is Skill.PUSH:
        return [f"{v} the {{object}} {d}" for v in _PUSH_VERBS for d in _DIRECTIONS[task.relation]]
    return [
        f"{verb} the {{object}} {place} the {{destination}}"
        for verb in _PLACE_VERBS
        for place in _PLACES[task.relation]
    ]
