"""Suites as files: what they may say, and what is refused."""

from __future__ import annotations

import pytest
import yaml

from vla_ros.errors import ConfigError
from vla_ros.evaluation.instructions import FAMILIES
from vla_ros.evaluation.runners import RUNNERS
from vla_ros.evaluation.staging import scene_options, stage
from vla_ros.evaluation.suites import Episode, Suite, TaskSpec, episodes_of, load_suite
from vla_ros.evaluation.worlds import WORLDS, create_world
from vla_ros.resources import config_dir
from vla_ros.sim.scene_description import SceneOptions

SUITES = sorted((config_dir() / "suites").glob("*.yaml"))
PLAIN = {"description": "d", "tasks": ["pick", "home"], "horizon_s": 30}


def write(tmp_path, **changed) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({**PLAIN, **changed}))
    return str(path)


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_a_suite_of_the_project_can_be_run(path):
    suite = load_suite(path.stem)
    assert suite.description and suite.tasks and suite.horizon_s > 0.0
    assert suite.world in WORLDS and suite.runner in RUNNERS
    for name in suite.tasks:
        assert suite.runner != "episodes" or suite.spec(name).family in FAMILIES
        scene_options(suite.spec(name))


def test_tasks_take_turns_and_seeds_follow_one_another():
    suite = Suite("s", "d", ("a", "b", "c"), 10.0)
    assert episodes_of(suite, 4, 7) == (
        Episode(0, 7, "a"),
        Episode(1, 8, "b"),
        Episode(2, 9, "c"),
        Episode(3, 10, "a"),
    )
    assert suite.spec("b") == TaskSpec("b", "b", 10.0)


def test_a_task_may_say_its_scenes_its_wordings_and_its_time(tmp_path):
    task = {
        "name": "red into bowl",
        "family": "put_in",
        "scene": {"required": [["cube", "red"], ["bowl", ""]], "count": [3, 3]},
        "templates": ["drop the {object} in the {destination}"],
        "horizon_s": 12,
    }
    spec = load_suite(write(tmp_path, tasks=[task])).spec("red into bowl")
    assert (spec.family, spec.horizon_s) == ("put_in", 12.0)
    options = scene_options(spec)
    assert options.required == (("cube", "red"), ("bowl", "")) and options.count == (3, 3)
    assert options.spacing_m == SceneOptions().spacing_m


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tasks": []}, "tasks"),
        ({"tasks": ["pick", "pick"]}, "once"),
        ({"tasks": [{"family": "pick"}]}, "name"),
        ({"tasks": [{"name": "a", "scenes": {}}]}, "scenes"),
        ({"tasks": 3}, "mine.yaml"),
        ({"horizon_s": -1}, "horizon_s"),
        ({"horizon_s": float("nan")}, "horizon_s"),
        ({"horizont": 1}, "horizont"),
    ],
)
def test_a_wrong_suite_is_refused_and_named(tmp_path, changed, words):
    with pytest.raises(ConfigError, match=words):
        load_suite(write(tmp_path, **changed))


def test_an_unknown_suite_says_which_there_are():
    with pytest.raises(ConfigError, match="tabletop"):
        load_suite("kitchen")


def test_an_unknown_world_says_which_there_are():
    with pytest.raises(ConfigError, match="tabletop"):
        create_world(Suite("s", "d", ("a",), 1.0, world="moon"), 0.0)


def test_a_scene_that_says_what_no_scene_has_is_refused():
    with pytest.raises(ConfigError, match="gravity"):
        scene_options(TaskSpec("a", "pick", 1.0, scene={"gravity": 0}))


def test_the_wording_of_a_suite_replaces_the_familys_own(tabletop_truths):
    spec = TaskSpec("a", "pick", 1.0, templates=("would you kindly take the {object}",))
    case, _ = stage(Episode(0, 3, "a"), spec, 0.0, lambda _seed, _options: tabletop_truths)
    assert case.task is not None
    assert case.instruction == f"would you kindly take the {case.task.object}"
    wrong = TaskSpec("a", "pick", 1.0, templates=("take {thing}",))
    with pytest.raises(ConfigError, match="thing"):
        stage(Episode(0, 3, "a"), wrong, 0.0, lambda _seed, _options: tabletop_truths)


@pytest.fixture
def tabletop_truths():
    import numpy as np

    from vla_ros.geometry import pose
    from vla_ros.sim.environment import ObjectTruth

    thing = ObjectTruth(
        "red_cube_1", "cube", "red", ("red cube", "cube"), pose([0.5, 0.0, 0.02]), np.full(3, 0.04)
    )
    return {thing.name: thing}
