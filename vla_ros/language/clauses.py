"""The grammar of clauses: what each kind of verb takes, and the steps that makes."""

from __future__ import annotations

from collections.abc import Callable

from vla_ros.language import lexicon as lex
from vla_ros.language.conjuncts import read_conjuncts
from vla_ros.language.destinations import described
from vla_ros.language.noun_grammar import read_anything
from vla_ros.language.noun_phrase import NounPhrase, Pronoun
from vla_ros.language.places import read_noun
from vla_ros.language.placing import goes_somewhere, name_of, placed, pushed, stacked
from vla_ros.language.reader import Reader
from vla_ros.language.steps import Step, Thing
from vla_ros.language.verbs import Frame
from vla_ros.language.verdicts import NeedsAnswer, NotUnderstood
from vla_ros.language.wording import words
from vla_ros.types import Query, QueryKind, Skill

_HOME_WORDS = words("home start starting initial rest resting neutral ready")
_DRAWER_ENDS = {"open": Skill.OPEN, "shut": Skill.CLOSE, "closed": Skill.CLOSE}
_POSITION_WORDS = words("position pose posture configuration")


def read_clause(reader: Reader, frame: Frame, verb: str) -> list[Step]:
    """Read what follows a verb and return the steps it asks for.

    Args:
        reader: The words behind the verb; read up to the end of the clause.
        frame: What the verb takes.
        verb: The verb as said, for messages.

    Raises:
        NotUnderstood: Something is missing, or does not fit the verb.
        NeedsAnswer: The words may mean several things.
    """
    if frame in _NEED_A_THING and reader.peek() in ("", ".", ",", "and", "then"):
        raise NotUnderstood(f"'{verb}' what? The name of a thing is missing")
    return _READERS[frame](reader, verb)


def _take(reader: Reader, verb: str) -> list[Step]:
    reader.accept("me")
    reader.accept("us")
    conjuncts = read_conjuncts(reader)
    steps: list[Step] = []
    for conjunct in conjuncts:
        if any(place.motion for place in conjunct.places):
            steps.extend(placed([conjunct], verb))
        else:
            steps.append(Step(Skill.PICK, described(conjunct)))
    return steps


def _put(reader: Reader, verb: str) -> list[Step]:
    if reader.at_phrase(lex.RELATIONS):
        raise NotUnderstood(f"'{verb}' what? The name of the thing is missing before the place")
    return placed(read_conjuncts(reader), verb)


def _put_down(reader: Reader, verb: str) -> list[Step]:
    conjuncts = read_conjuncts(reader)
    if any(goes_somewhere(conjunct) for conjunct in conjuncts):
        return placed(conjuncts, verb)
    return [Step(Skill.PLACE, described(conjunct)) for conjunct in conjuncts]


def _drop(reader: Reader, verb: str) -> list[Step]:
    conjuncts = read_conjuncts(reader)
    if any(goes_somewhere(conjunct) for conjunct in conjuncts):
        return placed(conjuncts, verb)
    if not verb.startswith("drop"):
        raise NotUnderstood(f"I don't {verb} things about: say where to put them")
    return [Step(Skill.RELEASE, described(conjunct)) for conjunct in conjuncts]


def _move(reader: Reader, verb: str) -> list[Step]:
    if reader.at_phrase(lex.RELATIONS):
        raise NotUnderstood(f"'{verb}' what? The name of the thing is missing before the place")
    conjuncts = read_conjuncts(reader, moves=True)
    if conjuncts[-1].direction is not None:
        return pushed(conjuncts, verb)
    if not any(goes_somewhere(conjunct) for conjunct in conjuncts):
        raise NeedsAnswer(f"Where should {name_of(described(conjuncts[-1]))} go?", "")
    return placed(conjuncts, verb)


def _stack(reader: Reader, verb: str) -> list[Step]:
    return stacked(read_conjuncts(reader))


def _push(reader: Reader, verb: str) -> list[Step]:
    opened = _opened_or_shut(reader)
    if opened is not None:
        return [opened]
    return pushed(read_conjuncts(reader, moves=True), verb)


def _opened_or_shut(reader: Reader) -> Step | None:
    """Read "the drawer open" of "pull the drawer open", "it shut" of "push it shut"."""
    start = reader.position
    thing = read_anything(reader)
    skill = _DRAWER_ENDS.get(reader.peek())
    if skill is None or reader.peek(1) not in ("", ",", "and", "then"):
        reader.position = start
        return None
    reader.position += 1
    return Step(skill, thing)


def _open(reader: Reader, verb: str) -> list[Step]:
    return [
        Step(Skill.RELEASE) if _is_gripper(thing) else Step(Skill.OPEN, thing)
        for thing in map(described, read_conjuncts(reader))
    ]


