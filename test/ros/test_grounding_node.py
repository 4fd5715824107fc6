"""The grounding node in front of a drawn camera, with a model that finds what it is told."""

from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import State
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, Image
from tf2_msgs.msg import TFMessage
from vision_msgs.msg import Detection2DArray, Detection3DArray
from vla_ros_interfaces.srv import Ask, Ground

from vla_ros.errors import ModelError, TerminationReason
from vla_ros.geometry import tool_down
from vla_ros.nodes.grounding_node import GroundingNode
from vla_ros.ros import qos
from vla_ros.ros.camera import camera_info_msg
from vla_ros.ros.detections import look_from_msgs
from vla_ros.ros.images import image_from_depth_m, image_from_rgb
from vla_ros.ros.poses import transform_msg
from vla_ros.ros.question_client import ask_question
from vla_ros.ros.stamps import stamp_ns, time_msg
from vla_ros.types import Detection

K = np.array([[300.0, 0.0, 159.5], [0.0, 300.0, 119.5], [0.0, 0.0, 1.0]])
HEIGHT_M = 0.8
CUBE_M = 0.05
# The camera looks straight down at x 0.5: its optical frame is a tool that points down.
T_BASE_CAMERA = tool_down(np.array([0.5, 0.0, HEIGHT_M]), 0.0)
T_BASE_TOOL = tool_down(np.array([0.3, 0.3, 0.5]), 0.0)
BOX_PX = np.array([150.0, 110.0, 170.0, 130.0])


class Finder:
    """A Grounder that sees a red cube in the middle of each picture."""

    fails = False

    def ground(self, frame, phrases):
        if self.fails:
            raise ModelError("the model gave 7 boxes and 3 scores")
        return [Detection(p, BOX_PX, 0.9) for p in phrases if p == "red cube"]


class Seer:
    """An Answerer that repeats what it was asked, and about what picture."""

    def answer(self, frame, question):
        return f"{question} {frame.rgb.shape[1]} px wide"


class Node(GroundingNode):
    finder = Finder()

    def load_grounder(self):
        return self.finder


class Camera:
    """Publishes a table with a cube on it, ten times a second, until told otherwise."""

    def __init__(self, node):
        self.node = node
        self.on = True
        self.depth_m = np.full((240, 320), HEIGHT_M, np.float32)
        self.depth_m[110:130, 150:170] = HEIGHT_M - CUBE_M
        self.rgb = np.random.default_rng(1).integers(80, 160, (240, 320, 3), np.uint8)
        self.with_tf = True
        self.info = camera_info_msg(K, 320, 240, "optical", 0)
        make = node.create_publisher
        self._image = make(Image, "image", qos.IMAGE)
        self._depth = make(Image, "depth", qos.IMAGE)
        self._info = make(CameraInfo, "camera_info", qos.IMAGE)
        self._tf = make(TFMessage, "tf", qos.TF)
        node.create_timer(0.1, self.shoot)

    def shoot(self):
        now_ns = self.node.get_clock().now().nanoseconds
        if self.with_tf:
            frames = [
                transform_msg(T_BASE_CAMERA, "base_link", "optical", now_ns),
                transform_msg(T_BASE_TOOL, "base_link", "tool0", now_ns),
            ]
            self._tf.publish(TFMessage(transforms=frames))
        if not self.on:
            return
        self.info.header.stamp = time_msg(now_ns)
        self._info.publish(self.info)
        self._image.publish(image_from_rgb(self.rgb, "optical", now_ns))
        self._depth.publish(image_from_depth_m(self.depth_m, "32FC1", "optical", now_ns))


@pytest.fixture
def camera(graph):
    return Camera(graph.node("camera"))


@pytest.fixture
def grounding(graph, robot_args, until):
    Node.finder = Finder()
    node = graph.add(
        Node(
            context=graph.context,
            cli_args=robot_args,
            parameter_overrides=[
                Parameter("picture_timeout_s", value=1.0),
                Parameter("watch_rate_hz", value=5.0),
            ],
        )
    )
    active = (State.PRIMARY_STATE_ACTIVE, "active")
    assert until(lambda: tuple(node._state_machine.current_state) == active)
    return node


