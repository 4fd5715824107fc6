"""The second look: what to look for after an attempt, and what it says together with the first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vla_ros.action.evidence import Evidence
from vla_ros.action.head import ActionHead
from vla_ros.action.held import RemembersHeld
from vla_ros.action.scene import (
    Scene,
    destination_phrases,
    plain_phrase,
    same_places,
    targets_of,
)
from vla_ros.action.space import things_of
from vla_ros.types import Look, RobotState, Skill, Target, Task


@dataclass(frozen=True, slots=True)
class Attempted:
    """One attempt.

    Attributes:
        task: What was to be done.
        name: What the thing is called, or None where nobody ever named it.
        before: The thing as it was seen before it was touched, or None where it never was.
        scene: What was seen before the attempt.
    """

    task: Task
    name: str | None
    before: Target | None
    scene: Scene

    @classmethod
    def of(cls, task: Task, scene: Scene, head: ActionHead) -> Attempted:
        """Return what is to be attempted; what has no name is what the head holds."""
        held = head.held if isinstance(head, RemembersHeld) else None
        if task.object is None and held is not None:
            return cls(task, held.phrase, held.target, scene)
        return cls(task, task.object, scene.chosen, scene)

    @property
    def named(self) -> tuple[str, ...]:
        """What the thing is looked for by: its place in words may be lost."""
        return () if self.name is None else (plain_phrase(self.name),)

    @property
    def phrases(self) -> tuple[str, ...]:
        """All that a second look asks for, each once."""
        return tuple(dict.fromkeys((*self.named, *destination_phrases(self.task))))

    def named_task(self) -> Task:
        """Return the task for another attempt with an empty hand: "it" is called by its name."""
        if self.task.object is not None or self.name is None:
            return self.task
        skill = Skill.PLACE if self.task.skill is Skill.RELEASE else self.task.skill
        return replace(self.task, skill=skill, object=self.name)

    def evidence(
        self, look: Look, robot: RobotState, head: ActionHead, holding: bool, viewer_yaw_rad: float
    ) -> Evidence:
        """Return what is known after it.

        Args:
            look: The second look, asked with `phrases`.
            robot: The robot now.
            head: Who made the attempt.
            holding: Whether something keeps the fingers apart.
            viewer_yaw_rad: Where the viewer looks.
        """
        return Evidence(
            task=self.task,
            name=self.name or "thing",
            before=self.before,
            others=self.scene.others,
            after=[t for phrase in self.named for t in targets_of(look, phrase)],
            places=same_places(look, destination_phrases(self.task), self.scene.places),
            places_before=self.scene.places,
            T_base_tool=robot.T_base_tool,
            holding=holding,
            viewer_yaw_rad=viewer_yaw_rad,
            seen_before=things_of(self.scene.look),
            seen_after=things_of(look),
            let_go=head.let_go if isinstance(head, RemembersHeld) else None,
        )
