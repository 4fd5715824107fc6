"""Drawn instructions mean one thing: checked by the parser, by perception and by the truth."""

from functools import lru_cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vla_ros.errors import ConfigError, TerminationReason
from vla_ros.evaluation.instructions import FAMILIES, draw_case
from vla_ros.evaluation.naming import shared_phrases
from vla_ros.geometry import pose
from vla_ros.language.referring import parse_referring
from vla_ros.language.rule_parser import RuleParser
from vla_ros.params import PerceptionParams
from vla_ros.perception.referents import resolve
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.predicates import satisfied
from vla_ros.sim.scenes import SceneOptions, sample_scene
from vla_ros.types import Relation, Skill, Target

YAW = np.pi
SEEDS = range(40)
DONE = TerminationReason.SUCCEEDED


def truths_of(seed: int) -> dict[str, ObjectTruth]:
    options = SceneOptions(count=(5, 8), duplicates=True, shared_kind_probability=0.6)
    return {
        thing.name: ObjectTruth(
            thing.name,
            thing.kind,
            thing.color,
            thing.phrases,
            pose(np.array(thing.position_m), Rotation.from_euler("z", thing.yaw_rad)),
            np.array(thing.size_m),
        )
        for thing in sample_scene(seed, options).objects
    }


SCENES = {seed: truths_of(seed) for seed in SEEDS}


@lru_cache
def cases(family: str):
    drawn = [
        (truths, draw_case(family, truths, np.random.default_rng(seed), YAW))
        for seed, truths in SCENES.items()
    ]
    return [(truths, case) for truths, case in drawn if case is not None]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_enough_scenes_offer_a_case(family):
    assert len(cases(family)) >= 6


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_same_seed_gives_the_same_case(family):
    truths = SCENES[3]
    first = draw_case(family, truths, np.random.default_rng(5), YAW)
    assert first == draw_case(family, truths, np.random.default_rng(5), YAW)


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"nonsense"}))
def test_the_parser_understands_what_was_meant(family):
    for _, case in cases(family):
        understood = RuleParser().parse(case.instruction)
        assert understood.tasks, (case.instruction, understood)
        assert understood.tasks[-1] == case.task, case.instruction
        assert all(t.skill is Skill.PICK for t in understood.tasks[:-1])


def test_nonsense_is_not_acted_on():
    for _, case in cases("nonsense"):
        assert case.task is None and not RuleParser().parse(case.instruction).tasks


def found_by_perception(phrase: str, truths: dict[str, ObjectTruth]) -> set[str]:
    """Resolve a phrase as perception does, on perfect detections."""
    tree = parse_referring(phrase)
    targets = {
        name: Target(name, box(index), t.T_base_object, t.extent_m, 1.0)
        for index, (name, t) in enumerate(truths.items())
    }
    candidates = {}
    for atom in {tree.head, *(anchor.head for anchor in tree.anchors)}:
        candidates[atom] = [
            targets[name]
            for name, thing in truths.items()
            if atom in [phrase.replace("grey", "gray") for phrase in thing.phrases]
        ]
    params = PerceptionParams(viewer_yaw_rad=3.1415)
    return {target.phrase for target in resolve(tree, candidates, params).targets}


def box(index: int) -> np.ndarray:
    return np.array([40.0 * index, 0.0, 40.0 * index + 30.0, 30.0])


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"nonsense", "absent", "ambiguous"}))
def test_each_phrase_means_one_object(family):
    for truths, case in cases(family):
        for phrase, names in case.meanings.items():
            assert found_by_perception(phrase, truths) == set(names), (case.instruction, phrase)
        assert len(case.objects) == (0 if family == "home" else 1)


def test_what_is_absent_is_not_found_and_what_is_ambiguous_is_found_twice():
    for truths, case in cases("absent"):
        assert not found_by_perception(case.task.object, truths)
    for truths, case in cases("ambiguous"):
        assert len(found_by_perception(case.task.object, truths)) > 1


@pytest.mark.parametrize(
    "family", ["pick", "put_in", "put_on", "place_next_to", "place_beside", "stack", "push"]
)
def test_nothing_is_done_before_it_is_done(family):
    for truths, case in cases(family):
        assert not satisfied(case.task, truths, truths, YAW, case.resolve)
        assert not case.succeeded(DONE, truths, truths)


def test_doing_nothing_is_right_where_it_must_be_refused():
    for truths, case in cases("nonsense"):
        assert case.succeeded(TerminationReason.REFUSED, truths, truths)
        assert not case.succeeded(DONE, truths, truths)
        name = next(iter(truths))
        assert not case.succeeded(TerminationReason.REFUSED, truths, moved(truths, name, 0.1))
    for truths, case in cases("absent"):
        assert case.succeeded(TerminationReason.NOT_FOUND, truths, truths)


def moved(truths: dict[str, ObjectTruth], name: str, up_m: float) -> dict[str, ObjectTruth]:
    was = truths[name]
    T = was.T_base_object.copy()
    T[2, 3] += up_m
    lifted = ObjectTruth(was.name, was.kind, was.color, was.phrases, T, was.extent_m)
    return {**truths, name: lifted}


def test_the_named_object_counts_and_no_other():
    for truths, case in cases("pick"):
        assert case.succeeded(DONE, truths, moved(truths, case.objects[0], 0.15))
        other = next(name for name in truths if name != case.objects[0])
        assert not case.succeeded(DONE, truths, moved(truths, other, 0.15))


def test_references_use_relations_sides_and_sizes():
    said = " ".join(case.instruction for _, case in cases("referring"))
    for words in ("behind", "left", "most", "st "):
        assert words in said


def test_left_is_the_viewers_left():
    for _, case in cases("push"):
        assert case.task.relation in Relation
    truths = {
        name: ObjectTruth(
            name, "can", "red", ("red can", "can"), pose(np.array([0.5, y, 0.04])),
            np.array([0.05, 0.05, 0.08]),
        )
        for name, y in (("near_minus_y", -0.15), ("near_plus_y", 0.15))
    }  # fmt: skip
    for seed in range(30):
        case = draw_case("referring", truths, np.random.default_rng(seed), YAW)
        # Who faces the robot along -x has -y at the left.
        if "leftmost" in case.instruction:
            assert case.objects == ("near_minus_y",)
        if "rightmost" in case.instruction:
            assert case.objects == ("near_plus_y",)


def test_wordings_vary():
    said = {case.instruction.replace(case.task.object, "X") for _, case in cases("pick")}
    assert len(said) >= 15


def test_unknown_family_is_named():
    with pytest.raises(ConfigError, match="juggle"):
        draw_case("juggle", SCENES[0], np.random.default_rng(0), YAW)


def test_an_order_counts_only_what_is_called_exactly_so():
    def sponge(name: str, y: float, *phrases: str) -> ObjectTruth:
        size = np.array([0.1, 0.06, 0.03])
        return ObjectTruth(name, "sponge", "blue", phrases, pose(np.array([0.5, y, 0.015])), size)

    blue = sponge("first", 0.0, "blue sponge", "sponge")
    light = sponge("second", 0.2, "cyan sponge", "light blue sponge", "sponge")
    shared = shared_phrases({"first": blue, "second": light})
    assert shared == {"sponge": ("first", "second")}