@pytest.fixture
def ask(graph, until):
    node = graph.node("asker")
    ground, question = node.create_client(Ground, "ground"), node.create_client(Ask, "ask")

    def call(*phrases, not_before_ns=0, text=None):
        client = ground if text is None else question
        assert until(client.service_is_ready)
        request = (
            Ground.Request(phrases=list(phrases), not_before=time_msg(not_before_ns))
            if text is None
            else Ask.Request(question=text)
        )
        future = client.call_async(request)
        assert until(future.done)
        return future.result()

    call.node = node
    return call


@pytest.fixture
def seen(ask, until):
    """Ask until a look succeeds: a busy machine may be late with a picture; return the answer."""

    def succeed(*phrases, **options):
        answers = []

        def succeeds():
            answers.append(ask(*phrases, **options))
            return answers[-1].success

        assert until(succeeds), answers[-1]
        return answers[-1]

    return succeed


def test_it_says_where_a_thing_is(camera, grounding, seen):
    response = seen("red cube", "blue mug")
    look = look_from_msgs(response.groundings, response.obstacles, 0)
    assert response.header.frame_id == "base_link"
    (cube,) = look.groundings["red cube"].targets
    # The cube's top is under the camera, at x 0.5; its side is what 20 px are at that distance.
    np.testing.assert_allclose(cube.T_base_object[:2, 3], [0.5, 0.0], atol=0.01)
    side_m = 20 / 300.0 * (HEIGHT_M - CUBE_M)
    np.testing.assert_allclose(cube.extent_m, [side_m, side_m, CUBE_M], atol=0.01)
    assert cube.points_m is not None and len(cube.points_m) > 50
    missing = look.groundings["blue mug"]
    assert not missing.targets and "blue mug" in missing.reason


def test_a_look_is_not_older_than_asked(camera, grounding, seen):
    for _ in range(3):
        now_ns = camera.node.get_clock().now().nanoseconds
        response = seen("red cube", not_before_ns=now_ns)
        assert stamp_ns(response.header.stamp) >= now_ns


@pytest.mark.parametrize(
    ("break_it", "reason", "words"),
    [
        (lambda c: setattr(c, "on", False), TerminationReason.CAMERA_STALE, "front"),
        (lambda c: c.depth_m.fill(0.0), TerminationReason.NO_DEPTH, "depth"),
        (lambda c: c.depth_m.fill(np.nan), TerminationReason.NO_DEPTH, "depth"),
        (lambda c: c.depth_m.__imul__(1000.0), TerminationReason.NO_DEPTH, "millimetres"),
        (lambda c: setattr(c, "with_tf", False), TerminationReason.CAMERA_STALE, "optical"),
        (lambda c: setattr(Node.finder, "fails", True), TerminationReason.MODEL_ERROR, "7 boxes"),
    ],
    ids=["no pictures", "no depth", "NaN depth", "wrong unit", "no tf", "model"],
)
def test_what_is_wrong_is_named(camera, grounding, ask, seen, until, break_it, reason, words):
    seen("red cube")
    break_it(camera)
    answers = []

    def failed():
        now_ns = camera.node.get_clock().now().nanoseconds
        answers.append(ask("red cube", not_before_ns=now_ns))
        return not answers[-1].success

    assert until(failed)
    assert answers[-1].reason == reason.value, answers[-1].message
    assert words in answers[-1].message


def test_an_uncalibrated_camera_is_named(graph, grounding, ask, until):
    Camera(graph.node("camera")).info.k = [0.0] * 9
    assert until(lambda: "calibrate" in ask("red cube").message)


def test_it_recovers_when_the_camera_does(camera, grounding, ask, seen):
    seen("red cube")
    camera.on = False
    now_ns = camera.node.get_clock().now().nanoseconds
    assert not ask("red cube", not_before_ns=now_ns + 10**8).success
    camera.on = True
    seen("red cube")


def test_bad_requests_are_refused(camera, grounding, ask, seen):
    seen("red cube")
    assert "phrase" in ask("red cube", " ").message
    many = ask(*[f"thing {i}" for i in range(100)])
    assert not many.success and "100" in many.message


