"""Skills that only physics can break: drawers, and things that lock under a push."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from vla_ros.evaluation.core import Core
from vla_ros.evaluation.in_process_runner import InProcessRunner
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.suites import Episode, load_suite
from vla_ros.sim.mujoco_environment import MujocoEnvironment
from vla_ros.sim.predicates import disturbed
from vla_ros.sim.scene_description import SceneOptions
from vla_ros.sim.scenes import sample_scene

SPEC = RunnerSpec(load_suite("tabletop"), "oracle", in_process=True)
DRAWER_SEED = 11


@pytest.fixture
def environment() -> Iterator[MujocoEnvironment]:
    made = MujocoEnvironment()
    options = replace(SceneOptions(), required=(("drawer", ""),))
    made.load(sample_scene(DRAWER_SEED, options))
    yield made
    made.close()


def test_a_drawer_is_opened_and_closed_and_seen_to_be(environment):
    core = Core(SPEC)
    head, gate, before = core.head(), core.gate(), environment.truth()
    for text, opening in (("open the drawer", 0.9), ("close the drawer", 0.0)):
        robot = core.robot(environment, gate, seed=0, horizon_s=120.0)
        outcome = core.instruct(text, robot, head)
        assert outcome.success, outcome.message
        chest = next(thing for thing in environment.truth().values() if thing.kind == "drawer")
        assert chest.opening == pytest.approx(opening, abs=0.1)
    assert not disturbed(before, environment.truth())


@pytest.mark.parametrize(
    ("seed", "task"),
    [
        (1060, "push"),  # a book that locks under the fingers
        (1047, "put_on"),  # a carton whose hidden back the fingers must clear
    ],
)
def test_what_once_failed_succeeds(seed, task):
    runner = InProcessRunner(SPEC)
    try:
        result = runner.run(Episode(0, seed, task))
    finally:
        runner.close()
    assert result.success, result.message
