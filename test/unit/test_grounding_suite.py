"""The grounding suite asks only what is true, and gives each answer what it deserves."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from vla_ros.errors import ConfigError
from vla_ros.evaluation.grounding.attributes import absent, present, shared
from vla_ros.evaluation.grounding.judging import judge, thing_at
from vla_ros.evaluation.grounding.orders import ranked
from vla_ros.evaluation.grounding.questions import Answer, Question, chosen
from vla_ros.evaluation.grounding.relations import related
from vla_ros.evaluation.grounding.runner import GroundingRunner, as_delivered
from vla_ros.evaluation.grounding.scenes import draw_scene
from vla_ros.evaluation.grounding.things import Thing
from vla_ros.evaluation.grounding.words import Words, is_clear, means_nothing
from vla_ros.evaluation.language.scenes import described_truths
from vla_ros.evaluation.run import EvaluationPlan, evaluate
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.suites import Episode, TaskSpec, load_suite
from vla_ros.geometry import pose
from vla_ros.sim.environment import ObjectTruth
from vla_ros.sim.held_out import HELD_OUT_PAIRS
from vla_ros.sim.materials import color_words
from vla_ros.sim.objects import kind_named
from vla_ros.sim.predicates import inside, on_top
from vla_ros.sim.visibility import VisiblePart
from vla_ros.types import CameraFrame, Grounding, Target

SUITE = load_suite("grounding")
VIEWER_YAW = np.pi
"""The viewer looks along -x: what has the smaller x is behind, the larger y is right."""


def thing(name, kind, color, x, y, size=(0.05, 0.05, 0.05), visible=1.0, z=0.0) -> Thing:
    T = pose(np.array([x, y, z + size[2] / 2.0]))
    said = kind_named(kind)
    phrases = tuple(f"{c} {n}" for n in said.nouns for c in color_words(color)) + said.nouns
    truth = ObjectTruth(name, kind, color, phrases, T, np.array(size))
    corner = np.array([1000.0 * y + 400.0, 1000.0 * x])
    part = VisiblePart(np.concatenate([corner, corner + 40.0]), 900, visible, False)
    return Thing(truth, said.nouns, color_words(color), said.categories, part)


def table(*things: Thing) -> dict[str, Thing]:
    return {t.name: t for t in things}


CANS = table(
    thing("near", "can", "red", 0.60, 0.0, (0.06, 0.06, 0.10)),
    thing("far", "can", "green", 0.40, 0.0, (0.05, 0.05, 0.065)),
    thing("mug", "mug", "blue", 0.50, 0.2, (0.09, 0.06, 0.08)),
    thing("ball", "ball", "yellow", 0.50, -0.15),
)


def answers(questions) -> dict[str, tuple[str, ...]]:
    return {question.phrase: question.meant for question in questions}


def target_of(t: Thing, offset=(0.0, 0.0, 0.0)) -> Target:
    T = t.truth.T_base_object.copy()
    T[:3, 3] += offset
    return Target("x", t.box_px, T, t.truth.extent_m, 0.9)


def test_sizes_sides_and_distances_are_asked_by_the_truth():
    said = answers(ranked(CANS, VIEWER_YAW))
    assert said["largest can"] == said["tallest can"] == said["nearest can"] == ("near",)
    assert said["smallest can"] == said["shortest can"] == said["farthest can"] == ("far",)
    assert "leftmost can" not in said, "neither is left of the other by a margin"
    assert "can nearest to the blue mug" not in said, "both are as near"


def test_order_from_a_side_is_asked_only_where_all_are_apart():
    row = [thing(f"c{i}", "cube", "red", 0.5, y) for i, y in enumerate((-0.2, 0.0, 0.2))]
    said = answers(ranked(table(*row), VIEWER_YAW))
    assert said["leftmost red cube"] == said["third cube from the right"] == ("c0",)
    assert said["second red cube from the left"] == ("c1",)
    near = replace(row[1], truth=replace(row[1].truth, T_base_object=pose([0.5, 0.18, 0.025])))
    said = answers(ranked(table(row[0], near, row[2]), VIEWER_YAW))
    assert "leftmost cube" in said and "rightmost cube" not in said
    assert not any("second" in phrase for phrase in said)


def test_relations_are_asked_where_one_stands_in_it_and_the_other_clearly_not():
    said = answers(related(CANS, VIEWER_YAW))
    assert not any("mug" in phrase for phrase in said), "both stand as near to it"
    moved = {
        **CANS,
        "mug": thing("mug", "mug", "blue", 0.40, 0.15, (0.09, 0.06, 0.08)),
        "near": thing("near", "can", "red", 0.60, 0.25, (0.06, 0.06, 0.10)),
    }
    said = answers(related(moved, VIEWER_YAW))
    assert said["can left of the blue mug"] == ("far",)


def test_in_and_on_are_told_apart_by_what_holds():
    bowl = thing("bowl", "bowl", "white", 0.5, 0.0, (0.15, 0.15, 0.06))
    plate = thing("plate", "plate", "gray", 0.5, 0.3, (0.18, 0.18, 0.02))
    cubes = [
        thing("a", "cube", "red", 0.5, 0.0, z=0.01),
        thing("b", "cube", "red", 0.5, 0.3, z=0.012),
        thing("c", "cube", "red", 0.35, -0.3),
    ]
    said = answers(related(table(bowl, plate, *cubes), VIEWER_YAW))
    assert said["cube in the white bowl"] == ("a",)
    assert said["cube on the gray plate"] == ("b",)
    assert not any(
        "on the white bowl" in phrase or "in the gray plate" in phrase for phrase in said
    )


def test_what_a_person_could_not_tell_is_not_asked_about():
    half = {**CANS, "near": replace(CANS["near"], part=None)}
    hidden = VisiblePart(CANS["near"].box_px, 50, 0.2, False)
    for part in (None, hidden, replace(hidden, pixels=900, fraction=1.0, cut_off=True)):
        half["near"] = replace(CANS["near"], part=part)
        asked = [*present(half, np.random.default_rng(0)), *ranked(half, 0.0), *shared(half)]
        assert not any("near" in q.meant for q in asked)
        assert "can" not in answers(asked), "there may be another one"


def test_words_that_people_use_for_either_are_neither_asked_nor_called_absent():
    things = table(thing("m", "mug", "red", 0.5, 0.0), thing("c", "cup", "blue", 0.5, 0.3))
    assert not is_clear(Words("mug"), things) and is_clear(Words("mug", "red"), things)
    assert not means_nothing(Words("cup", "red"), things)
    cyan = table(thing("c", "cube", "cyan", 0.5, 0.0))
    assert not means_nothing(Words("cube", "blue"), cyan), "it is light blue"
    assert means_nothing(Words("cube", "green"), cyan)


def test_what_is_absent_is_named_by_nothing_that_is_there():
    rng = np.random.default_rng(0)
    kinds = {question.kind for question in absent(CANS, rng)}
    assert {
        "refused/absent_noun", "refused/wrong_noun", "refused/wrong_color", "refused/unknown_word",
        "hard/other_word", "hard/near_color",
    } == kinds  # fmt: skip
    own = {phrase for t in CANS.values() for phrase in t.known_truth.phrases}
    for question in absent(CANS, rng):
        assert question.right is Answer.REFUSE and question.phrase not in own
        if question.kind.startswith("refused"):
            assert question.phrase not in ("jar", "red jar", "green jar", "cup", "orange can")


def test_an_answer_is_right_only_where_box_and_place_are():
    mug = CANS["mug"]
    assert thing_at(target_of(mug), CANS) == "mug"
    assert thing_at(target_of(mug, (0.0, 0.1, 0.0)), CANS) == "", "the box alone does not do"
    assert thing_at(replace(target_of(mug), box_px=mug.box_px + 30.0), CANS) == ""
    find = Question("found/noun", "mug", Answer.FIND, ("mug",))
    ask = Question("asked_back", "can", Answer.ASK, ("near", "far"))
    refuse = Question("refused/absent_noun", "hammer", Answer.REFUSE)
    both = Grounding("x", (target_of(mug), target_of(CANS["near"])))
    other_first = Grounding("x", both.targets[::-1])
    none = Grounding("x", (), "there is none")
    for question, grounding, right in (
        (find, both, True),
        (find, other_first, False),
        (find, none, False),
        (ask, both, True),
        (ask, Grounding("x", both.targets[:1]), False),
        (refuse, none, True),
        (refuse, both, False),
    ):
        assert judge(question, grounding, CANS).right is right


def test_few_of_each_kind_are_asked():
    many = [Question("order/largest", f"{i}", Answer.FIND, ("a",)) for i in range(9)]
    many += [Question("found/color_noun", f"{i}", Answer.FIND, ("a",)) for i in range(9)]
    drawn = chosen(many, np.random.default_rng(0))
    assert [q.kind for q in drawn] == ["found/color_noun"] * 2 + ["order/largest"]


@pytest.mark.parametrize("task", SUITE.tasks)
def test_scenes_follow_from_the_seed_and_are_what_their_family_says(task):
    spec = SUITE.spec(task)
    first, again, other = (draw_scene(Episode(0, seed, task), spec) for seed in (7, 7, 8))
    assert first == again != other
    pairs = {(t.color, t.nouns[0]) for t in first.objects}
    if spec.family == "held_out":
        assert pairs & set(HELD_OUT_PAIRS)
    if spec.family == "put_away":
        truths = list(described_truths(first).values())
        held = [(a, b) for a in truths for b in truths if a is not b]
        assert any(inside(a, b) or on_top(a, b) for a, b in held)


def test_another_family_is_refused():
    with pytest.raises(ConfigError, match="put_away"):
        draw_scene(Episode(0, 1, "x"), TaskSpec("x", "pick", 1.0))


def test_depth_comes_in_whole_millimetres():
    depth = np.array([[0.50049, np.nan], [0.7, 1.2345]], np.float32)
    frame = CameraFrame(np.zeros((2, 2, 3), np.uint8), depth, np.eye(3), "camera", 0)
    delivered = as_delivered(frame).depth_m
    np.testing.assert_allclose(delivered, [[0.5, np.nan], [0.7, 1.234]], atol=1e-6)


@pytest.fixture(scope="module")
def oracle():
    runner = GroundingRunner(RunnerSpec(SUITE, "oracle", in_process=True, filmed=True))
    yield runner
    runner.close()


@pytest.mark.parametrize("index", range(5))
def test_who_knows_the_truth_answers_and_who_guesses_does_not(oracle, index):
    episode = Episode(index, 2000 + index, SUITE.tasks[index])
    result = oracle.run(episode)
    asked = {name.partition("/")[0] for name in result.findings.shares}
    assert {"found", "refused"} <= asked
    assert result.success, result.message
    guess = GroundingRunner(RunnerSpec(SUITE, "random", in_process=True))
    wrong = guess.run(episode)
    guess.close()
    assert not wrong.success
    found = [n for name, (n, _) in wrong.findings.shares.items() if name.startswith("found")]
    assert sum(found) == 0
    assert wrong.instruction == result.instruction, "the same questions"


def test_a_wrong_answer_is_kept_as_a_picture(tmp_path):
    plan = EvaluationPlan("grounding", 2, 2000, backend="random", in_process=True, out=tmp_path)
    summary = evaluate(plan, Console(quiet=True))
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    mistakes = sum(len(json.loads(line)["findings"]["mistakes"]) for line in lines)
    assert mistakes == len(list((tmp_path / "failures").glob("*.jpg"))) > 10
    page = (tmp_path / "report.html").read_text()
    assert page.count("data:image/jpeg") >= 10 and "refused: wrong noun" in page
    assert summary["shares"]["found"]["count"] == 0
