"""What an episode costs, and how that grows with workers, objects, cameras and resolution.

    MUJOCO_GL=egl python benchmarks/episode_cost.py

Every row runs the same seeds in process, with ground truth for eyes. It counts the processor time
that the workers use within episodes, so that a busy machine can measure too; starting a worker is
told apart. The watched cameras are drawn --rate times in a simulated second, as for a policy that
looks all the time; the skills' own looks come on top.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial

from measuring import Value, mean, options, ratio, report

from vla_ros.errors import ConfigError
from vla_ros.evaluation.film import Media
from vla_ros.evaluation.in_process_runner import InProcessRunner
from vla_ros.evaluation.runners import RUNNERS, RunnerEntry, RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.evaluation.suites import Episode, Suite, TaskSpec, episodes_of
from vla_ros.evaluation.tabletop import TabletopWorld
from vla_ros.evaluation.workers import run_apart
from vla_ros.evaluation.worlds import WORLDS, WorldEntry
from vla_ros.sim.mujoco_environment import CAMERAS, MujocoEnvironment

TASK = "put_in"
HORIZON_S = 120.0


@dataclass(frozen=True, slots=True)
class Setup:
    """One row.

    Attributes:
        workers: Processes that run the episodes.
        objects: Things on the table.
        cameras: Cameras that are watched.
        image_size: Width and height of their pictures [px].
    """

    workers: int = 1
    objects: int = 6
    cameras: int = 1
    image_size: tuple[int, int] = (320, 240)


BASE = Setup()
SETUPS = {
    "base: 1 worker, 6 objects, 1 camera, 320x240": BASE,
    "2 workers": replace(BASE, workers=2),
    **{f"{count} objects": replace(BASE, objects=count) for count in (3, 10, 14)},
    "no camera watched": replace(BASE, cameras=0),
    "2 cameras": replace(BASE, cameras=2),
    "640x480": replace(BASE, image_size=(640, 480)),
    "1280x720": replace(BASE, image_size=(1280, 720)),
}


class WatchedEnvironment(MujocoEnvironment):
    """The table, with cameras that are drawn all the time."""

    def __init__(self, image_size: tuple[int, int], cameras: int, period_ns: int) -> None:
        """Watch the first cameras."""
        super().__init__(image_size=image_size)
        self._watched, self._period_ns, self._due_ns = CAMERAS[:cameras], period_ns, 0

    def step(self, duration_s: float) -> None:
        """Advance the physics, and draw what is due."""
        super().step(duration_s)
        if self.time_ns < self._due_ns - self._period_ns:  # a new scene
            self._due_ns = 0
        if self.time_ns >= self._due_ns:
            self._due_ns = self.time_ns + self._period_ns
            for camera in self._watched:
                self.render(camera)


class WatchedTable(TabletopWorld):
    """The world of the rows; takes its options from the task."""

    def __init__(self, suite: Suite, viewer_yaw_rad: float) -> None:
        """Make its environment."""
        said = suite.spec(TASK).options
        environment = WatchedEnvironment(said["image_size"], said["cameras"], said["period_ns"])
        super().__init__(suite, viewer_yaw_rad, environment)


class CountingRunner(InProcessRunner):
    """Counts the processor time of each episode, and of getting ready."""

    def __init__(self, spec: RunnerSpec) -> None:
        """Get ready, and count that."""
        began_s = time.process_time()
        super().__init__(spec)
        self._ready_s = time.process_time() - began_s

    def run(self, episode: Episode) -> EpisodeResult:
        """Run an episode, and count it."""
        began_s = time.process_time()
        result = super().run(episode)
        used_s = time.process_time() - began_s
        counted = {"processor_s": used_s, "ready_s": self._ready_s}
        return replace(result, figures={**result.figures, **counted})

    def media(self) -> Media | None:
        """Return None: nothing is filmed."""
        return None


# At the top level: workers import this file too.
WORLDS["watched"] = WorldEntry(f"{__name__}:WatchedTable", "", "a table whose cameras are watched")
RUNNERS["counting"] = RunnerEntry(f"{__name__}:CountingRunner", "")


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--episodes", type=int, default=6, help="in each row")
    parser.add_argument("--seed", type=int, default=7000, help="seed of the first")
    parser.add_argument("--rate", type=float, default=5.0, help="pictures per simulated second")
    arguments = parser.parse_args()
    run = partial(results, arguments.episodes, arguments.seed, round(1e9 / arguments.rate))
    ran = {name: run(setup) for name, setup in SETUPS.items()}
    base = seconds(ran[next(iter(ran))])
    rows = {name: figures(each, base) for name, each in ran.items()}
    report("Processor time of an episode ('put ... in ...')", rows, arguments.json)


def results(episodes: int, seed: int, period_ns: int, setup: Setup) -> list[EpisodeResult]:
    """Return the results of a row."""
    said = {"image_size": setup.image_size, "cameras": setup.cameras, "period_ns": period_ns}
    scene = {"count": [setup.objects, setup.objects], "drawer_probability": 0.0, "tries": 200}
    task = TaskSpec(TASK, TASK, HORIZON_S, scene=scene, options=said)
    suite = Suite("cost", "what it costs", (TASK,), HORIZON_S, "watched", "counting", {TASK: task})
    planned = episodes_of(suite, episodes, seed)
    ran = run_apart(setup.workers, RunnerSpec(suite, "oracle", True), planned)
    found = [one.result for one in ran]
    broken = [result for result in found if result.reason == "not_run"]
    if broken:
        raise ConfigError(f"an episode could not be run: {broken[0].message}")
    return found


def seconds(found: list[EpisodeResult]) -> list[float]:
    """Return the processor time of each episode [s]."""
    return [result.figures["processor_s"] for result in found]


def figures(found: list[EpisodeResult], base_s: list[float]) -> dict[str, Value]:
    """Return a row's figures."""
    used_s = seconds(found)
    simulated_s = sum(result.duration_s for result in found)
    return {
        "processor s per episode": mean(used_s),
        "times the base": ratio(used_s, base_s),
        "per simulated s": sum(used_s) / simulated_s,
        "simulated s": simulated_s / len(found),
        "right": f"{sum(result.success for result in found)} of {len(found)}",
        "getting ready": mean([result.figures["ready_s"] for result in found]),
    }


if __name__ == "__main__":
    main()
