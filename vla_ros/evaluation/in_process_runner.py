"""Runs episodes through the core in this process: no ROS, no clocks, as fast as it goes."""

from __future__ import annotations

from vla_ros.evaluation.core import Core
from vla_ros.evaluation.film import Film, Media
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult, result_of
from vla_ros.evaluation.suites import Episode
from vla_ros.evaluation.worlds import create_world
from vla_ros.types import GateStatus


class InProcessRunner:
    """Implements EpisodeRunner."""

    def __init__(self, spec: RunnerSpec) -> None:
        """Load everything but the scenes.

        Raises:
            ConfigError: The robot or the world does not exist, or the robot's file is wrong.
            ModelError: The grounding model cannot be loaded.
        """
        self._spec = spec
        self._core = Core(spec)
        self._world = create_world(spec.suite, self._core.facts.viewer_yaw_rad)
        self._film = Film(self._world.shot)

    def run(self, episode: Episode) -> EpisodeResult:
        """Run one episode and score it by the simulator's truth."""
        trial = self._world.stage(episode)
        self._film = film = Film(self._world.shot)
        robot = self._core.robot(
            self._world.environment,
            self._core.gate(),
            seed=episode.seed,
            horizon_s=self._spec.suite.spec(episode.task).horizon_s,
            on_tick=(lambda world: film.tick(world.time_ns)) if self._spec.filmed else None,
        )
        outcome = self._core.instruct(trial.instruction, robot, self._core.head())
        if self._spec.filmed:
            film.keep(robot.now_ns())
        return result_of(
            episode,
            trial.instruction,
            outcome,
            trial.judge(outcome.reason),
            clips=robot.decisions[GateStatus.CLIPPED],
            refusals=robot.decisions[GateStatus.REFUSED],
        )

    def media(self) -> Media | None:
        """Return pictures of the episode that ran last."""
        return self._film.develop()

    def close(self) -> None:
        """Let go of the simulator."""
        self._world.close()