def test_it_watches_what_was_asked_for_last(camera, grounding, ask, seen, until):
    heard = {}
    for kind, topic, profile in (
        (Detection2DArray, "detections", qos.STATUS),
        (Detection3DArray, "targets", qos.STATUS),
        (Image, "annotated/image_raw", qos.IMAGE),
        (DiagnosticArray, "/diagnostics", qos.DIAGNOSTICS),
    ):
        ask.node.create_subscription(
            kind, topic, lambda msg, topic=topic: heard.setdefault(topic, []).append(msg), profile
        )
    seen("red cube")
    assert until(lambda: len(heard) == 4)
    count = len(heard["detections"])
    assert until(lambda: len(heard["detections"]) > count + 2), "it goes on without being asked"
    assert heard["detections"][-1].detections[0].results[0].hypothesis.class_id == "red cube"
    assert heard["targets"][-1].header.frame_id == "base_link"
    drawn = np.frombuffer(heard["annotated/image_raw"][-1].data, np.uint8)
    assert (drawn != camera.rgb.ravel()).any()

    def names():
        return {v.key for msg in heard["/diagnostics"] for s in msg.status for v in s.values}

    assert until(lambda: {"image_to_detection_p50_s", "image_rate_hz"} <= names())


def test_it_watches_each_picture_once(camera, grounding, ask, seen, until):
    grounding.set_parameters([Parameter("watch_rate_hz", value=30.0)])  # the camera: 10 a second
    stamps = []
    ask.node.create_subscription(
        Detection3DArray, "targets", lambda msg: stamps.append(stamp_ns(msg.header.stamp)), 10
    )
    seen("red cube")
    assert until(lambda: len(stamps) > 8)
    watched = stamps[2:]  # the first may be the answer's own, and of the same picture
    assert watched == sorted(set(watched))


@pytest.mark.parametrize("family", ["owlv2", "qwen2_5_vl"])
def test_one_parameter_switches_to_a_public_checkpoint(
    graph, camera, robot_args, ask, until, tmp_path, monkeypatch, family
):
    """Here to a small random one of a family's form, loaded and asked as the real one is."""
    pytest.importorskip("torch")
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "unit")
    from tiny_checkpoints import owl
    from tiny_generative import qwen

    folder = str(owl(tmp_path) if family == "owlv2" else qwen(tmp_path))
    heard = []
    graph.node("listener").create_subscription(
        DiagnosticArray, "/diagnostics", heard.append, qos.DIAGNOSTICS
    )
    overrides = {"grounder_model": folder, "picture_timeout_s": 60.0}
    node = graph.add(
        GroundingNode(
            context=graph.context,
            cli_args=robot_args,
            parameter_overrides=[Parameter(name, value=v) for name, v in overrides.items()],
        )
    )
    assert until(lambda: node._state_machine.current_state[1] == "active")

    def told():
        figures = [v for msg in heard for s in msg.status for v in s.values]
        return [v.value for v in figures if v.key == "grounder"]

    assert until(told) and told()[-1].startswith(f"{folder} on c")
    # Random weights may find anything or nothing: that they were asked and gave a reply counts.
    response = ask("red cube")
    assert response.success, response.message
    (grounding,) = response.groundings
    assert grounding.phrase == "red cube" and (grounding.targets or grounding.reason)


def test_questions_are_answered(camera, grounding, ask, seen):
    response = seen(text="is there a red cube?")
    assert "red cube" in response.answer and len(response.targets.detections) == 1
    assert "no blue mug" in seen(text="do you see a blue mug?").answer
    assert seen(text="what color is the red cube?").answer == "The red cube is red."
    assert not ask(text="pick up the red cube").success


def test_a_command_asks(camera, grounding, seen):
    seen("red cube")
    assert ask_question("how many red cubes are there?") == (True, "There is one red cube.")
    answered, why = ask_question("is the red cube upright?")
    assert not answered and "can't tell" in why


def test_a_model_that_sees_answers_instead(camera, grounding, ask, seen):
    seen("red cube")
    grounding._answerer = Seer()
    response = seen(text="does the label say milk?")
    assert response.answer == "Does the label say milk? 320 px wide."
    assert not ask(text="pick up the red cube").success


def test_inactive_it_says_so(camera, grounding, ask, seen):
    seen("red cube")
    grounding.trigger_deactivate()
    assert "not active" in ask("red cube").message
    grounding.trigger_cleanup()
    grounding.trigger_configure()
    grounding.trigger_activate()
    seen("red cube")
