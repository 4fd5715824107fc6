"""Runs the grounding suite: one scene an episode, asked what perception is there to answer."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vla_ros.evaluation.film import Media
from vla_ros.evaluation.findings import Counter
from vla_ros.evaluation.grounding.attributes import absent, present, shared
from vla_ros.evaluation.grounding.judging import SIMPLE, Judged, count, judge, score
from vla_ros.evaluation.grounding.orders import ranked
from vla_ros.evaluation.grounding.pictures import picture_of
from vla_ros.evaluation.grounding.questions import Question, chosen, distinct, group_of
from vla_ros.evaluation.grounding.relations import related
from vla_ros.evaluation.grounding.scenes import draw_scene
from vla_ros.evaluation.grounding.things import Things, thing_of
from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.evaluation.scores import EpisodeResult
from vla_ros.evaluation.suites import Episode
from vla_ros.parameter_files import load_params
from vla_ros.params import GroundingParams, ModelParams, PerceptionParams
from vla_ros.perception.assembly import assemble_grounder
from vla_ros.perception.depth import depth_in_metres
from vla_ros.perception.grounder import Grounder, warm_up
from vla_ros.perception.oracle import OracleGrounder, RandomGrounder
from vla_ros.perception.perceiver import Perceiver
from vla_ros.registry import create_grounder
from vla_ros.types import CameraFrame, Detection, Observation

TIMED_PHRASES = 8
_TIMED_EVERY = 10
_PICTURE_PX = (320, 240)


class GroundingRunner:
    """Implements EpisodeRunner without motion: a picture, many phrases, the robot's perception.

    There is nothing in it for ROS to change: it always runs in this process.
    """

    def __init__(self, spec: RunnerSpec) -> None:
        """Load everything but the scenes.

        Raises:
            ConfigError: The robot does not exist, or its file is wrong.
            ModelError: The grounding model cannot be loaded.
        """
        os.environ.setdefault("MUJOCO_GL", "egl")
        from vla_ros.sim.mujoco_environment import MujocoEnvironment

        self._spec = spec
        self._perception = load_params(PerceptionParams, spec.files, "grounding")
        self._model = _model(spec) if spec.backend == "default" else None
        self._environment = MujocoEnvironment()
        self._wrong: list[Judged] = []
        self._seen: tuple[np.ndarray, Things] | None = None

    def run(self, episode: Episode) -> EpisodeResult:
        """Ask one scene everything that it offers, and judge each answer by the truth.

        Raises:
            ConfigError: There is no such family of scenes.
            SimulationError: The scene cannot be built.
        """
        things, observation = self._stage(episode)
        questions = self._questions(things, np.random.default_rng([episode.seed, 1]))
        grounder = _Listener(self._grounder(episode.seed, things))
        perceiver = Perceiver(grounder, self._perception)
        sight = perceiver.see(observation, [question.phrase for question in questions])
        judged = [judge(q, perceiver.understand(sight, q.phrase), things) for q in questions]
        counter = Counter()
        count(judged, things, counter)
        score(questions, grounder.heard, things, counter)
        if self._model is not None and episode.index % _TIMED_EVERY == 0:
            _time(perceiver, observation, questions, counter)
        self._wrong = [answer for answer in judged if not answer.right]
        self._seen = observation.frames[self._perception.camera].rgb, things
        return EpisodeResult(
            seed=episode.seed,
            task=episode.task,
            instruction="; ".join(question.phrase for question in questions),
            success=not self._wrong,
            claimed=not self._wrong,
            reason="answered" if not self._wrong else "wrong_answer",
            message="; ".join(answer.told() for answer in self._wrong),
            index=episode.index,
            findings=counter.findings(),
        )

    def media(self) -> Media | None:
        """Return a picture of each wrong answer of the scene that was asked last."""
        if self._seen is None:
            return None
        return Media(mistakes_jpeg=tuple(picture_of(answer, *self._seen) for answer in self._wrong))

    def close(self) -> None:
        """Let go of the simulator."""
        self._environment.close()

    def _stage(self, episode: Episode) -> tuple[Things, Observation]:
        """Build the scene of an episode and take its picture."""
        camera, environment = self._perception.camera, self._environment
        environment.load(draw_scene(episode, self._spec.suite.spec(episode.task)))
        frame = as_delivered(environment.render(camera))
        parts = environment.visible_parts(camera)
        things = {
            name: thing_of(truth, environment.scene.named(name), parts.get(name))
            for name, truth in environment.truth().items()
        }
        pose = environment.T_base_camera(camera)
        return things, Observation({camera: frame}, {camera: pose}, environment.robot_state())

    def _questions(self, things: Things, rng: np.random.Generator) -> tuple[Question, ...]:
        yaw = self._perception.viewer_yaw_rad
        offered = (
            *present(things, rng),
            *absent(things, rng),
            *shared(things),
            *related(things, yaw),
            *ranked(things, yaw),
        )
        return chosen(distinct(offered), rng)

    def _grounder(self, seed: int, things: Things) -> Grounder:
        if self._model is not None:
            return self._model
        if self._spec.backend == "random":
            return RandomGrounder(seed)
        truths = {name: thing.known_truth for name, thing in things.items()}
        camera = self._perception.camera
        return OracleGrounder(lambda: truths, lambda: self._environment.T_base_camera(camera))


class _Listener:
    """A Grounder that keeps what another one said last, however faint."""

    def __init__(self, grounder: Grounder) -> None:
        self._grounder = grounder
        self.heard: list[Detection] = []

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        self.heard = self._grounder.ground(frame, phrases)
        return self.heard


def as_delivered(frame: CameraFrame) -> CameraFrame:
    """Return a frame with its depth in whole millimetres, as a driver's 16UC1 topic carries it."""
    assert frame.depth_m is not None
    millimetres = np.nan_to_num(np.rint(1000.0 * frame.depth_m)).astype(np.uint16)
    depth_m = depth_in_metres(millimetres, "16UC1")
    return CameraFrame(frame.rgb, depth_m, frame.k_px, frame.frame_id, frame.stamp_ns)


def _model(spec: RunnerSpec) -> Grounder:
    """Return the grounder that the robot would use; one of ours on one thread, to time it."""
    grounding = load_params(GroundingParams, spec.files, "grounding")
    models = load_params(ModelParams, spec.files, "grounding")
    name = grounding.grounder_model
    bare = not (grounding.rerank_model or grounding.mask_model or grounding.chooser_model)
    if bare and (name == "default" or (Path(name) / "model.onnx").is_file()):
        model = create_grounder(name, models, threads=1)
        warm_up(model, *_PICTURE_PX)
        return model
    return assemble_grounder(grounding, models)


def _time(
    perceiver: Perceiver,
    observation: Observation,
    questions: Sequence[Question],
    counter: Counter,
) -> None:
    """Add the processor time, over all threads, of one look at eight phrases, and the model's."""
    phrases = list(dict.fromkeys(q.phrase for q in questions if group_of(q) in SIMPLE))
    asked = phrases[:TIMED_PHRASES]
    began_s = time.process_time()
    perceiver.perceive(observation, asked)
    looked_s = time.process_time()
    perceiver.grounder.ground(observation.frames[perceiver.params.camera], asked)
    counter.add("look_processor_ms", 1e3 * (looked_s - began_s))
    counter.add("model_processor_ms", 1e3 * (time.process_time() - looked_s))
