"""What "it", "them" and "one" stand for, and tasks from steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vla_ros.language.noun_phrase import NounPhrase, join_anchors, noun_of
from vla_ros.language.steps import Step, Thing
from vla_ros.language.verdicts import NeedsAnswer, NotUnderstood
from vla_ros.types import Relation, Skill, Task

_MAY_BE_HELD = (Skill.PUT_IN, Skill.PUT_ON, Skill.PLACE, Skill.STACK, Skill.RELEASE)
_ONES = ("one", "ones")


def resolve(clauses: Sequence[Sequence[Step]], scene: Sequence[str] = ()) -> tuple[Task, ...]:
    """Return the tasks of an instruction's clauses, in order.

    Args:
        clauses: The steps of each clause.
        scene: Phrases of what is known to be on the table, to tell what "the red one" is.

    Raises:
        NeedsAnswer: It is not clear what a pronoun stands for.
        NotUnderstood: A pronoun stands for nothing, or a thing should go to itself.
    """
    told = _Told(tuple(scene))
    for clause in clauses:
        told.add(clause)
    return tuple(told.tasks)


@dataclass(slots=True)
class _Told:
    """What was said so far."""

    scene: tuple[str, ...]
    tasks: list[Task] = field(default_factory=list)
    things: list[NounPhrase] = field(default_factory=list)
    containers: list[NounPhrase] = field(default_factory=list)
    places: list[NounPhrase] = field(default_factory=list)

    def add(self, clause: Sequence[Step]) -> None:
        """Add the tasks of one clause, and remember what it named."""
        named: list[NounPhrase] = []
        for step in clause:
            things = self._stands_for(step, named)
            for thing in things:
                anchors = tuple(self._anchor(a, step, thing, named) for a in step.anchors)
                self.tasks.append(_task(step, thing, anchors))
                named.extend([thing] if thing is not None else [])
            self._remember_places(step, things, named)
        self.things = named or self.things

    def _remember_places(
        self, step: Step, things: Sequence[NounPhrase | None], named: Sequence[NounPhrase]
    ) -> None:
        anchors = [a for a in step.anchors if isinstance(a, NounPhrase)]
        if anchors and step.relation is not Relation.BETWEEN:
            self.places = [self._one_named(anchors[-1], named)]
            if step.relation is Relation.IN:
                self.containers = self.places
        if step.skill is Skill.OPEN:
            self.containers = [thing for thing in things if thing is not None]

    def _stands_for(self, step: Step, named: Sequence[NounPhrase]) -> Sequence[NounPhrase | None]:
        thing = step.thing
        if thing is None:
            return [None]
        if isinstance(thing, NounPhrase):
            return [self._one_named(thing, named)]
        if thing.word in _ONES:
            raise NeedsAnswer(f"Which one do you mean by '{thing.word}'?", thing.word)
        if step.skill in (Skill.OPEN, Skill.CLOSE) and len(self.containers) == 1:
            return self.containers
        if not self.things:
            if thing.word == "it" and step.skill in _MAY_BE_HELD:
                return [None]
            raise NeedsAnswer(f"What do you mean by '{thing.word}'?", thing.word)
        many = len(self.things) > 1 or self.things[0].count not in (None, 1)
        if thing.word in ("them", "they", "these", "those"):
            if many:
                self._forget_picks()
            return self.things
        if many:
            raise NeedsAnswer(f"Which of them do you mean by '{thing.word}'?")
        return self.things

    def _forget_picks(self) -> None:
        """Leave out picks of several things that are then put somewhere: one is held at a time."""
        while self.tasks and self.tasks[-1].skill is Skill.PICK:
            self.tasks.pop()

    def _anchor(
        self, anchor: Thing, step: Step, thing: NounPhrase | None, named: Sequence[NounPhrase]
    ) -> NounPhrase:
        if isinstance(anchor, NounPhrase):
            return self._one_named(anchor, [*named, *([thing] if thing else [])])
        said = thing.text if thing is not None else ""
        inside = [c for c in self.containers if c.text != said]
        if step.relation is Relation.IN and len(inside) == 1:
            return inside[0]
        others = {p.text: p for p in (*self.places, *self.things) if p.text != said}
        if not others:
            raise NotUnderstood(
                f"'{anchor.word}' stands for nothing that was named: name the place"
            )
        if len(others) > 1:
            raise NeedsAnswer(f"Do you mean {_either(others)} by '{anchor.word}'?")
        return replace(next(iter(others.values())), count=None)

    def _one_named(self, noun: NounPhrase, named: Sequence[NounPhrase]) -> NounPhrase:
        """Return a noun phrase with "one" replaced by the noun it stands for."""
        if noun.place is not None:
            anchors = tuple(self._one_named(a, [*named, noun]) for a in noun.place.anchors)
            noun = replace(noun, place=replace(noun.place, anchors=anchors))
        if noun.head[-1] not in _ONES:
            return noun
        earlier = [n for n in (*self.things, *named) if n.head[-1] not in _ONES]
        if earlier:
            return replace(noun, head=(*noun.head[:-1], *noun_of(earlier[-1].head)))
        fitting = {p for p in self.scene if set(noun.head[:-1]) <= set(p.lower().split())}
        if len(fitting) == 1 and len(noun.head) > 1:
            return replace(noun, head=tuple(fitting.pop().lower().split()))
        raise NeedsAnswer(f"Which thing do you mean by 'the {noun.text}'?")


def _either(nouns: dict[str, NounPhrase]) -> str:
    return " or ".join(f"the {text}" for text in nouns)


def _task(step: Step, thing: NounPhrase | None, anchors: Sequence[NounPhrase]) -> Task:
    destination = join_anchors(anchors) if anchors else None
    if thing is None:
        return Task(step.skill, None, destination, step.relation, None, step.question, step.query)
    if destination == thing.text and thing.count is None:
        raise NotUnderstood(f"the {destination} can't go to itself")
    return Task(
        step.skill, thing.text, destination, step.relation, thing.count, step.question, step.query
    )
