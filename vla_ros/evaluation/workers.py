"""Runs episodes one after another in this process, or side by side in several."""

from __future__ import annotations

import multiprocessing
import multiprocessing.util
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from vla_ros.errors import ConfigError, VlaRosError
from vla_ros.evaluation.film import Media
from vla_ros.evaluation.runners import EpisodeRunner, RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult, broken_result
from vla_ros.evaluation.suites import Episode


class WorkerDied(VlaRosError):
    """A process that ran episodes ended by itself."""


@dataclass(frozen=True, slots=True)
class Ran:
    """An episode that ran: its result, and pictures of it where it failed and they are wanted."""

    result: EpisodeResult
    media: Media | None = None


class Worker:
    """Runs episodes with one runner, and with a new one after an episode that broke it."""

    def __init__(self, spec: RunnerSpec) -> None:
        """Make the runner.

        Raises:
            ConfigError: The suite, the robot or the model does not exist.
        """
        self._spec = spec
        self._runner: EpisodeRunner | None = spec.create()

    def run(self, episode: Episode) -> Ran:
        """Run one episode; one that cannot be carried through has a result that says why.

        Raises:
            ConfigError: No episode can be.
        """
        try:
            if self._runner is None:
                self._runner = self._spec.create()
            result = self._runner.run(episode)
            wanted = self._spec.filmed and not result.success
            return Ran(result, self._runner.media() if wanted else None)
        except ConfigError:
            raise
        except VlaRosError as error:
            self.close()
            return Ran(broken_result(episode, error))

    def close(self) -> None:
        """Let go of everything."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()


def run_here(spec: RunnerSpec, planned: Sequence[Episode]) -> Iterator[Ran]:
    """Run episodes in this process."""
    worker = Worker(spec)
    try:
        for episode in planned:
            yield worker.run(episode)
    finally:
        worker.close()


def run_apart(workers: int, spec: RunnerSpec, planned: Sequence[Episode]) -> Iterator[Ran]:
    """Run episodes in fresh processes: OpenGL and ROS contexts don't survive a fork.

    Raises:
        WorkerDied: A process ended by itself.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start_worker, (spec,)) as pool:
        futures = [pool.submit(_run_in_worker, episode) for episode in planned]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise WorkerDied(
                "a process that ran episodes ended by itself (out of memory?): run the same "
                "command again to go on from here, with fewer --workers"
            ) from error
        finally:
            for future in futures:
                future.cancel()


_spec: RunnerSpec | None = None
_worker: Worker | None = None


def _start_worker(spec: RunnerSpec) -> None:
    global _spec
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    _spec = spec


def _run_in_worker(episode: Episode) -> Ran:
    """Run an episode in a process of the pool."""
    global _worker
    assert _spec is not None
    if _worker is None:  # made here: an error while a process starts would only break the pool
        _worker = Worker(_spec)
        multiprocessing.util.Finalize(None, _worker.close, exitpriority=10)
    return _worker.run(episode)
