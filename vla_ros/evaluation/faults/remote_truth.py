"""The truth behind a network that can be cut, as a grounding model of a robot in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from vla_ros.errors import ModelError
from vla_ros.evaluation.faults.link import Link
from vla_ros.evaluation.faults.truth_server import MODEL, Sight, TruthServer
from vla_ros.params import ServerParams
from vla_ros.registry import create_grounder
from vla_ros.sim.environment import Environment
from vla_ros.types import CameraFrame, Detection


class RemoteModel:
    """A server that knows the truth, and the network to it.

    Attributes:
        link: The network.
        name: The model's name for whoever asks it through the network.
    """

    def __init__(self, sight: Callable[[], Sight], answer_s: float = 0.0) -> None:
        """Start the server; see TruthServer."""
        self._server = TruthServer(sight, answer_s)
        self.link = Link(self._server.port)
        self.name = f"http://127.0.0.1:{self.link.port}/v1#{MODEL}"

    def close(self) -> None:
        """End both."""
        self.link.close()
        self._server.close()


class RemoteTruth:
    """Implements Grounder: the real client, asking the real server.

    Attributes:
        link: The network in between.
    """

    def __init__(self, servers: ServerParams) -> None:
        """Start the server and greet it."""
        self._seen: Sight | None = None
        self._remote = RemoteModel(self._sight)
        self.link = self._remote.link
        self._model = create_grounder(self._remote.name, servers=servers)
        self._world: Environment | None = None
        self._camera = ""
        self._waited: Callable[[float], None]

    def begin(
        self,
        world: Environment,
        camera: str,
        waited: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """Serve the truth of a world's camera from now on.

        Args:
            world: What is true.
            camera: Whose pictures are shown.
            waited: Told how long each answer took, or each failure [s].
        """
        self._world, self._camera, self._waited = world, camera, waited

    def close(self) -> None:
        """End the server."""
        self._remote.close()

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return what the server says; raises ModelError where it does not answer."""
        assert self._world is not None, "begin comes first"
        T_base_camera = self._world.T_base_camera(self._camera)
        self._seen = Sight(frame, T_base_camera, self._world.truth())
        began_s = time.monotonic()
        try:
            return self._model.ground(frame, phrases)
        finally:
            self._waited(time.monotonic() - began_s)

    def _sight(self) -> Sight:
        if self._seen is None:
            raise ModelError("nothing has been seen yet")
        return self._seen
