"""Runs episodes side by side on the machines of a Ray cluster. Nothing else here knows Ray.

Each worker is an actor: a process with a runner of its own, which gets one episode after another. A
worker that dies is replaced wherever there is room, and its episode goes to whoever is free.
"""

from __future__ import annotations

import os
import platform
import socket
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vla_ros.errors import ConfigError
from vla_ros.evaluation.installation import installation, require_same
from vla_ros.evaluation.packed_spec import PackedSpec
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.suites import Episode
from vla_ros.evaluation.workers import Ran, Worker, WorkerDied

MOST_TRIES = 3
"""How often an episode is tried whose worker dies, and how often a worker may fail to start."""

START_LIMIT_S = 300.0
"""How long to wait for a first worker, while none is at work."""

_CLOSE_LIMIT_S = 15.0
_LISTENER_LIMIT_S = 5.0
_CORE_PROCESSORS, _GRAPH_PROCESSORS = 1, 2
_CONNECTING_TRIES = "2"  # of about 40 s each; Ray's own 20 would be a quarter of an hour


@dataclass(frozen=True, slots=True)
class RayCluster:
    """A cluster to run episodes on.

    Attributes:
        address: HOST:PORT of its head, or "auto" for the one that this machine belongs to.
        workers: How many processes run episodes; None for as many as there is room for.
        tell: Is told in words what was joined.
    """

    address: str
    workers: int | None
    tell: Callable[[str], None]

    def run(self, spec: RunnerSpec, planned: Sequence[Episode]) -> Iterator[Ran]:
        """Run episodes there, and leave nothing running, however it ends.

        Raises:
            ConfigError: The cluster cannot be joined, has no room for a worker, or a machine of it
                has something else installed.
            WorkerDied: Workers died again and again.
        """
        packed = PackedSpec.of(spec)
        ray = _joined(self.address)
        try:
            processors = _CORE_PROCESSORS if spec.in_process else _GRAPH_PROCESSORS
            workers = self.workers or _room(ray.nodes(), processors)
            machines = sum(node["Alive"] for node in ray.nodes())
            self.tell(f"Ray cluster of {machines} machine(s): {workers} worker(s)")
            fleet = _Fleet(ray, packed, processors)
            try:
                yield from fleet.run(planned, workers)
            finally:
                fleet.close()
        finally:
            ray.shutdown()


def _joined(address: str) -> Any:
    """Return the module `ray`, connected.

    Raises:
        ConfigError: It is not installed, or there is no such cluster.
    """
    if address != "auto":
        _require_listener(address)
    os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", _CONNECTING_TRIES)  # read by the import
    try:
        import ray
    except ImportError as error:
        raise ConfigError("--ray needs ray: pip install 'vla_ros[cluster]'") from error
    try:
        ray.init(address=address, log_to_driver=False, logging_level="error")
    except Exception as error:  # Ray raises what it likes, plain Exception too
        raise ConfigError(
            f"no Ray cluster can be joined at '{address}' ({type(error).__name__}: {error}). This "
            "machine must belong to it (ray start --head, or ray start --address=HOST:PORT), and "
            "this process have its token, if it has one (RAY_AUTH_TOKEN)"
        ) from error
    return ray


def _require_listener(address: str) -> None:
    """Check that something listens at HOST:PORT; Ray itself would wait for minutes.

    Raises:
        ConfigError: Nothing does, or it is no such address.
    """
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdigit():
        raise ConfigError(f"--ray '{address}' is neither HOST:PORT nor 'auto'")
    try:
        socket.create_connection((host, int(port)), _LISTENER_LIMIT_S).close()
    except (OSError, OverflowError) as error:
        raise ConfigError(f"no Ray cluster listens at '{address}': {error}") from error


