"""The language suite gives full marks to who follows the words, and none to who does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from action_fakes import FACTS, PIPELINE

from vla_ros.errors import TaskFailed, TerminationReason
from vla_ros.evaluation.language.decisions import (
    DecidingHead,
    Decision,
    StillRobot,
    decision_of,
    is_right,
)
from vla_ros.evaluation.language.runner import hear, hear_the_first
from vla_ros.evaluation.language.scenes import described_truths, stage_cast
from vla_ros.evaluation.language.variants import Right, draw_variants
from vla_ros.evaluation.suites import load_suite
from vla_ros.language.referring import parse_referring
from vla_ros.language.rule_parser import RuleParser
from vla_ros.perception.oracle import names
from vla_ros.pipeline import run_instruction
from vla_ros.types import Grounding, Instruction, Look, Observation, RobotState, Skill, Target, Task

FAMILIES = load_suite("language").tasks
ZERO = np.zeros(1)
STATE = RobotState(("joint",), ZERO, ZERO, np.eye(4), 1.0, 0)


def scene_of(seed, family):
    cast, scene = stage_cast(seed, family)
    truths = described_truths(scene)
    variants = draw_variants(family, cast, truths, np.random.default_rng(seed))
    return cast, truths, variants


def decide(truths, text) -> Decision:
    """Run the pipeline on eyes that know the truth."""

    def look(_observation, phrases) -> Look:
        groundings = {}
        for phrase in phrases:
            meant = [t for t in truths.values() if names(parse_referring(phrase).head, t)]
            targets = tuple(
                Target(phrase, np.zeros(4), t.T_base_object, t.extent_m, 1.0) for t in meant
            )
            groundings[phrase] = Grounding(phrase, targets)
        return Look(groundings, (), 0)

    head = DecidingHead("base_link")
    outcome = run_instruction(
        Instruction(text, "test", 0),
        StillRobot(Observation({}, {}, STATE), look),
        RuleParser(),
        head,
        PIPELINE,
        FACTS,
        lambda _feedback: None,
    )
    return decision_of(head, outcome.reason, outcome.message)


def right_kinds(truths, variants, ears) -> set[str]:
    return {v.kind for v in variants if is_right(decide(truths, ears(variants, v)), v, truths)}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", [1, 2])
def test_words_decide(seed, family):
    _, truths, variants = scene_of(seed, family)
    kinds = {variant.kind for variant in variants}
    assert {"base", "paraphrase", "color", "noun", "verb", "ambiguous", "nonsense"} <= kinds
    assert len(kinds) == len(variants)
    assert right_kinds(truths, variants, hear) == kinds
    assert right_kinds(truths, variants, hear_the_first) == {"base", "paraphrase"}


def test_who_never_acts_or_always_asks_is_not_right_either():
    _, truths, variants = scene_of(3, "put_in")
    for ears in (lambda *_: "sing a song", lambda *_: "pick up the cube or the ball"):
        assert right_kinds(truths, variants, ears) < {v.kind for v in variants}


def test_the_same_scene_comes_again_and_another_seed_gives_another():
    first, again, other = (scene_of(seed, "place")[2] for seed in (4, 4, 5))
    assert first == again
    assert [v.instruction for v in first] != [v.instruction for v in other]


def test_right_means_the_thing_the_place_and_the_deed():
    cast, truths, variants = scene_of(1, "put_in")
    base = variants[0]
    where = {name: truth.T_base_object[:3, 3] for name, truth in truths.items()}
    good = Decision(Right.ACT, base.task, where[cast.thing], where[cast.place])
    assert is_right(good, base, truths)
    wrong = [
        replace(good, thing=where[cast.other_color]),
        replace(good, place=where[cast.other_place]),
        replace(good, place=None),
        replace(good, thing=where[cast.thing] + [0.0, 0.0, 0.3]),
        replace(good, task=Task(Skill.PICK, base.task.object)),
        Decision(Right.ASK),
        Decision(Right.REFUSE),
    ]
    assert not any(is_right(decision, base, truths) for decision in wrong)


def test_deciding_moves_nothing():
    head = DecidingHead("base_link")
    head.reset(Task(Skill.PICK, "red cube"))
    with pytest.raises(TaskFailed) as ended:
        head.act(Observation({}, {}, STATE), Look({}, (), 0))
    assert ended.value.reason is TerminationReason.STOPPED
