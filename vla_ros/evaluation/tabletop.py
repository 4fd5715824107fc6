"""The procedural table in MuJoCo as a world of episodes."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vla_ros.evaluation.case import Truths
from vla_ros.evaluation.staging import TabletopTrial, stage
from vla_ros.evaluation.suites import Episode, Suite
from vla_ros.evaluation.worlds import Shot
from vla_ros.sim.environment import Environment
from vla_ros.sim.scene_description import SceneOptions
from vla_ros.sim.scenes import sample_scene

if TYPE_CHECKING:
    from vla_ros.sim.mujoco_environment import MujocoEnvironment
    from vla_ros.sim.snapshots import StateSnapshot

FILM_CAMERA = "front"


class TabletopWorld:
    """Implements World."""

    def __init__(
        self,
        suite: Suite,
        viewer_yaw_rad: float,
        environment: MujocoEnvironment | None = None,
    ) -> None:
        """Prepare for the episodes of a suite.

        Args:
            suite: What is run.
            viewer_yaw_rad: Where the viewer looks (RobotParams.viewer_yaw_rad).
            environment: The simulator, owned from now on; None for one with small pictures.
        """
        # MuJoCo reads this when it is imported; machines without a display have EGL.
        os.environ.setdefault("MUJOCO_GL", "egl")
        from vla_ros.sim.mujoco_environment import MujocoEnvironment

        self._suite, self._viewer_yaw_rad = suite, viewer_yaw_rad
        self._environment = environment or MujocoEnvironment()

    @property
    def environment(self) -> Environment:
        """The world to act in."""
        return self._environment

    @property
    def simulator(self) -> MujocoEnvironment:
        """The same, for whoever moves things in it."""
        return self._environment

    def stage(self, episode: Episode) -> TabletopTrial:
        """Set the scene of an episode.

        Raises:
            ConfigError: The suite says what no scene is like.
            SimulationError: No scene offers a case of the episode's task.
        """
        spec = self._suite.spec(episode.task)
        case, before = stage(episode, spec, self._viewer_yaw_rad, self._build)
        return TabletopTrial(
            case,
            before,
            self._environment.truth,
            lambda: self._environment.robot_state().T_base_tool,
        )

    def shot(self) -> Shot:
        """Keep the present moment: its state, which is drawn only if the picture is wanted."""
        return partial(self._draw, self._environment.snapshot())

    def close(self) -> None:
        """Let go of the simulator."""
        self._environment.close()

    def _draw(self, snapshot: StateSnapshot) -> np.ndarray:
        return self._environment.render(FILM_CAMERA, snapshot).rgb

    def _build(self, seed: int, options: SceneOptions) -> Truths:
        self._environment.load(sample_scene(seed, options))
        return dict(self._environment.truth())