def _room(nodes: Sequence[dict[str, Any]], processors: int) -> int:
    """Return how many workers fit on the machines of a cluster.

    Raises:
        ConfigError: None does.
    """
    of_each = [int(node["Resources"].get("CPU", 0)) for node in nodes if node["Alive"]]
    room = sum(count // processors for count in of_each)
    if not room:
        raise ConfigError(
            f"a worker needs {processors} processors of one machine; the cluster's machines have "
            f"{of_each}"
        )
    return room


class _Actor:
    """What runs in a process of the cluster: a Worker that is made with its first episode."""

    def __init__(self, packed: PackedSpec) -> None:
        self._packed = packed
        self._folder = tempfile.TemporaryDirectory(prefix="vla_ros_")
        self._worker: Worker | None = None

    def introduce(self) -> tuple[str, dict[str, str]]:
        """Return the machine's name and what is installed on it."""
        return platform.node(), installation()

    def run(self, episode: Episode) -> Ran:
        """Run an episode."""
        if self._worker is None:
            self._worker = Worker(self._packed.unpack(Path(self._folder.name)))
        return self._worker.run(episode)

    def close(self) -> None:
        """Let go of everything."""
        if self._worker is not None:
            self._worker.close()
        self._folder.cleanup()


@dataclass(frozen=True, slots=True)
class _Job:
    """What an actor is at: an episode, or introducing itself."""

    actor: Any
    episode: Episode | None


class _Fleet:
    """The actors of one evaluation."""

    def __init__(self, ray: Any, packed: PackedSpec, processors: int) -> None:
        self._ray, self._packed, self._processors = ray, packed, processors
        self._here = installation()
        variables = {
            "MUJOCO_GL": os.environ.get("MUJOCO_GL", "egl"),
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
            # A model on a GPU shares it: Ray shall not hide it from those who reserved none.
            "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        }
        self._kind = ray.remote(_Actor).options(
            num_cpus=processors, max_restarts=0, runtime_env={"env_vars": variables}
        )
        self._at_work: dict[Any, _Job] = {}
        self._idle: list[Any] = []
        self._left: deque[Episode] = deque()
        self._tries: Counter[Episode | None] = Counter()

    def run(self, planned: Sequence[Episode], workers: int) -> Iterator[Ran]:
        """Run episodes, each on an actor that is free."""
        self._left.extend(planned)
        for _ in range(min(workers, len(planned))):
            self._start()
        missing = len(planned)
        while missing:
            ran = self._next()
            self._hand_out()
            if ran is not None:
                missing -= 1
                yield ran

    def close(self) -> None:
        """End every actor: those that are idle in good order, the others at once."""
        closing = [actor.close.remote() for actor in self._idle]
        if closing:
            self._ray.wait(closing, num_returns=len(closing), timeout=_CLOSE_LIMIT_S)
        for actor in [*self._idle, *(job.actor for job in self._at_work.values())]:
            self._ray.kill(actor)

    def _start(self) -> None:
        actor = self._kind.remote(self._packed)
        self._at_work[actor.introduce.remote()] = _Job(actor, None)

    def _hand_out(self) -> None:
        while self._left and self._idle:
            actor, episode = self._idle.pop(), self._left.popleft()
            self._at_work[actor.run.remote(episode)] = _Job(actor, episode)

    def _next(self) -> Ran | None:
        """Wait until an actor is done with something; return the episode, if it was one.

        Raises:
            ConfigError: No actor starts in time, or its machine has something else installed.
            WorkerDied: An actor has died once too often.
        """
        working = any(job.episode is not None for job in self._at_work.values())
        limit_s = None if working else START_LIMIT_S
        done, _ = self._ray.wait(list(self._at_work), timeout=limit_s)
        if not done:
            raise ConfigError(
                f"no worker has started within {START_LIMIT_S:.0f} s; each needs "
                f"{self._processors} processors of one machine, and these are free in the cluster: "
                f"{self._ray.available_resources().get('CPU', 0):.0f}"
            )
        job = self._at_work.pop(done[0])
        try:
            answer = self._ray.get(done[0])
        except self._ray.exceptions.RayTaskError as error:
            self._ray.kill(job.actor)
            raise error.cause from error
        except self._ray.exceptions.RayError as error:
            self._replace(job, error)
            return None
        self._idle.append(job.actor)
        if isinstance(answer, Ran):
            return answer
        machine, there = answer
        require_same(self._here, there, machine)
        return None

    def _replace(self, job: _Job, error: Exception) -> None:
        """Take back what a dead actor was at, and start another one."""
        self._ray.kill(job.actor)
        self._tries[job.episode] += 1
        if self._tries[job.episode] == MOST_TRIES:
            what = "starting" if job.episode is None else f"episode {job.episode.index}"
            raise WorkerDied(
                f"{MOST_TRIES} workers died at {what}; of the last one Ray says: {error}"
            ) from error
        if job.episode is not None:
            self._left.appendleft(job.episode)
        self._start()
