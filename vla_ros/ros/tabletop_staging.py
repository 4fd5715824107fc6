"""Sets the procedural table's scenes in a running graph, through the simulator's services."""

from __future__ import annotations

from functools import partial

from vla_ros.errors import ConfigError
from vla_ros.evaluation.case import Truths
from vla_ros.evaluation.staging import TabletopTrial, stage
from vla_ros.evaluation.suites import Episode, Suite
from vla_ros.params import RobotParams
from vla_ros.ros.client import GraphClient
from vla_ros.sim.scene_description import SceneOptions


class TabletopStaging:
    """Implements Staging."""

    def __init__(self, client: GraphClient, suite: Suite, facts: RobotParams) -> None:
        """Set scenes through a client.

        Raises:
            ConfigError: The suite has scenes that the simulator node cannot be asked for.
        """
        self._client, self._suite, self._facts = client, suite, facts
        for name in suite.tasks:
            beyond = set(suite.spec(name).scene) - {"required"}
            if beyond:
                raise ConfigError(
                    f"the scenes of task '{name}' say {sorted(beyond)}: run it with --in-process"
                )

    def stage(self, episode: Episode) -> TabletopTrial:
        """Set the scene of an episode.

        Raises:
            SimulationError: No scene offers a case of the episode's task.
        """
        spec = self._suite.spec(episode.task)
        case, before = stage(episode, spec, self._facts.viewer_yaw_rad, self._build)
        tool = partial(self._client.T_base_tool, self._facts)
        return TabletopTrial(case, before, self._client.truth, tool)

    def _build(self, seed: int, options: SceneOptions) -> Truths:
        self._client.reset(seed, options.required)
        return self._client.truth()
