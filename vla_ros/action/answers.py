"""Answers questions about the scene from what a look found, and says what it can't know."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vla_ros.action.answer_wording import how_many_of, listed, place_of, size_words, there_are
from vla_ros.action.query_phrases import holders, is_generic, place_phrases, query_of
from vla_ros.action.seen import Answer, Seen, counts_of, is_same, named_things
from vla_ros.action.standing import stands
from vla_ros.action.state_answers import answer_color, answer_size, answer_state
from vla_ros.action.wording import counted, which_one
from vla_ros.language.phrases import is_table
from vla_ros.params import PipelineParams
from vla_ros.types import Look, QueryKind, Relation, Skill, Target, Task

__all__ = ["Answer", "answer"]


def answer(task: Task, look: Look, params: PipelineParams, viewer_yaw_rad: float) -> Answer:
    """Return what a look says to a question.

    Args:
        task: The question: ASK or DESCRIBE.
        look: What was seen, asked with question_phrases.
        params: What is known by name, and the middle of the table.
        viewer_yaw_rad: Where the viewer looks.
    """
    seen = Seen(task, query_of(task), look, params, viewer_yaw_rad)
    kind = seen.query.kind
    if task.object is None and task.destination is not None and not is_table(task.destination):
        return _what_at(seen)
    if task.object is None or is_table(task.object) or is_generic(task.object):
        return _everything(seen)
    if not seen.things:
        return _nothing(seen)
    if task.skill is Skill.DESCRIBE:
        return seen.about_each(lambda t: f"{seen.at(t)}, {size_words(t, '')}")
    return _KINDS.get(kind, _unknown)(seen)


def _nothing(seen: Seen) -> Answer:
    """Say that what a question is about is not to be seen, and why that is."""
    grounding = seen.look.groundings.get(seen.phrase)
    reason = grounding.reason if grounding is not None else ""
    sentence = f"I see no {seen.phrase}"
    if reason and not reason.startswith("there is no "):
        sentence = f"{sentence}: {reason}"
    if seen.query.kind in (QueryKind.EXISTS, QueryKind.IS_AT):
        sentence = f"no, {sentence}"
    return Answer(sentence)


def _everything(seen: Seen) -> Answer:
    """Answer what is on the table, or how many things are."""
    named = named_things(seen)
    unnamed = len(seen.look.obstacles)
    if not named and not unnamed:
        return Answer("I see nothing on the table")
    if not named:
        return Answer(f"I see {counted('thing', unnamed)} that I have no name for")
    sentence = f"I see {counts_of(named)}"
    if seen.query.kind is QueryKind.COUNT:
        sentence = f"{there_are('thing', len(named) + unnamed)}: {counts_of(named)}"
    if seen.query.word == "empty":
        sentence = f"no, {sentence}"
    if unnamed:
        sentence = f"{sentence}, and {counted('more thing', unnamed)} that I have no name for"
    return Answer(sentence, True, tuple(named))


def _where(seen: Seen) -> Answer:
    return seen.about_each(lambda thing: _place(seen, thing))


def _place(seen: Seen, thing: Target) -> str:
    """Return "in the bowl, at the front left"."""
    for phrase in holders(seen.params):
        for holder in seen.found(phrase):
            for relation in (Relation.IN, Relation.ON):
                if not is_same(thing, holder) and stands(
                    relation, thing, (holder,), seen.viewer_yaw_rad
                ):
                    return f"{place_of(relation, phrase)}, {seen.at(thing)}"
    return seen.at(thing)


def _count(seen: Seen) -> Answer:
    return seen.about(there_are(seen.phrase, len(seen.things)))


def _exists(seen: Seen) -> Answer:
    number, wanted = len(seen.things), seen.task.count
    places = listed([seen.at(thing) for thing in seen.things])
    if isinstance(wanted, int) and number != wanted:
        return seen.about(f"no, {there_are(seen.phrase, number)}")
    return seen.about(f"yes, I see {counted(seen.phrase, number)}, {places}")


def _is_at(seen: Seen) -> Answer:
    task, things = seen.task, seen.things
    there = place_of(task.relation, task.destination or "")
    places = [target for phrase in place_phrases(task) for target in seen.found(phrase)]
    if not places:
        return Answer(f"no, I see no {task.destination}", True, things)
    standing = [t for t in things if _stands_at_any(seen, t, places)]
    if len(things) == 1:
        if standing:
            return seen.about(f"yes, the {seen.phrase} is {there}")
        return seen.about(f"no, the {seen.phrase} is not {there} but {seen.at(things[0])}")
    share = how_many_of(len(standing), len(things), seen.phrase)
    every = len(standing) == len(things)
    yes = every if task.count == "all" else bool(standing)
    be = "is" if len(standing) == 1 else "are"
    return seen.about(f"{'yes' if yes else 'no'}, {share} {be} {there}")


def _stands_at_any(seen: Seen, thing: Target, places: Sequence[Target]) -> bool:
    others = [place for place in places if not is_same(place, thing)]
    relation = seen.task.relation or Relation.NEXT_TO
    if relation is Relation.BETWEEN:
        return stands(relation, thing, others, seen.viewer_yaw_rad)
    return any(stands(relation, thing, (place,), seen.viewer_yaw_rad) for place in others)


def _what_at(seen: Seen) -> Answer:
    task = seen.task
    there = place_of(task.relation, task.destination or "")
    places = [target for phrase in place_phrases(task) for target in seen.found(phrase)]
    if not places:
        return Answer(f"I see no {task.destination}")
    wanted = 2 if task.relation is Relation.BETWEEN else 1
    if len(places) > wanted:
        question = which_one(task.destination or "", places, seen.viewer_yaw_rad)
        return Answer(question, False, tuple(places))
    standing = [t for t in named_things(seen) if _stands_at_any(seen, t, places)]
    standing = [t for t in standing if not any(is_same(t, place) for place in places)]
    if not standing:
        return Answer(f"I see nothing that I know {there}", True, tuple(places))
    return Answer(f"I see {counts_of(standing)} {there}", True, tuple(standing))


def _unknown(seen: Seen) -> Answer:
    word = seen.query.word
    what = f"what {word} the {seen.phrase} has" if word else "that"
    return seen.about(f"I can't tell {what}", answered=False)


_KINDS: dict[QueryKind, Callable[[Seen], Answer]] = {
    QueryKind.WHERE: _where,
    QueryKind.COUNT: _count,
    QueryKind.EXISTS: _exists,
    QueryKind.IS_AT: _is_at,
    QueryKind.COLOR: answer_color,
    QueryKind.SIZE: answer_size,
    QueryKind.STATE: answer_state,
}
