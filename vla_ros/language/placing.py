"""Where things of a list go: each its own place or direction, or that of the next one."""

from __future__ import annotations

from collections.abc import Sequence

from vla_ros.language import lexicon as lex
from vla_ros.language.destinations import Destined, described, destined
from vla_ros.language.noun_phrase import NounPhrase
from vla_ros.language.steps import Conjunct, Step, Thing
from vla_ros.language.verdicts import NeedsAnswer, NotUnderstood
from vla_ros.types import Relation, Skill

_BESIDE = tuple(relation for relation in Relation if relation not in lex.CONTAINMENT)
_ANYWHERE: tuple[Relation | None, ...] = (*Relation, None)


def name_of(thing: Thing) -> str:
    """Return what to call a thing in a message."""
    return f"the {thing.text}" if isinstance(thing, NounPhrase) else f"'{thing.word}'"


def goes_somewhere(conjunct: Conjunct) -> bool:
    """Whether a place was said that may be a destination."""
    return conjunct.goal is not None or any(not place.of_noun for place in conjunct.places)


def placed(conjuncts: Sequence[Conjunct], verb: str) -> list[Step]:
    """Give each thing its destination; things without one share that of the next one."""
    steps: list[Step] = []
    waiting: list[Thing] = []
    for conjunct in conjuncts:
        goal = destined(conjunct, _ANYWHERE)
        if goal is None and conjunct.down:
            things = [*waiting, described(conjunct)]
            steps.extend(Step(Skill.PLACE, thing) for thing in things)
            waiting = []
        elif goal is None:
            waiting.append(described(conjunct))
        else:
            steps.extend(_placement(thing, goal) for thing in (*waiting, goal.thing))
            waiting = []
    if waiting:
        raise NotUnderstood(f"{verb} {name_of(waiting[-1])} where? The place is missing")
    return steps


def _placement(thing: Thing, goal: Destined) -> Step:
    relation = goal.relation
    place = goal.anchors[-1]
    on_table = isinstance(place, NounPhrase) and place.head[-1] in lex.TABLES
    if relation is None:
        if not on_table:
            raise NeedsAnswer(f"Should {name_of(thing)} go in, on or next to {name_of(place)}?")
        relation = Relation.ON
    if on_table and relation is not Relation.ON:
        raise NotUnderstood(
            f"I can put things on the {name_of(place)[4:]}, but say other places by a thing on it"
        )
    skills = {Relation.IN: Skill.PUT_IN, Relation.ON: Skill.PUT_ON}
    return Step(skills.get(relation, Skill.PLACE), thing, relation, goal.anchors)


def stacked(conjuncts: Sequence[Conjunct]) -> list[Step]:
    """Give each thing what it is stacked on, shared backwards as with placing."""
    steps: list[Step] = []
    waiting: list[Thing] = []
    for conjunct in conjuncts:
        goal = destined(conjunct, _ANYWHERE)
        if goal is None:
            waiting.append(described(conjunct))
            continue
        if goal.relation is not Relation.ON:
            raise NotUnderstood("stacking needs what to stack on: stack one thing on another")
        for thing in (*waiting, goal.thing):
            steps.append(Step(Skill.STACK, thing, Relation.ON, goal.anchors))
        waiting = []
    if waiting:
        raise NeedsAnswer("Which one should go on which?")
    return steps


def pushed(conjuncts: Sequence[Conjunct], verb: str) -> list[Step]:
    """Give each thing its direction or destination, shared backwards as with placing."""
    steps: list[Step] = []
    waiting: list[Thing] = []
    for conjunct in conjuncts:
        goal = None if conjunct.direction else destined(conjunct, (*_BESIDE, None))
        if conjunct.direction is None and goal is None:
            waiting.append(_described_for_push(conjunct, verb))
            continue
        if goal is None:
            last = Step(Skill.PUSH, described(conjunct), conjunct.direction)
        else:
            if goal.relation in lex.CONTAINMENT:
                raise NotUnderstood(f"I can't {verb} things in or on something: ask me to put them")
            last = Step(Skill.PUSH, goal.thing, goal.relation or Relation.NEXT_TO, goal.anchors)
        steps.extend(Step(Skill.PUSH, t, last.relation, last.anchors) for t in waiting)
        steps.append(last)
        waiting = []
    if waiting:
        raise NeedsAnswer(f"Which way should I {verb} {name_of(waiting[-1])}?", "")
    return steps


def _described_for_push(conjunct: Conjunct, verb: str) -> Thing:
    if any(place.motion for place in conjunct.places):
        raise NotUnderstood(f"I can't {verb} things into or onto something: ask me to put them")
    return described(conjunct)
