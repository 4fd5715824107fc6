"""What is known when it is judged whether a task was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vla_ros.action.change import alike, same_place, surface_of
from vla_ros.action.held import LetGo
from vla_ros.types import Target, Task


@dataclass(frozen=True)
class Evidence:
    """What is known for the verdict.

    Attributes:
        task: What was asked for.
        name: What the thing is called.
        before: The thing as it was seen before it was touched, or None where it never was.
        others: Other things of the same name as seen before.
        after: Things of that name now.
        places: The destination's targets now (two for "between").
        places_before: The same before; used for what is hidden now.
        T_base_tool: (4, 4) the tool now.
        holding: Whether the fingers are kept apart by something.
        viewer_yaw_rad: Where the viewer looks.
        seen_before: All that was seen before, named or not; empty where that is not known.
        seen_after: All that is seen now, likewise.
        let_go: What the fingers opened around and where, or None.
    """

    task: Task
    name: str
    before: Target | None
    others: Sequence[Target]
    after: Sequence[Target]
    places: Sequence[Target]
    places_before: Sequence[Target]
    T_base_tool: np.ndarray
    holding: bool
    viewer_yaw_rad: float
    seen_before: Sequence[Target] = ()
    seen_after: Sequence[Target] = ()
    let_go: LetGo | None = None

    @cached_property
    def rest_before(self) -> list[Target]:
        """All that was seen before but the thing itself."""
        own = self.before
        if own is None:
            return list(self.seen_before)
        return [t for t in self.seen_before if not (same_place(t, own) and alike(t, own))]

    @cached_property
    def rest_before_m(self) -> np.ndarray:
        """Surface (N, 3) of all that was seen before but the thing itself [m]."""
        return surface_of(self.rest_before)

    @cached_property
    def after_m(self) -> np.ndarray:
        """Surface (N, 3) of all that is seen now [m]."""
        return surface_of((*self.seen_after, *self.after, *self.places))

    @cached_property
    def fresh(self) -> list[Target]:
        """Things of the name that are none of the others as they were seen before."""
        left = list(self.after)
        for other in self.others:
            near = [t for t in left if same_place(t, other, _SAME_PLACE_M)]
            if near:
                match = min(near, key=lambda t: _apart(t, other))
                left = [t for t in left if t is not match]
        return left


_SAME_PLACE_M = 0.03


def _apart(first: Target, second: Target) -> float:
    return float(np.linalg.norm(first.T_base_object[:3, 3] - second.T_base_object[:3, 3]))
