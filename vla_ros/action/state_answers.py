"""Answers about what things are like: colours, sizes, and whether something is in them."""

from __future__ import annotations

from vla_ros.action.answer_wording import size_words
from vla_ros.action.query_phrases import asks_for_color, color_phrases
from vla_ros.action.seen import Answer, Seen, counts_of, is_same, named_things
from vla_ros.action.standing import stands
from vla_ros.action.wording import which_one
from vla_ros.language.lexicon import LARGE_SIZES, SMALL_SIZES
from vla_ros.types import Relation, Target


def answer_color(seen: Seen) -> Answer:
    """Say what colour a thing is, as far as a colour's name finds it."""
    colors = {id(thing): _color_of(seen, thing) for thing in seen.things}
    if all(colors.values()):
        return seen.about_each(lambda thing: colors[id(thing)])
    return seen.about(f"I can't tell what color the {seen.phrase} is", answered=False)


def _color_of(seen: Seen, thing: Target) -> str:
    """Return the colour whose name finds the thing best, or "" where none does."""
    best, best_score = "", 0.0
    for phrase in color_phrases(seen.phrase, seen.query, seen.params):
        for target in seen.found(phrase):
            if target.score > best_score and is_same(target, thing):
                best, best_score = phrase.split()[0], target.score
    return best


def answer_size(seen: Seen) -> Answer:
    """Say how large a thing is."""
    return seen.about_each(lambda thing: size_words(thing, seen.query.word))


def answer_state(seen: Seen) -> Answer:
    """Say whether a thing is empty, full, or of a colour."""
    word = seen.query.word
    if word in ("empty", "full"):
        return _fullness(seen)
    if asks_for_color(seen.query):
        return _is_colored(seen)
    if word in LARGE_SIZES | SMALL_SIZES:
        return answer_size(seen)
    return seen.about(f"I can't tell whether the {seen.phrase} is {word}", answered=False)


def _is_colored(seen: Seen) -> Answer:
    asked = seen.query.word
    colors = [_color_of(seen, thing) for thing in seen.things]
    if not all(colors):
        return seen.about(f"I can't tell what color the {seen.phrase} is", answered=False)
    if len(colors) > 1:
        return seen.about_each(lambda thing: _color_of(seen, thing))
    if colors[0] == asked:
        return seen.about(f"yes, the {seen.phrase} is {asked}")
    return seen.about(f"no, the {seen.phrase} is {colors[0]}")


def _fullness(seen: Seen) -> Answer:
    if len(seen.things) > 1:
        question = which_one(seen.phrase, list(seen.things), seen.viewer_yaw_rad)
        return seen.about(question, answered=False)
    container, yaw = seen.things[0], seen.viewer_yaw_rad
    inside = [
        thing
        for thing in named_things(seen)
        if not is_same(thing, container)
        and any(stands(r, thing, (container,), yaw) for r in (Relation.IN, Relation.ON))
    ]
    if not inside:
        verdict = "yes, " if seen.query.word == "empty" else "no, "
        return seen.about(f"{verdict}I see nothing that I know in the {seen.phrase}")
    what = f"there {'is' if len(inside) == 1 else 'are'} {counts_of(inside)} in the {seen.phrase}"
    if seen.query.word == "full":
        return seen.about(f"{what}; whether it is full I can't tell", answered=False)
    return seen.about(f"no, {what}")