def _close(reader: Reader, verb: str) -> list[Step]:
    return [
        Step(Skill.CLOSE, NounPhrase(("gripper",)) if _is_gripper(thing) else thing)
        for thing in map(described, read_conjuncts(reader))
    ]


def _is_gripper(thing: Thing) -> bool:
    return isinstance(thing, NounPhrase) and thing.head[-1] in lex.GRIPPER


def _release(reader: Reader, verb: str) -> list[Step]:
    if reader.peek() in ("", ".", ",", "and", "then"):
        return [Step(Skill.RELEASE, Pronoun("it") if verb.endswith("it") else None)]
    things = [described(conjunct) for conjunct in read_conjuncts(reader)]
    return [Step(Skill.RELEASE, None if _is_gripper(thing) else thing) for thing in things]


def _point(reader: Reader, verb: str) -> list[Step]:
    reader.accept("me")
    if reader.accept("where"):
        noun = read_noun(reader)
        reader.accept_one_of(lex.BE)
        return [Step(Skill.POINT_AT, noun)]
    reader.accept("to")
    reader.accept("at")
    return [Step(Skill.POINT_AT, described(c)) for c in read_conjuncts(reader)]


def _find(reader: Reader, verb: str) -> list[Step]:
    steps: list[Step] = []
    for conjunct in read_conjuncts(reader):
        thing = described(conjunct)
        question = f"where is {name_of(thing)}" if isinstance(thing, NounPhrase) else None
        steps.append(Step(Skill.ASK, thing, question=question, query=Query(QueryKind.WHERE)))
    return steps


def _count(reader: Reader, verb: str) -> list[Step]:
    noun = read_noun(reader)
    if noun.count != "all":
        raise NotUnderstood("say what to count in the plural: count the cubes")
    question = f"how many {noun.render(many=True)} are there"
    return [Step(Skill.ASK, noun, question=question, query=Query(QueryKind.COUNT))]


def _describe(reader: Reader, verb: str) -> list[Step]:
    reader.accept("to", "me")
    if reader.accept("what"):
        reader.accept("you", "see") or reader.accept("you", "can", "see")
        reader.accept("is", "on", "the", "table") or reader.accept("is", "there")
        return [Step(Skill.DESCRIBE)]
    start = reader.position
    reader.accept_one_of(lex.ARTICLES)
    if reader.done or reader.accept_one_of(
        lex.TABLES | words("scene situation view picture everything workspace image room")
    ):
        return [Step(Skill.DESCRIBE)]
    reader.position = start
    return [Step(Skill.DESCRIBE, described(conjunct)) for conjunct in read_conjuncts(reader)]


def _home(reader: Reader, verb: str) -> list[Step]:
    known = verb.endswith("home") or verb in ("reset", "retract")
    if known:
        reader.accept_one_of(lex.ARTICLES)
        reader.accept_one_of(words("arm robot yourself position pose"))
    reader.accept("back")
    reader.accept("to")
    reader.accept_one_of(lex.ARTICLES)
    if reader.accept_one_of(_HOME_WORDS):
        known = True
        reader.accept_one_of(_POSITION_WORDS)
    if not known:
        said = f"{verb} {reader.rest}".strip()
        raise NotUnderstood(f"I can go home, but I don't understand '{said}'")
    return [Step(Skill.HOME)]


def _stop(reader: Reader, verb: str) -> list[Step]:
    reader.accept_one_of(words("it moving there everything that here"))
    return [Step(Skill.STOP)]


def _want(reader: Reader, verb: str) -> list[Step]:
    if reader.at("to"):
        raise NotUnderstood(f"I don't understand '{verb} {reader.rest}'")
    conjuncts = read_conjuncts(reader)
    if not any(goes_somewhere(conjunct) for conjunct in conjuncts):
        raise NeedsAnswer(f"What should I do with {name_of(described(conjuncts[-1]))}?")
    return placed(conjuncts, "put")


def _hand_over(reader: Reader, verb: str) -> list[Step]:
    raise NotUnderstood("I can't hand things over: say where to put them")


_READERS: dict[Frame, Callable[[Reader, str], list[Step]]] = {
    Frame.TAKE: _take,
    Frame.PUT: _put,
    Frame.PUT_DOWN: _put_down,
    Frame.DROP: _drop,
    Frame.MOVE: _move,
    Frame.STACK: _stack,
    Frame.PUSH: _push,
    Frame.OPEN: _open,
    Frame.CLOSE: _close,
    Frame.RELEASE: _release,
    Frame.POINT: _point,
    Frame.FIND: _find,
    Frame.COUNT: _count,
    Frame.DESCRIBE: _describe,
    Frame.HOME: _home,
    Frame.STOP: _stop,
    Frame.WANT: _want,
    Frame.HAND_OVER: _hand_over,
}
_NEED_A_THING = frozenset(_READERS) - {Frame.RELEASE, Frame.DESCRIBE, Frame.HOME, Frame.STOP}
